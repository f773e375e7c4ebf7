import Foundation

/// How much of the channels' power their mean keeps, over the sound decoded so far.
public struct ChannelBalance: Sendable, Hashable {
  /// Mean square of each channel.
  public var channelPower: [Double]
  /// Mean square of their mean.
  public var meanPower: Double

  /// The level, in dB below the loudest channel, from which the mean is only the residue of the cancellation and not the sound:
  /// encoder noise is at this level (for noise of opposite phase, MP3 at 96 kbit/s leaves 31 dB below).
  public static let cancelledDecibels = -30.0
  /// The level from which the channels cancel to a large extent. Two unrelated channels lose 3 dB, a sound in one of two channels
  /// 6, in one of six 16.
  public static let weakenedDecibels = -20.0
  /// Mean square below which a channel is silence: -100 dB.
  private static let silence = 1e-10

  public init(channelPower: [Double], meanPower: Double) {
    (self.channelPower, self.meanPower) = (channelPower, meanPower)
  }

  /// The level of the mean in dB relative to the loudest channel, `-infinity` if nothing remains; nil if all channels are silent.
  public var meanDecibels: Double? {
    guard let loudest = channelPower.max(), loudest > Self.silence else { return nil }
    return 10 * log10(meanPower / loudest)
  }
  /// The means of these sums.
  public func scaled(by factor: Double) -> ChannelBalance {
    ChannelBalance(channelPower: channelPower.map { $0 * factor }, meanPower: meanPower * factor)
  }
  /// Whether nothing of the sound remains in the mean.
  public var isCancelled: Bool { (meanDecibels ?? 0) <= Self.cancelledDecibels }
  /// Whether much of the sound is lost in the mean.
  public var isWeakened: Bool { !isCancelled && (meanDecibels ?? 0) <= Self.weakenedDecibels }

  /// The message about channels that cancel.
  public var description: String {
    let level = meanDecibels.map {
      $0.isFinite ? "\(Int((-$0).rounded())) dB below the louder one" : "silence"
    }
    return
      "the channels cancel each other\(isCancelled ? "" : " in good part"): their mean is \(level ?? "silence")"
  }
}
