public import Audio
public import Datasets

extension AudioProbe {
  /// What each file is: codec, rate, channels, length, tags. A file that cannot be read becomes a failure.
  public static func batch(_ paths: [String]) -> Batch<AudioProbe> {
    var batch = Batch(paths) { path in try AudioProbe(path: path) }
    batch.notes = batch.values.flatMap { probe in probe.notes.map { FileNote(path: probe.path, $0) } }
    return batch
  }
}
