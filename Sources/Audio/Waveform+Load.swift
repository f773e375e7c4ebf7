public import Files

extension Waveform {
  /// Decodes a file, or a part of it, to mono at a sample rate: the result of `librosa.load(path, sr:, offset:, duration:)`.
  ///
  /// Only the requested part is decoded: `Int(seconds * fileRate)` samples from `Int(startSeconds * fileRate)`
  /// on, then resampled. nil for `sampleRateHz` keeps the file's rate; nil for `seconds` reads to the end, at
  /// most `limits.maximumSeconds`. A file that ends early gives the samples that it has.
  ///
  /// A part is cut out before it is resampled, as in librosa, so its ends differ from those of the whole file: for the windows of
  /// a track use ``WindowStream``.
  ///
  /// Throws ``CodedError``; `empty` if there is no sample after the start.
  public static func load(
    path: String, sampleRateHz: Int? = 22_050, startSeconds: Double = 0, seconds: Double? = nil,
    limits: AudioLimits = AudioLimits()
  ) throws(CodedError) -> Waveform {
    try load(
      AudioReader(path: path, limits: limits), sampleRateHz: sampleRateHz, startSeconds: startSeconds,
      seconds: seconds, limits: limits)
  }

  /// As ``load(path:sampleRateHz:startSeconds:seconds:limits:)``, from an open reader, for example of bytes
  /// in memory.
  public static func load(
    _ reader: consuming AudioReader, sampleRateHz: Int? = 22_050, startSeconds: Double = 0,
    seconds: Double? = nil,
    limits: AudioLimits = AudioLimits()
  ) throws(CodedError) -> Waveform {
    let (path, fileRate) = (reader.path, reader.sampleRateHz)
    if startSeconds != 0 { try reader.seek(toSeconds: startSeconds) }
    var stream = try WaveformStream(reader, sampleRateHz: sampleRateHz)
    if let seconds {
      guard seconds > 0, seconds <= limits.maximumSeconds else {
        throw CodedError(
          .unsupported,
          "\(seconds) s asked for, more than 0 and at most \(limits.maximumSeconds) s are possible",
          path: path)
      }
      stream.limit(toFileSamples: Int(seconds * Double(fileRate)))
    }
    var samples: [Float] = []
    while let part = try stream.nextWindow(sampleCount: 10 * stream.sampleRateHz) {
      samples.append(contentsOf: part.samples)
      guard Double(samples.count) <= limits.maximumSeconds * Double(stream.sampleRateHz) + 1 else {
        throw CodedError(
          .unsupported, "longer than the limit of \(limits.maximumSeconds) s; ask for a part of it",
          path: path)
      }
    }
    guard !samples.isEmpty else {
      throw CodedError(
        .empty, startSeconds > 0 ? "no sound from \(startSeconds) s on" : "no samples in it", path: path)
    }
    return Waveform(samples: samples, sampleRateHz: stream.sampleRateHz)
  }
}
