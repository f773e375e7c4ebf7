public import Audio

/// A change of the sound before its features are computed: offline augmentation of training clips.
///
/// Written as ``description`` says: `stretch 0.9` (a tenth slower), `pitch -1` (a semitone lower).
public enum SoundVariant: Sendable, Hashable, LosslessStringConvertible {
  /// Time runs at this rate, pitch stays: see `Waveform.timeStretched(rate:)`.
  case stretch(Double)
  /// Pitch moves by semitones, time stays: see `Waveform.pitchShifted(semitones:)`.
  case pitch(Double)

  /// Rates that are taken: beyond them little of the music is left.
  public static let rates = 0.25...4.0
  /// Semitones that are taken: two octaves either way.
  public static let semitones = -24.0...24.0

  /// Reads what ``description`` writes; nil for anything else, a change that is none, or one out of range.
  public init?(_ description: String) {
    let words = description.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 2, let amount = Double(words[1]) else { return nil }
    switch words[0] {
    case "stretch" where Self.rates.contains(amount) && amount != 1: self = .stretch(amount)
    case "pitch" where Self.semitones.contains(amount) && amount != 0: self = .pitch(amount)
    default: return nil
    }
  }

  public var description: String {
    switch self {
    case .stretch(let rate): "stretch \(Self.text(rate))"
    case .pitch(let semitones): "pitch \(Self.text(semitones))"
    }
  }

  /// Without a fraction that is 0.
  private static func text(_ amount: Double) -> String {
    amount == amount.rounded() ? String(Int(amount)) : String(amount)
  }

  /// Seconds of the sound that one second of the changed one is made from.
  public var rate: Double {
    if case .stretch(let rate) = self { rate } else { 1 }
  }
}

extension Waveform {
  /// The changed sound.
  public func changed(by variant: SoundVariant) -> Waveform {
    switch variant {
    case .stretch(let rate): timeStretched(rate: rate)
    case .pitch(let semitones): pitchShifted(semitones: semitones)
    }
  }
}

extension FeatureSpec {
  /// Samples of the sound that one window of the changed sound is made from.
  public func sampleCount(for variant: SoundVariant?) -> Int {
    Int((Double(sampleCount) * (variant?.rate ?? 1)).rounded(.up))
  }
}
