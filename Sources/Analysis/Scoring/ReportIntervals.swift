import Foundation
import Statistics

/// The 95 % intervals of a ``ClassificationReport``, over groups where they are known.
struct ReportIntervals {
  let accuracy: ConfidenceInterval
  /// By label; nil where nothing was given the label.
  let precision: [ConfidenceInterval?]
  /// By label; nil where nothing has the label.
  let recall: [ConfidenceInterval?]
  let macroF1: ConfidenceInterval?
  /// nil where no track has a group.
  let groupCount: Int?

  /// Predictions that were checked against `labels`, at least one, and their confusion matrix.
  init(_ predictions: [Prediction], labels: [String], confusion: [[Int]]) {
    let clusters = predictions.map(\.cluster)
    let isGrouped = predictions.contains { $0.group != nil }
    groupCount = isGrouped ? Set(clusters).count : nil
    func share(_ members: [Int]) -> ConfidenceInterval? {
      guard !members.isEmpty else { return nil }
      let right = members.map { predictions[$0].isCorrect }
      return isGrouped
        ? .wilson(right, groups: members.map { clusters[$0] })
        : .wilson(successes: right.count(where: \.self), count: right.count)
    }
    let all = Array(predictions.indices)
    accuracy = share(all) ?? ConfidenceInterval(low: 0, high: 1)
    let byTruth = Dictionary(grouping: all) { predictions[$0].label }
    let byChoice = Dictionary(grouping: all) { predictions[$0].predicted }
    recall = labels.map { share(byTruth[$0] ?? []) }
    precision = labels.map { share(byChoice[$0] ?? []) }
    macroF1 = Self.macroF1(predictions, clusters, labels: labels, confusion: confusion)
  }

  /// Mean F1 less one group at a time: `se² = (G - 1) / G · sum of (θ_g - mean)²`, Student's t with G - 1 degrees of freedom.
  /// Efron and Tibshirani 1993, chapter 11.
  private static func macroF1(
    _ predictions: [Prediction], _ clusters: [String], labels: [String], confusion: [[Int]]
  ) -> ConfidenceInterval? {
    let places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    // Hits, support and choices of each label.
    var totals = labels.indices.map { ClassificationReport.counts(of: $0, confusion: confusion) }
    func f1(_ label: Int) -> Double {
      let below = totals[label].chosen + totals[label].support
      return below == 0 ? 0 : Double(2 * totals[label].hits) / Double(below)
    }
    var scores = labels.indices.map(f1)
    let whole = scores.orderlessSum
    // As the mean itself: labels without tracks are left out. They add 0.
    let present = Double(max(1, totals.count { $0.support > 0 }))
    func change(_ prediction: Prediction, by sign: Int) {
      guard let truth = places[prediction.label], let choice = places[prediction.predicted] else { return }
      totals[truth].support += sign
      totals[choice].chosen += sign
      if truth == choice { totals[truth].hits += sign }
    }
    let members = Dictionary(grouping: predictions.indices) { clusters[$0] }
    guard members.count > 1, !labels.isEmpty else { return nil }
    var means: [Double] = []
    for own in members.values {
      for index in own { change(predictions[index], by: -1) }
      // Only the labels that the group's tracks have or were given move.
      let touched = Set(own.flatMap { [places[predictions[$0].label], places[predictions[$0].predicted]] })
      for label in touched.compactMap(\.self) { scores[label] = f1(label) }
      means.append(scores.orderlessSum / present)
      for index in own { change(predictions[index], by: 1) }
      for label in touched.compactMap(\.self) { scores[label] = f1(label) }
    }
    // Where all or none are right, no group moves the mean: there is no error to measure by.
    guard means.contains(where: { $0 != means[0] }) else { return nil }
    let count = Double(means.count)
    let mean = means.orderlessSum / count
    let squares = means.map { ($0 - mean) * ($0 - mean) }.orderlessSum
    let half =
      ((count - 1) / count * squares).squareRoot()
      * StudentDistribution.quantile(0.975, degreesOfFreedom: means.count - 1)
    let value = whole / present
    return ConfidenceInterval(low: max(0, value - half), high: min(1, value + half))
  }
}

extension Prediction {
  /// The unit drawn together for intervals: the artist or album, otherwise the track itself.
  public var cluster: String { group.map { "group \($0)" } ?? "track \(path)" }
}

extension ClassificationReport {
  /// With fewer groups, the interval itself is unreliable.
  public static let fewGroups = 10

  /// The basis of ``interval``: "by 230 groups", or "track by track: no groups are known".
  public var intervalWords: String { intervalWords(of: .recording) }

  /// The same, or "picture by picture".
  package func intervalWords(of unit: EvaluatedUnit) -> String {
    guard let groupCount else {
      return unit == .picture ? "picture by picture" : "track by track: no groups are known"
    }
    let words = groupCount == 1 ? "by 1 group" : "by \(groupCount) groups"
    guard groupCount < Self.fewGroups else { return words }
    return words + (groupCount == 1 ? ", which tells nothing" : ": too few to be trusted")
  }

  /// If the interval is too wide to distinguish models, advice on how to get a better figure; nil if it is narrow.
  public var advice: String? { advice(of: .recording) }

  /// The same. Pictures are not cross-validated.
  func advice(of kind: EvaluatedUnit) -> String? {
    let width = interval.high - interval.low
    guard count > 0, width > 0.1 else { return nil }
    if kind == .picture { return String(format: "That is %.0f points wide: few pictures.", 100 * width) }
    let (why, unit) = groupCount == nil ? ("few tracks", "track") : ("few or uneven groups", "group")
    return String(
      format:
        "That is %.0f points wide: %@. Cross-validation (genrelens train --folds 5) judges every %@ once.",
      100 * width, why, unit)
  }
}
