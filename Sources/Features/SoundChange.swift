public import Audio
public import Files
import Foundation
import Tensors

/// A change to a sound that does not change its genre, to which a classifier should be robust.
///
/// Its text form, in files too, is ``description``: `mp3 64`, `gain -12`, `noise 20`, `pitch -1`, `stretch 1.05`, `later 0.5`.
public enum SoundChange: Sendable, Hashable, LosslessStringConvertible {
  /// Encoded as MP3 at a constant bit rate, in bit/s, and decoded again.
  case mp3(bitRate: Int)
  /// Every sample times a gain in dB.
  case gain(decibels: Double)
  /// White Gaussian noise this many dB below the sound's own mean power.
  case noise(signalToNoiseDecibels: Double)
  /// Faster, slower, higher or lower: see ``SoundVariant``.
  case variant(SoundVariant)
  /// The window starts this many seconds later in the file.
  case later(seconds: Double)

  /// The changes used by default to measure robustness.
  public static let standard: [SoundChange] = [
    .mp3(bitRate: 64_000), .gain(decibels: -12), .noise(signalToNoiseDecibels: 20),
    .noise(signalToNoiseDecibels: 10), .variant(.pitch(1)), .variant(.pitch(-1)),
    .variant(.stretch(1.05)), .variant(.stretch(0.95)), .later(seconds: 0.1), .later(seconds: 0.5),
    .later(seconds: 1), .later(seconds: 2),
  ]

  /// Accepted gains and signal-to-noise ratios, in dB.
  public static let decibels = -120.0...120.0
  /// Accepted seconds by which a window may start later.
  public static let seconds = 0.001...3_600.0

  /// Reads what ``description`` writes; nil for anything else, for a change without effect, or for one out of range.
  public init?(_ description: String) {
    if let variant = SoundVariant(description) {
      self = .variant(variant)
      return
    }
    let words = description.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 2, let amount = Double(words[1]) else { return nil }
    switch words[0] {
    case "mp3" where (1...320).contains(amount): self = .mp3(bitRate: Int((1_000 * amount).rounded()))
    case "gain" where Self.decibels.contains(amount) && amount != 0: self = .gain(decibels: amount)
    case "noise" where Self.decibels.contains(amount): self = .noise(signalToNoiseDecibels: amount)
    case "later" where Self.seconds.contains(amount): self = .later(seconds: amount)
    default: return nil
    }
  }

  public var description: String {
    switch self {
    case .mp3(let bitRate): "mp3 \(Self.text(Double(bitRate) / 1_000))"
    case .gain(let decibels): "gain \(Self.text(decibels))"
    case .noise(let ratio): "noise \(Self.text(ratio))"
    case .variant(let variant): variant.description
    case .later(let seconds): "later \(Self.text(seconds))"
    }
  }

  /// What is done, as text for a table row.
  public var words: String {
    func amount(_ value: Double) -> String { Self.text(abs(value)) }
    switch self {
    case .mp3(let bitRate): return "MP3 at \(Self.text(Double(bitRate) / 1_000)) kbit/s"
    case .gain(let decibels): return "\(amount(decibels)) dB \(decibels < 0 ? "softer" : "louder")"
    case .noise(let ratio):
      return "white noise \(amount(ratio)) dB \(ratio < 0 ? "above" : "below") the sound"
    case .variant(.pitch(let semitones)):
      return
        "\(amount(semitones)) semitone\(abs(semitones) == 1 ? "" : "s") \(semitones < 0 ? "lower" : "higher")"
    case .variant(.stretch(let rate)):
      let percent = (1_000 * abs(rate - 1)).rounded() / 10
      return "\(Self.text(percent)) % \(rate < 1 ? "slower" : "faster")"
    case .later(let seconds): return "starts \(amount(seconds)) s later"
    }
  }

  /// Without a fraction that is 0.
  private static func text(_ amount: Double) -> String {
    amount == amount.rounded() && abs(amount) < 1e15 ? String(Int(amount)) : String(amount)
  }

  /// Seconds of the original sound from which one second of the changed sound is made.
  public var rate: Double { if case .variant(let variant) = self { variant.rate } else { 1 } }

  /// Second of the original sound at which the changed sound starts.
  public var startSeconds: Double { if case .later(let seconds) = self { seconds } else { 0 } }
}

extension SoundChange: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let change = SoundChange(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "no change of sound: \(text.prefix(80))")
    }
    self = change
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Waveform {
  /// Stream of the seeded generator that noise draws from.
  private static let noiseStream: UInt64 = 0x5015E

  /// The changed sound. It has the same length, except after a stretch (by its rate) or a later start (by its seconds).
  ///
  /// MP3 is encoded in mono at the sound's own rate, which must be one of MP3's: `unsupported` otherwise. Noise has the variance
  /// `mean(x^2) 10^(-ratio / 10)`, the same for the same seed and length; digital silence stays silent. Nothing is clipped.
  public func changed(by change: SoundChange, seed: UInt64 = 0) throws(CodedError) -> Waveform {
    switch change {
    case .mp3(let bitRate):
      let bytes = try encoded(as: .mp3(bitRate: bitRate))
      return try Waveform.load(AudioReader(bytes: bytes, name: "sound"), sampleRateHz: nil)
    case .gain(let decibels): return amplified(byDecibels: decibels)
    case .noise(let ratio): return withNoise(signalToNoiseDecibels: ratio, seed: seed)
    case .variant(let variant): return changed(by: variant)
    case .later(let seconds):
      let count = min(samples.count, Int((max(0, seconds) * Double(sampleRateHz)).rounded()))
      return Waveform(samples: Array(samples[count...]), sampleRateHz: sampleRateHz)
    }
  }

  private func withNoise(signalToNoiseDecibels ratio: Double, seed: UInt64) -> Waveform {
    let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, samples.count))
    let deviation = Float((power * pow(10, -ratio / 10)).squareRoot())
    var generator = SeededGenerator(seed: seed, stream: Self.noiseStream)
    return Waveform(
      samples: samples.map { $0 + deviation * generator.normal() }, sampleRateHz: sampleRateHz)
  }
}
