public import Audio

/// A change to the sound before its features are computed: offline augmentation of training clips.
///
/// Its text form is ``description``: `stretch 0.9` (a tenth slower), `pitch -1` (a semitone lower).
public enum SoundVariant: Sendable, Hashable, LosslessStringConvertible {
  /// Changes the speed by this rate and keeps the pitch: see `Waveform.timeStretched(rate:)`.
  case stretch(Double)
  /// Shifts the pitch by semitones and keeps the speed: see `Waveform.pitchShifted(semitones:)`.
  case pitch(Double)

  /// Accepted rates: beyond them little of the music remains.
  public static let rates = 0.25...4.0
  /// Accepted semitones: two octaves in either direction.
  public static let semitones = -24.0...24.0

  /// Reads what ``description`` writes; nil for anything else, for a change without effect, or for one out of range.
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

  /// Seconds of the original sound from which one second of the changed sound is made.
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
  /// Samples of the original sound from which one window of the changed sound is made.
  public func sampleCount(for variant: SoundVariant?) -> Int {
    Int((Double(sampleCount) * (variant?.rate ?? 1)).rounded(.up))
  }
}
