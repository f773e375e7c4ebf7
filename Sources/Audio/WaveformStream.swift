public import Files

/// A sound file as a stream of mono samples at a chosen rate, in bounded memory.
///
/// ```swift
/// var stream = try WaveformStream(path: "track.mp3", sampleRateHz: 22_050)
/// while let window = try stream.nextWindow(sampleCount: 220_500) { print(window.seconds) }
/// ```
public struct WaveformStream: ~Copyable {
  /// Rate of the output samples, in Hz.
  public let sampleRateHz: Int
  /// The path, or the name given to bytes in memory.
  public var path: String { reader.path }
  /// See ``AudioReader/contentKey``.
  public var contentKey: ContentKey? { reader.contentKey }
  /// See ``AudioReader/balance``.
  public var balance: ChannelBalance? { reader.balance }
  /// See ``AudioReader/notes``.
  public var notes: [AudioNote] { reader.notes }
  /// See ``AudioReader/reading``.
  public var reading: AudioReading { reader.reading }

  private var reader: AudioReader
  private var resampler: Resampler
  private var block: [Float]
  private var blockRange = 0..<0
  /// Samples still to take from the reader; nil is all.
  private var remaining: Int?
  private var taken = 0
  private var given = 0
  private var hasEnded = false
  /// Two MP3 frames: little more is decoded than what is asked for.
  private static let blockCount = 2 * 1152

  /// Opens a file; nil for `sampleRateHz` keeps the file's own rate. Throws as ``AudioReader``.
  public init(path: String, sampleRateHz: Int?, limits: AudioLimits = AudioLimits()) throws(CodedError) {
    try self.init(AudioReader(path: path, limits: limits), sampleRateHz: sampleRateHz)
  }

  /// Continues from the current position of a reader.
  public init(_ reader: consuming AudioReader, sampleRateHz: Int?) throws(CodedError) {
    let rate = sampleRateHz ?? reader.sampleRateHz
    resampler = try Resampler(fromHz: reader.sampleRateHz, toHz: rate)
    self.reader = reader
    self.sampleRateHz = rate
    block = [Float](repeating: 0, count: Self.blockCount)
  }

  /// Ends the stream after this many further samples at the file's own rate: no more are decoded.
  public mutating func limit(toFileSamples count: Int) {
    remaining = max(0, count)
  }

  /// Fills `samples` with the next samples; returns their number, which is smaller only at the end of the stream.
  ///
  /// Over the whole stream, n samples become `ceil(n * sampleRateHz / fileRate)`, rounded as in librosa.
  public mutating func read(into samples: inout MutableSpan<Float>) throws(CodedError) -> Int {
    try unsafe samples.withUnsafeMutableBufferPointer { (target) throws(CodedError) in
      try unsafe read(into: target)
    }
  }

  mutating func read(into target: UnsafeMutableBufferPointer<Float>) throws(CodedError) -> Int {
    var filled = 0
    while filled < target.count {
      if blockRange.isEmpty, !hasEnded { try refill() }
      let (consumed, produced) = unsafe block.withUnsafeBufferPointer { input in
        unsafe resampler.process(
          .init(rebasing: input[blockRange]), isLast: hasEnded, into: .init(rebasing: target[filled...]))
      }
      blockRange = blockRange.lowerBound + consumed..<blockRange.upperBound
      filled += produced
      if produced == 0, consumed == 0, hasEnded { break }
    }
    // At the very end the rounding decides, not what the resampler held back.
    if hasEnded {
      let left = max(0, resampler.outputCount(for: taken) - given)
      let count = filled < target.count || left < filled ? min(left, target.count) : filled
      if filled < count { unsafe target[filled..<count].update(repeating: 0) }
      filled = count
    }
    given += filled
    return filled
  }

  private mutating func refill() throws(CodedError) {
    let count = min(Self.blockCount, remaining ?? Self.blockCount)
    let got = try unsafe block.withUnsafeMutableBufferPointer { (target) throws(CodedError) in
      try unsafe reader.read(into: .init(rebasing: target[..<count]))
    }
    blockRange = 0..<got
    taken += got
    if let left = remaining { remaining = left - got }
    if got < count || remaining == 0 { hasEnded = true }
  }

  /// The next `sampleCount` samples, fewer at the end of the sound, nil after it.
  public mutating func nextWindow(sampleCount: Int) throws(CodedError) -> Waveform? {
    demand(sampleCount > 0, "a window of \(sampleCount) samples")
    var samples = [Float](repeating: 0, count: sampleCount)
    var span = samples.mutableSpan
    let count = try read(into: &span)
    guard count > 0 else { return nil }
    samples.removeLast(sampleCount - count)
    return Waveform(samples: samples, sampleRateHz: sampleRateHz)
  }
}
