public import Files

/// Sound of one or more channels in memory: samples nominally within -1...1, frame by frame.
public struct InterleavedSound: Sendable, Equatable {
  /// `channelCount` samples for each moment, in time order.
  public let samples: [Float]
  public let channelCount: Int
  /// Moments per second, in Hz.
  public let sampleRateHz: Int

  /// Traps unless the counts are positive and the samples are whole frames.
  public init(samples: [Float], channelCount: Int, sampleRateHz: Int) {
    demand(
      channelCount > 0 && sampleRateHz > 0 && samples.count % channelCount == 0,
      "\(samples.count) samples of \(channelCount) channels at \(sampleRateHz) Hz")
    self.samples = samples
    self.channelCount = channelCount
    self.sampleRateHz = sampleRateHz
  }

  public init(_ sound: Waveform) {
    self.init(samples: sound.samples, channelCount: 1, sampleRateHz: sound.sampleRateHz)
  }

  /// Samples of one channel.
  public var frameCount: Int { samples.count / channelCount }

  /// The sound as the bytes of a compressed file; the same sound gives the same bytes.
  ///
  /// Throws ``CodedError``: `empty` without samples; `unsupported` for a sample that is not finite, for more than two channels
  /// (MP3) or eight (FLAC), for a bit rate or sample rate that the format does not have, and if libsndfile was built without the
  /// encoder; `inputOutput` when the encoder fails. Cost: MP3 about a hundredth of the sound's length on one core.
  ///
  /// - Parameter name: used as the path in errors.
  public func encoded(as encoding: SoundEncoding, name: String = "sound") throws(CodedError) -> [UInt8] {
    try SoundEncoder(self, encoding, name: name).bytes()
  }
}
