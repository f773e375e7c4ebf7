public import Audio
public import Files

/// A sound, or a section of one, read to its end at the features' sample rate, for maps of all of it.
///
/// Its samples are those of ``WindowStream`` from the first to the last, bit for bit.
public struct WholeSound: Sendable {
  /// All samples; nil if there are more than should be kept.
  public let samples: [Float]?
  /// How many samples there are.
  public let sampleCount: Int
  /// Where the samples begin, in samples of the whole file.
  public let firstSample: Int
  /// The problems noticed, and the length of the sound.
  public let reading: AudioReading
  private static let readAtOnce = 1 << 16

  /// Reads a file. Memory: the kept samples. Throws `CodedError`, including `channelsCancel` if next to nothing remains in the
  /// mean of the channels.
  ///
  /// - Parameter mostKept: if there are more samples, none are kept.
  public init(
    path: String, spec: FeatureSpec, segment: SoundSegment? = nil, limits: AudioLimits = AudioLimits(),
    keepingUpTo mostKept: Int
  ) throws(CodedError) {
    var stream = try WindowStream(
      path: path, sampleRateHz: spec.sampleRateHz, sampleCount: Self.readAtOnce, segment: segment,
      limits: limits, mix: spec.mono)
    var (kept, count): ([Float]?, Int) = ([], 0)
    while try stream.read(at: stream.firstStart + count) > 0 {
      count += stream.count
      if count <= mostKept { kept?.append(contentsOf: stream.samples[..<stream.count]) } else { kept = nil }
    }
    guard count > 0 else {
      throw stream.endsBefore(Double(stream.firstStart) / Double(spec.sampleRateHz))
    }
    var reading = AudioReading(of: stream)
    reading.seconds = Double(count) / Double(spec.sampleRateHz)
    try reading.requireAudibleMean(path: path)
    (samples, sampleCount, firstSample, self.reading) = (kept, count, stream.firstStart, reading)
  }
}

extension AudioReading {
  /// What was noticed while a stream was read, also of its channels.
  init(of stream: borrowing WindowStream) {
    self = stream.reading
    balance = stream.balance
    if let balance, balance.isWeakened {
      notes.append(AudioNote(.channelsCancel, "\(balance.description); \(ChannelMix.loudest.advice)"))
    }
  }

  /// Throws where there is sound in the channels and next to nothing of it is left in their mean.
  func requireAudibleMean(path: String) throws(CodedError) {
    guard let balance, balance.isCancelled else { return }
    throw CodedError(.channelsCancel, "\(balance.description); \(ChannelMix.loudest.advice)", path: path)
  }
}
