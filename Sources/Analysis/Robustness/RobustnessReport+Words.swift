import Foundation
public import Statistics

extension RobustnessEffect {
  /// McNemar's test of the tracks lost against the tracks gained. It treats tracks as independent, with or without groups.
  public var mcNemar: McNemar { McNemar(onlyFirst: brokenCount, onlySecond: fixedCount) }

  /// Two-sided p of no change of accuracy: McNemar's exact p, or that over groups (``GroupedMean``) if they are known and it is
  /// larger, as in ``PredictionComparison/p``; 1 for a single group.
  public var p: Double {
    guard outcomes.contains(where: { $0.group != nil }) else { return mcNemar.exactP }
    let overGroups = GroupedMean(outcomes.map(\.gain), groups: outcomes.map(\.cluster))?.p
    return max(mcNemar.exactP, overGroups ?? 1)
  }

  /// For example "right on 34 of 60 tracks instead of 41 (7 lost, 0 won); maps stay alike: median rank correlation 0.96".
  var sentence: String {
    let (before, after) = (outcomes.count(where: \.wasRight), outcomes.count(where: \.isRight))
    var text =
      "right on \(after) of \(trackCount) tracks instead of \(before) (\(brokenCount) lost, \(fixedCount) won)"
    if let maps {
      text += String(format: "; maps before and after: median rank correlation %.2f", maps.median)
    }
    return text
  }
}

extension RobustnessReport.Change {
  /// The effect of the change, in one line.
  public var sentence: String {
    guard let effect else {
      return "\(words): not measured (\(skippedReasons.first?.reason ?? "no track"))"
    }
    let missing = skipped.isEmpty ? "" : "; \(PredictionComparison.tracks(skipped.count)) skipped"
    return "\(words): \(effect.sentence)\(missing)"
  }
}

extension RobustnessReport.Attack {
  /// The effect of the attack, in one line.
  public var sentence: String {
    let size = meanDecibels.map { String(format: ", %.2f dB on average", $0) } ?? ""
    return
      "\(method.uppercased()) within \(Self.text(epsilon)) standard deviations\(size): \(effect.sentence)"
  }

  private static func text(_ epsilon: Double) -> String { String(format: "%.3g", epsilon) }
}

extension RobustnessReport {
  /// For each change ``RobustnessEffect/p``, corrected by Holm's method for all changes measured (Holm 1979, "A simple
  /// sequentially rejective multiple test procedure"); nil if it was not measured.
  public var correctedP: [Double?] {
    let known = changes.indices.filter { changes[$0].effect != nil }
    let corrected = ExactTests.holm(known.compactMap { changes[$0].effect?.p })
    var result = [Double?](repeating: nil, count: changes.count)
    for (place, value) in zip(known, corrected) { result[place] = value }
    return result
  }

  /// A summary of the changes of the sound: the one that costs most accuracy, and whether that is significant; nil if none was
  /// measured.
  public var verdict: String? {
    let corrected = correctedP
    let measured = changes.indices.compactMap { index -> (words: String, difference: Double, p: Double)? in
      guard let effect = changes[index].effect, let p = corrected[index] else { return nil }
      return (changes[index].words, effect.accuracyDifference, p)
    }
    guard !measured.isEmpty else { return nil }
    let harmful = measured.filter { $0.difference < 0 }
    let shown = harmful.filter { $0.p < 0.05 }
    guard let worst = (shown.isEmpty ? harmful : shown).min(by: { $0.difference < $1.difference }) else {
      return "No change that was measured lowers the accuracy."
    }
    let many = measured.count > 1 ? ", corrected for \(measured.count) changes" : ""
    let figures = String(format: "%.1f points", 100 * worst.difference)
    let p = "(p \(PValue.words(worst.p))\(many))"
    guard shown.isEmpty else {
      return "\(worst.words)\(measured.count > 1 ? " costs most" : ""): accuracy \(figures) \(p)."
    }
    return "No change is shown to lower the accuracy. The largest fall: \(worst.words), \(figures) \(p)."
  }

  /// One line for each change and attack, and the chance level for the maps.
  public var sentences: [String] {
    var lines = changes.map(\.sentence) + attacks.map(\.sentence)
    if let chance = differentTracks {
      lines.append(
        String(
          format: "maps of two different tracks for the same class: median rank correlation %.2f",
          chance.median))
    }
    return lines
  }
}
