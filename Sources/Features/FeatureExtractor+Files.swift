public import Audio

/// Which windows of a track become maps.
public enum FeatureWindows: Sendable, Equatable {
  /// The first one.
  case first
  /// Window behind window through the whole track; what is left at its end is kept, padded, when it is at
  /// least half a window, or the only one.
  case all
  /// The one that starts at this second.
  case at(Double)
}

extension FeatureExtractor {
  /// Maps of a sound file, in time order. For a long track prefer
  /// ``forEachMap(ofFile:windows:shortClip:limits:_:)``, which keeps one map at a time.
  ///
  /// Throws `AudioError` for the file (`tooShort` when padding is refused), ``FeatureError`` for its samples.
  public func maps(
    ofFile path: String, windows: FeatureWindows = .first, shortClip: ShortClip = .pad,
    limits: AudioLimits = AudioLimits()
  ) throws -> [FeatureMap] {
    var maps: [FeatureMap] = []
    try forEachMap(ofFile: path, windows: windows, shortClip: shortClip, limits: limits) { maps.append($0) }
    return maps
  }

  /// Calls `body` with each map of a sound file, in time order, in memory that does not grow with the file.
  ///
  /// No more is decoded than the windows need. The first window and one at a second are resampled by
  /// themselves, as `librosa.load(path, offset=, duration=)` does; all windows together from one stream, as
  /// the whole file loaded. Throws as ``maps(ofFile:windows:shortClip:limits:)``, and what `body` throws.
  ///
  /// - Parameter variant: a change of the sound before its map is computed. Each window is changed by itself, from as
  ///   many seconds as it takes: a window of a stretch of rate r shows r windows of the file.
  /// - Returns: what was noticed about the file and, where `recordsContent` asks for it, the key of what was read: while it
  ///   holds for a file, that file has these maps.
  @discardableResult public func forEachMap(
    ofFile path: String, windows: FeatureWindows = .first, shortClip: ShortClip = .pad,
    limits: AudioLimits = AudioLimits(), variant: SoundVariant? = nil, recordsContent: Bool = false,
    _ body: (FeatureMap) throws -> Void
  ) throws -> AudioReading {
    try forEachMap(
      of: AudioReader(path: path, limits: limits, recordsContent: recordsContent), windows: windows,
      shortClip: shortClip, variant: variant, body)
  }

  /// As ``forEachMap(ofFile:windows:shortClip:limits:_:)``, from an open reader, for example of bytes in
  /// memory.
  @discardableResult public func forEachMap(
    of reader: consuming AudioReader, windows: FeatureWindows = .first, shortClip: ShortClip = .pad,
    variant: SoundVariant? = nil, _ body: (FeatureMap) throws -> Void
  ) throws -> AudioReading {
    var start = 0.0
    if case .at(let seconds) = windows {
      try reader.seek(toSeconds: seconds)
      start = seconds
    }
    var stream = try WaveformStream(reader, sampleRateHz: spec.sampleRateHz)
    let sourceCount = spec.sampleCount(for: variant)
    if windows != .all { stream.limit(toSamples: sourceCount) }
    var index = 0
    while let count = try nextWindow(of: &stream, sampleCount: sourceCount) {
      let isWhole = count == sourceCount
      if !isWhole {
        if index > 0, shortClip == .refuse || 2 * count < sourceCount { break }
        try requirePadding(shortClip, count: count, path: stream.path)
      }
      let seconds = start + spec.startSeconds(ofWindow: index, variant)
      try body(windowMap(count, variant, startSeconds: seconds, path: stream.path))
      index += 1
      if !isWhole || windows != .all { break }
    }
    guard index == 0 else { return stream.reading }
    throw AudioError(
      .empty, start > 0 ? "no sound from \(start) s on" : "no samples in it", path: stream.path)
  }

  /// Reads a window into `samples`; nil at the end of the stream.
  private func nextWindow(
    of stream: inout WaveformStream, sampleCount: Int
  ) throws(AudioError) -> Int? {
    // Taken out of the object while it is written to: there is one owner, so nothing is copied.
    var buffer = samples.count != sampleCount ? [Float](repeating: 0, count: sampleCount) : samples
    samples = []
    defer { samples = buffer }
    var span = buffer.mutableSpan
    let count = try stream.read(into: &span)
    return count > 0 ? count : nil
  }

  /// The map of the first `count` values of `samples`; errors carry the path.
  private func windowMap(
    _ count: Int, _ variant: SoundVariant?, startSeconds: Double, path: String
  ) throws(FeatureError) -> FeatureMap {
    let samples = samples
    do {
      guard let variant else {
        return try map(of: samples.span.extracting(..<count), startSeconds: startSeconds)
      }
      let sound = Waveform(samples: Array(samples[..<count]), sampleRateHz: spec.sampleRateHz)
      return try map(of: sound.changed(by: variant), startSeconds: startSeconds)
    } catch {
      throw FeatureError(error.code, error.message, path: path)
    }
  }

  private func requirePadding(_ shortClip: ShortClip, count: Int, path: String) throws(AudioError) {
    guard shortClip == .refuse else { return }
    let seconds = Double(count) / Double(spec.sampleRateHz)
    throw AudioError(
      .tooShort, "only \((1000 * seconds).rounded() / 1000) s of sound for a window of \(spec.seconds) s",
      path: path)
  }
}
