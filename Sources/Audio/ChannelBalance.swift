import Foundation

/// What became of the channels' power in their mean, over what was decoded so far.
public struct ChannelBalance: Sendable, Hashable {
  /// Mean square of each channel.
  public var channelPower: [Double]
  /// Mean square of their mean.
  public var meanPower: Double

  /// From which level on, in dB below the loudest channel, the mean is what the channels left of each other and not the
  /// sound: an encoder's noise lies there (noise of opposite phase as MP3 at 96 kbit/s leaves 31 dB below).
  public static let cancelledDecibels = -30.0
  /// From which level on the channels cancel in good part. Two channels without any relation lose 3 dB, a sound in one of
  /// two channels 6, in one of six 16.
  public static let weakenedDecibels = -20.0
  /// Mean square below which a channel is silence: -100 dB.
  private static let silence = 1e-10

  public init(channelPower: [Double], meanPower: Double) {
    (self.channelPower, self.meanPower) = (channelPower, meanPower)
  }

  /// The level of the mean in dB relative to the loudest channel, `-infinity` for nothing; nil where all channels are silent.
  public var meanDecibels: Double? {
    guard let loudest = channelPower.max(), loudest > Self.silence else { return nil }
    return 10 * log10(meanPower / loudest)
  }
  /// Of sums, the means.
  public func scaled(by factor: Double) -> ChannelBalance {
    ChannelBalance(channelPower: channelPower.map { $0 * factor }, meanPower: meanPower * factor)
  }
  /// Whether nothing is left of the sound in the mean.
  public var isCancelled: Bool { (meanDecibels ?? 0) <= Self.cancelledDecibels }
  /// Whether much is lost of the sound in the mean.
  public var isWeakened: Bool { !isCancelled && (meanDecibels ?? 0) <= Self.weakenedDecibels }

  /// What is to be said of channels that cancel, for people.
  public var description: String {
    let level = meanDecibels.map {
      $0.isFinite ? "\(Int((-$0).rounded())) dB below the louder one" : "silence"
    }
    return
      "the channels cancel each other\(isCancelled ? "" : " in good part"): their mean is \(level ?? "silence")"
  }
}
