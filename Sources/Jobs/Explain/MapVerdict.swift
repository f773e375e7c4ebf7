import Analysis
import Files
import Foundation

/// What the sounds of an explanation reveal about its map: do the parts that it marks speak more for the class than as many other
/// parts?
///
/// The rule uses the printed figures (percent with one decimal): the map shows something only if the class is more probable in
/// what its mask keeps than, on average, in what the same mask keeps in other places (``SoundSummary/Control``). What the mask
/// removes does not affect the verdict: if the rest is enough by itself, the sentence says so.
public struct MapVerdict: Sendable, Codable, Equatable {
  public enum Verdict: String, Sendable, Codable {
    /// The marked parts speak more for the class than as many other parts.
    case marksMore = "marks-more"
    /// They do not: the map does not show why.
    case showsNothing = "shows-nothing"
  }

  /// The flag of an explanation whose map shows nothing.
  static let flag = "map-shows-nothing"

  public let verdict: Verdict
  public let sentence: String

  /// nil where there is nothing to compare: a mask that keeps no sound, or a control without any.
  ///
  /// - Parameters:
  ///   - label: the explained class.
  ///   - kept: its probability in what the mask keeps.
  ///   - elsewhere: the same of the mask in other places.
  ///   - rest: what the removed rest is heard as.
  ///   - isSeen: whether it is a picture.
  ///   - words: what the labels are called.
  init?(
    label: String, kept: Double?, elsewhere: Double?, rest: String?, isSeen: Bool = false,
    words: LabelWords = .classes
  ) {
    guard let kept, let elsewhere else { return nil }
    let tenths = { (share: Double) in (share * 1000).rounded() }
    let figures = (kept.percentText(), elsewhere.percentText())
    let isMore = tenths(kept) > tenths(elsewhere)
    verdict = isMore ? .marksMore : .showsNothing
    let comparison =
      isMore ? "more" : tenths(kept) < tenths(elsewhere) ? "less" : "no more"
    let start =
      "The parts that the map marks speak \(comparison) for \(label) (\(figures.0)) than as many other parts (\(figures.1))"
    let same =
      words == .tags
      ? "it is the strongest tag of the rest too" : "the rest is \(isSeen ? "seen" : "heard") as \(label) too"
    sentence =
      isMore
      ? start + (rest == label ? "; \(same)." : ".")
      : start + ": this map does not show why."
  }
}

extension SoundSummary {
  /// What they say about the map; nil where there is nothing to compare.
  func finding(explaining label: String) -> MapVerdict? {
    MapVerdict(
      label: label, kept: kept.probabilities?[label], elsewhere: control.probability,
      rest: removed.predictedClass, words: kept.words)
  }

  /// What is to be flagged of the map.
  var flags: [String] { finding?.verdict == .showsNothing ? [MapVerdict.flag] : [] }
}
