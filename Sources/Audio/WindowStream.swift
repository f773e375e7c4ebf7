public import Files

/// Windows of a sound, in order: the only way from a file to the samples of a window.
///
/// The whole sound is resampled as one stream, and windows are cut out of it afterwards. So the window that starts at
/// sample i is samples `i ..< i + sampleCount` of `librosa.load(path, sr: rate)`, the whole file loaded, bit for bit
/// the same whichever windows were read before. (`librosa.load(offset:, duration:)` cuts first: the resampler then sees silence
/// around the cut, and the frames next to it differ.) Memory: one window.
///
/// The sound before a window is decoded and skipped, so an inexact seek in a damaged or compressed file cannot shift the window.
public struct WindowStream: ~Copyable {
  /// Rate of the samples, in Hz.
  public var sampleRateHz: Int { stream.sampleRateHz }
  /// The path, or the name given to bytes in memory.
  public var path: String { stream.path }
  /// See ``AudioReader/balance``.
  public var balance: ChannelBalance? { stream.balance }
  /// See ``AudioReader/reading``.
  public var reading: AudioReading { stream.reading }
  /// The window's samples: only the first ``count`` are valid.
  public private(set) var samples: [Float]
  /// Number of samples in the window, fewer than requested where the sound or the segment ends.
  public private(set) var count = 0
  /// Where the window starts, in samples of the whole sound.
  public private(set) var start = 0
  /// Number of samples of the sound decoded so far.
  public private(set) var decodedCount = 0
  /// Where the segment starts, in samples of the whole sound.
  public private(set) var firstStart: Int

  private var stream: WaveformStream
  private var end: Int
  private static let passedAtOnce = 1 << 15

  /// - Parameters:
  ///   - sampleRateHz: nil keeps the file's own rate.
  ///   - sampleCount: samples of a window.
  ///   - segment: no sound outside it is returned.
  ///   - buffer: an array to reuse, from ``samples`` that are no longer needed.
  public init(
    _ reader: consuming AudioReader, sampleRateHz: Int?, sampleCount: Int, segment: SoundSegment? = nil,
    reusing buffer: consuming [Float] = []
  ) throws(CodedError) {
    demand(sampleCount > 0, "a window of \(sampleCount) samples")
    stream = try WaveformStream(reader, sampleRateHz: sampleRateHz)
    let range = segment?.samples(atHz: stream.sampleRateHz) ?? 0..<Int.max
    (firstStart, end) = (range.lowerBound, range.upperBound)
    samples = buffer
    if samples.count != sampleCount { samples = [Float](repeating: 0, count: sampleCount) }
  }

  /// Opens a file. Throws as ``AudioReader``.
  public init(
    path: String, sampleRateHz: Int?, sampleCount: Int, segment: SoundSegment? = nil,
    limits: AudioLimits = AudioLimits(), mix: ChannelMix = .mean
  ) throws(CodedError) {
    try self.init(
      AudioReader(path: path, limits: limits, mix: mix), sampleRateHz: sampleRateHz, sampleCount: sampleCount,
      segment: segment)
  }

  /// Returns windows of another segment from now on. Its first window must begin after the part already decoded
  /// (``decodedCount``), or in the last window without ending before that window does: how much of the file is decoded must not
  /// depend on what was read before. Otherwise returns false, and nothing changes.
  public mutating func enter(_ segment: SoundSegment, readingFrom sample: Int) -> Bool {
    let range = segment.samples(atHz: sampleRateHz)
    if sample >= decodedCount {
      (start, count) = (decodedCount, 0)
    } else {
      guard sample >= start, start + count == decodedCount,
        min(sample + samples.count, range.upperBound) >= decodedCount
      else { return false }
    }
    (firstStart, end) = (range.lowerBound, range.upperBound)
    return true
  }

  /// Reads the window that starts at a sample of the whole sound; returns its ``count``, 0 after the end.
  ///
  /// Traps on a start before that of the last window. Windows may overlap.
  @discardableResult public mutating func read(at sample: Int) throws(CodedError) -> Int {
    demand(sample >= start, "a window at sample \(sample) after one at \(start)")
    var held = max(0, start + count - sample)
    if held > 0, sample > start {
      let moved = sample - start
      unsafe samples.withUnsafeMutableBufferPointer { samples in
        for index in 0..<held { unsafe samples[index] = samples[index + moved] }
      }
    }
    (start, count) = (sample, held)
    try pass(to: min(sample, end))
    let wanted = min(samples.count, max(0, end - sample))
    if held < wanted, decodedCount == sample + held {
      let got = try Self.read(&stream, into: &samples, held..<wanted)
      held += got
      decodedCount += got
    }
    count = min(held, wanted)
    return count
  }

  /// The window that starts at a second, as a separate sound; shorter where the sound or the segment ends.
  ///
  /// Throws `tooShort` if the sound ends before it, `unsupported` for an invalid second.
  public mutating func waveform(atSeconds seconds: Double) throws(CodedError) -> Waveform {
    guard seconds >= 0 else { throw CodedError(.unsupported, "cannot start at \(seconds) s", path: path) }
    try read(at: SoundSegment.sample(at: seconds, rateHz: sampleRateHz))
    guard count > 0 else { throw endsBefore(seconds) }
    return Waveform(samples: Array(samples[..<count]), sampleRateHz: sampleRateHz)
  }

  /// The error if there is no sample from a second on.
  public func endsBefore(_ seconds: Double) -> CodedError {
    guard decodedCount > 0 else { return CodedError(.empty, "no samples in it", path: path) }
    let length = (1000 * Double(decodedCount) / Double(sampleRateHz)).rounded() / 1000
    return CodedError(
      .tooShort, "no sound from \(seconds) s on: \(end <= start ? "the segment" : "it") ends at \(length) s",
      path: path)
  }

  /// Decodes up to a sample, or to the end of the sound.
  private mutating func pass(to sample: Int) throws(CodedError) {
    guard decodedCount < sample else { return }
    var passed = [Float](repeating: 0, count: min(Self.passedAtOnce, sample - decodedCount))
    while decodedCount < sample {
      let got = try Self.read(&stream, into: &passed, 0..<min(passed.count, sample - decodedCount))
      decodedCount += got
      if got == 0 { break }
    }
  }

  private static func read(
    _ stream: inout WaveformStream, into samples: inout [Float], _ range: Range<Int>
  ) throws(CodedError) -> Int {
    try unsafe samples.withUnsafeMutableBufferPointer { (samples) throws(CodedError) in
      try unsafe stream.read(into: .init(rebasing: samples[range]))
    }
  }
}
