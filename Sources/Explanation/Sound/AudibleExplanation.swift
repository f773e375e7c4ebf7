public import Audio
import Features
import Files
import Foundation

/// An explanation to listen to: the explained window, split by a mask into a kept and a removed part.
///
/// The sound is the network's input: mono, at the sample rate of its features. Phases are those of the original sound. Each part
/// is brought to the window's loudness and its ends are faded, so that it can be compared by ear and does not click; ``Sound``
/// gives the gain.
///
/// Masking a spectrum and inverting it: Wang and Brown (eds.), "Computational Auditory Scene Analysis", 2006; listening to an
/// explanation in this way: Mishra, Sturm and Dixon, "Local Interpretable Model-Agnostic Explanations for Music Content
/// Analysis", ISMIR 2017, and Haunschmid, Manilow and Widmer, "audioLIME", 2020, arXiv:2008.00582.
public struct AudibleExplanation: Sendable {
  /// A part of the window.
  public enum Part: String, Codable, Sendable, CaseIterable {
    /// The mask's share of each cell: mask x spectrum.
    case kept
    /// The rest: (1 - mask) x spectrum. Kept and removed add up to the window.
    case removed
    /// The window with the rest made quieter by ``restDecibels``.
    case highlighted
  }

  /// One part as written to a file.
  public struct Sound: Sendable {
    public let part: Part
    /// Loudness matched and faded.
    public let waveform: Waveform
    /// The gain applied to match the loudness, in dB.
    public let gainDecibels: Double
    /// Energy before that, as a share of the window's. Those of kept and removed need not sum to 1: both share the cells
    /// where the mask is neither 0 nor 1.
    public let energyShare: Double
    /// Whether there is nothing to hear.
    public var isSilent: Bool { waveform.peak == 0 }
  }

  /// Quiet parts are amplified by at most this, in dB.
  public static let largestGainDecibels = 20.0
  /// No sample is larger than this after matching.
  public static let largestPeak: Float = 0.99
  /// Length of the fades at both ends, in seconds.
  public static let fadeSeconds = 0.01

  /// The sound of the explained window.
  public let window: Waveform
  public let mask: SpectralMask
  /// By how much the rest is quieter in the highlighted sound, in dB.
  public let restDecibels: Double

  /// Traps unless the window has the sample rate of the mask's features and `restDecibels` is not negative.
  public init(window: Waveform, mask: SpectralMask, restDecibels: Double = 12) {
    demand(
      window.sampleRateHz == mask.spec.sampleRateHz,
      "sound at \(window.sampleRateHz) Hz for a mask at \(mask.spec.sampleRateHz) Hz")
    demand(restDecibels >= 0, "the rest louder by \(-restDecibels) dB")
    (self.window, self.mask, self.restDecibels) = (window, mask, restDecibels)
  }

  /// A part directly after masking: not matched, not faded. Kept and removed add up to the window.
  public func unmatched(_ part: Part) -> Waveform {
    switch part {
    case .kept: mask.apply(to: window)
    case .removed: mask.complement.apply(to: window)
    case .highlighted: mask.attenuatingRest(byDecibels: restDecibels).apply(to: window)
    }
  }

  /// A part ready to be played: with the K-weighted loudness (`Waveform.loudness`) of the window, by a gain of at most
  /// ``largestGainDecibels`` that keeps every sample within ``largestPeak``.
  public func sound(_ part: Part) -> Sound { matched(unmatched(part), part) }

  /// The window through another mask, treated as ``Part/kept``: for controls.
  public func sound(through other: SpectralMask) -> Sound { matched(other.apply(to: window), .kept) }

  private func matched(_ raw: Waveform, _ part: Part) -> Sound {
    let sound = raw.faded(seconds: Self.fadeSeconds)
    var gain = 0.0
    if let wanted = window.loudness, let own = sound.loudness {
      gain = min(wanted - own, Self.largestGainDecibels)
      let room = 20 * log10(Double(Self.largestPeak / sound.peak))
      gain = min(gain, room)
    }
    let energy = { (samples: [Float]) in samples.reduce(0.0) { $0 + Double($1) * Double($1) } }
    let whole = energy(window.samples)
    return Sound(
      part: part, waveform: sound.amplified(byDecibels: gain), gainDecibels: gain,
      energyShare: whole > 0 ? energy(raw.samples) / whole : 0)
  }
}
