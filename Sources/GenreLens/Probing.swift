public import Audio

/// What each file is: codec, rate, channels, length, tags. A file that cannot be read becomes a failure.
public func probe(_ paths: [String]) -> Batch<AudioProbe> {
  Batch(paths) { path in try AudioProbe(path: path) }
}
