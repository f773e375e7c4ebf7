import Analysis
import Foundation

/// An explanation as sound, and the model's verdict on it.
///
/// The explained window, mono at the model's rate, is split by the explanation's mask on the mel axis (`SpectralMask`):
/// `kept.wav` is the mask's share, `removed.wav` the rest, `highlighted.wav` the window with the rest quieter by
/// ``restDecibels``; all as loud as the window (`AudibleExplanation`). Each file is then read back and its features are extracted
/// and classified: does the highlighted sound alone still carry the genre?
public struct SoundSummary: Sendable, Codable, Equatable {
  /// One written file.
  public struct Sound: Sendable, Codable, Equatable {
    /// Name relative to the folder of the document; mono, 16-bit PCM.
    public let file: String
    /// Energy as a share of the window's, before its loudness was matched.
    public let energyShare: Double
    /// The gain applied to match the loudness, in dB.
    public let gainDecibels: Double
    /// Softmax probabilities of the written sound, by class; nil for silence.
    public let probabilities: [String: Double]?

    /// The class with the highest probability; nil for silence.
    public var predictedClass: String? {
      probabilities?.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// What its labels are called: classes, whose probabilities sum to 1, or tags.
    var words: LabelWords {
      probabilities.map { LabelWords(probabilities: $0.values) } ?? .classes
    }
  }

  /// The same mask in other places: whether the position of the evidence matters, or only how much is kept.
  public struct Control: Sendable, Codable, Equatable {
    /// Number of copies of the mask, shifted cyclically over bands and frames by seeded steps.
    public let count: Int
    public let seed: UInt64
    /// Mean probability of the explained class in what they keep; nil if the mask is empty.
    public let probability: Double?
  }

  /// The mask on the mel axis, 0 to 1, bands x frames, `.npy`, row 0 = lowest band.
  public let mask: String
  /// Mean of the mask: how much of the map is kept.
  public let meanMask: Double
  /// By how much the rest is quieter in the highlighted sound, in dB.
  public let restDecibels: Double
  public let sampleRateHz: Int
  /// The window itself: a file's name.
  public let original: String
  public let kept: Sound
  public let removed: Sound
  public let highlighted: Sound
  public let control: Control
  /// The verdict on the map; nil if there is nothing to compare.
  public internal(set) var finding: MapVerdict?
  /// Whether it is the sound of a whole track; nil for a window.
  public internal(set) var isWholeTrack: Bool?

  /// All files, relative to the folder of the document.
  var files: [String] { [mask, original, kept.file, removed.file, highlighted.file] }

  /// What each sound is heard as, as rows of a table: the sound, the probability of the explained class, and a remark.
  func rows(
    explaining label: String, probability: Double
  ) -> [(sound: String, probability: Double?, remark: String)] {
    let sounds = [kept, removed, highlighted].map { sound in
      let share = String(format: "%.0f %% of the energy", 100 * sound.energyShare)
      let verdict =
        sound.predictedClass.map { $0 == label ? "still \(label)" : sound.words.clause($0) } ?? "silent"
      return (sound.file, sound.probabilities?[label], "\(verdict), \(share)")
    }
    return [(isWholeTrack == true ? "whole track" : "whole window", probability, "the explained sound")]
      + sounds
      + [
        (
          "control", control.probability,
          "what the same mask keeps in \(control.count) other places, on average"
        )
      ]
  }

  /// The same as lines for a terminal, with a heading and the verdict on the map.
  public func lines(explaining label: String, probability: Double) -> [String] {
    let figures = rows(explaining: label, probability: probability).map { sound, probability, remark in
      let figure = probability.map { String(format: "%5.1f %%", 100 * $0) } ?? "      -"
      return "  " + sound.padding(toLength: 17, withPad: " ", startingAt: 0) + "\(figure)  \(remark)"
    }
    return ["heard again, probability of \(label):"] + figures + [finding?.sentence].compactMap(\.self)
  }
}
