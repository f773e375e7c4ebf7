/// How the channels of a file are mixed to one.
public enum ChannelMix: String, Sendable, Hashable, Codable, CaseIterable {
  /// Their mean. Channels of opposite phase cancel out.
  case mean
  /// The channel with the largest power over the whole file (the first of several equal ones). Cost: decodes the file twice.
  case loudest
  /// The first channel.
  case left
  /// The second channel; for a mono file, the only one.
  case right
}

extension ChannelMix {
  /// How to request it.
  public var advice: String {
    "--mono \(rawValue) hears \(self == .loudest ? "the louder channel" : "one channel")"
  }
}

extension AudioNote.Code {
  /// Much of the sound is lost where the channels are averaged.
  public static let channelsCancel = AudioNote.Code(rawValue: "channels-cancel")
}

/// Gathers a ``ChannelBalance`` from every seventh frame, which costs next to nothing beside decoding.
struct ChannelTally {
  private var channels: [Double]
  private var mean = 0.0
  private var frames = 0
  private static let step = 7

  init(channelCount: Int) { channels = Array(repeating: 0, count: channelCount) }

  var balance: ChannelBalance {
    let count = Double(max(1, frames))
    return ChannelBalance(channelPower: channels.map { $0 / count }, meanPower: mean / count)
  }

  /// Adds interleaved samples; from stereo to mono the way is short.
  mutating func add(_ samples: Span<Float>, frames count: Int) {
    let width = channels.count
    var sums = [Float](repeating: 0, count: width)
    var (mixed, frame) = (Float(0), 0)
    while frame < count {
      var sum: Float = 0
      for channel in 0..<width {
        let sample = samples[frame &* width &+ channel]
        sum += sample
        sums[channel] += sample * sample
      }
      mixed += sum * sum
      frame += Self.step
    }
    for channel in 0..<width { channels[channel] += Double(sums[channel]) }
    mean += Double(mixed) / Double(width * width)
    frames += (count + Self.step - 1) / Self.step
  }
}
