public import Files
import Foundation
public import Statistics

/// How well a model labels a set of tracks: the figures printed in reports.
///
/// ```swift
/// let report = try ClassificationReport(predictions: evaluation.predictions, labels: model.labels)
/// print(report.accuracy, report.interval.low, report.interval.high)
/// print(report.perClass["Folk"]?.recall ?? .nan, report.confusion)
/// ```
///
/// Quote the accuracy with its ``interval``, and say over what it is computed (``intervalBasis``): thirty tracks of six artists
/// tell little more than six tracks would.
///
/// Precision, recall and F1 are scikit-learn's with `zero_division=0`, except for a label that no track has: its recall and F1
/// are not defined, and the macro means leave it out. The order of the predictions changes nothing, not even the last digit.
public struct ClassificationReport: Sendable, Codable, Hashable {
  /// The figures of one label.
  public struct ClassScores: Sendable, Codable, Hashable {
    /// Of the tracks given this label, the share that has it; nil if no track has it and none was given it.
    public let precision: Double?
    /// Of the tracks that have this label, the share given it; nil if no track has it.
    public let recall: Double?
    /// Harmonic mean of precision and recall; nil if no track has the label.
    public let f1: Double?
    /// Number of tracks that have this label.
    public let support: Int
    /// 95 % intervals of precision and recall, as ``ClassificationReport/interval``; nil if the denominator is 0.
    public let precisionInterval: ConfidenceInterval?
    public let recallInterval: ConfidenceInterval?
  }

  /// The independent unit of an interval.
  public enum IntervalBasis: String, Sendable, Codable, Hashable {
    /// Artists or albums.
    case groups
    /// Tracks, since no groups are known.
    case tracks
  }

  /// One kind of mistake.
  public struct Direction: Sendable, Codable, Hashable {
    /// The true label.
    public let label: String
    /// The label the model chose.
    public let predicted: String
    /// How many tracks.
    public let count: Int
    /// Share among all errors.
    public let share: Double
  }

  /// Share of tracks labelled correctly.
  public let accuracy: Double
  /// 95 % interval of the accuracy. If groups (artists, albums) are known, it is computed over groups, since clips of one artist
  /// are not independent items (`ConfidenceInterval.wilson(_:groups:)`); otherwise it is Wilson's over tracks.
  public let interval: ConfidenceInterval
  /// The unit over which the intervals are computed.
  public let intervalBasis: IntervalBasis
  /// Number of groups for the intervals, with a track without one counting separately; nil if no track has a group.
  public let groupCount: Int?
  /// Number of tracks.
  public let count: Int
  /// Labels in the model's order: rows and columns of `confusion`.
  public let labels: [String]
  /// Counts of tracks by true label (row) and predicted label (column).
  public let confusion: [[Int]]
  /// The figures of each label by its name.
  public let perClass: [String: ClassScores]
  /// Unweighted means over the labels that occur: ``absentLabels`` are left out.
  public let macroPrecision: Double
  /// As `macroPrecision`, for recall.
  public let macroRecall: Double
  /// As `macroPrecision`, for F1.
  public let macroF1: Double
  /// 95 % interval of ``macroF1`` by the jackknife over the same groups (tracks if none are known), clipped to 0 and 1; nil for
  /// fewer than two of them, and if none of them changes it.
  public let macroF1Interval: ConfidenceInterval?
  /// Mean of -ln p(true label), with p clipped to within 2.2e-16 of 0 and 1; nil if a prediction has no probabilities.
  public let logLoss: Double?
  /// Number of tracks labelled wrongly.
  public let errorCount: Int
  /// Among the errors, the share with each true label; all 0 if there are none.
  public let errorShare: [String: Double]
  /// Kinds of mistakes that happened, most frequent first.
  public let directions: [Direction]

  /// Counts predictions under the model's labels.
  ///
  /// Throws ``CodedError`` if there are none, if a label is not among `labels` or `labels` contains duplicates, and if
  /// probabilities do not fit; ``Prediction/partition(_:labels:)`` removes such tracks beforehand.
  public init(predictions: [Prediction], labels: [String]) throws(CodedError) {
    guard !predictions.isEmpty else {
      throw CodedError(.empty, "no predictions to report: the split may be empty")
    }
    let index = try Self.index(of: labels)
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
    for prediction in predictions {
      try prediction.check(labels: labels)
      if let row = index[prediction.label], let column = index[prediction.predicted] {
        confusion[row][column] += 1
      }
    }
    self.init(
      labels: labels, confusion: confusion, logLoss: Self.logLoss(of: predictions, index: index),
      intervals: ReportIntervals(predictions, labels: labels, confusion: confusion))
  }

  /// The report on no tracks: every count and share is 0, and the interval of the accuracy is the full range. It is for documents
  /// that must say why nothing was counted; its figures mean nothing.
  public static func nothing(labels: [String]) -> ClassificationReport {
    ClassificationReport(
      labels: labels, confusion: labels.map { _ in labels.map { _ in 0 } }, logLoss: nil, intervals: nil)
  }

  /// The figures of a confusion matrix.
  private init(labels: [String], confusion: [[Int]], logLoss: Double?, intervals: ReportIntervals?) {
    let total = confusion.joined().reduce(0, +)
    let right = labels.indices.reduce(0) { $0 + confusion[$1][$1] }
    let scores = labels.indices.map { Self.scores(of: $0, confusion: confusion, intervals: intervals) }
    let wrong = total - right
    let share = { (count: Int) in wrong == 0 ? 0 : Double(count) / Double(wrong) }
    let present = scores.filter { $0.support > 0 }
    let mean = { (values: [Double?]) in values.reduce(0) { $0 + ($1 ?? 0) } / Double(max(present.count, 1)) }
    var errorShare: [String: Double] = [:]
    var directions: [Direction] = []
    for (row, label) in labels.enumerated() {
      errorShare[label] = share(confusion[row].reduce(0, +) - confusion[row][row])
      for (column, other) in labels.enumerated() where column != row && confusion[row][column] > 0 {
        let count = confusion[row][column]
        directions.append(
          Direction(label: label, predicted: other, count: count, share: share(count)))
      }
    }
    self.accuracy = total == 0 ? 0 : Double(right) / Double(total)
    self.interval = intervals?.accuracy ?? ConfidenceInterval(low: 0, high: 1)
    self.groupCount = intervals?.groupCount
    self.intervalBasis = intervals?.groupCount == nil ? .tracks : .groups
    self.count = total
    self.labels = labels
    self.confusion = confusion
    self.perClass = Dictionary(uniqueKeysWithValues: zip(labels, scores))
    self.macroPrecision = mean(present.map(\.precision))
    self.macroRecall = mean(present.map(\.recall))
    self.macroF1 = mean(present.map(\.f1))
    self.macroF1Interval = intervals?.macroF1
    self.logLoss = logLoss
    self.errorCount = wrong
    self.errorShare = errorShare
    // `sorted` is stable: equal counts stay in label order.
    self.directions = directions.sorted { $0.count > $1.count }
  }

  private static func index(of labels: [String]) throws(CodedError) -> [String: Int] {
    var index: [String: Int] = [:]
    for (position, label) in labels.enumerated() {
      guard index.updateValue(position, forKey: label) == nil else {
        throw CodedError(.unknownLabel, "label “\(label)” appears twice")
      }
    }
    return index
  }

  private static func scores(
    of label: Int, confusion: [[Int]], intervals: ReportIntervals?
  ) -> ClassScores {
    let (hits, support, chosen) = counts(of: label, confusion: confusion)
    let isAbsent = support == 0
    return ClassScores(
      precision: chosen == 0 ? (isAbsent ? nil : 0) : Double(hits) / Double(chosen),
      recall: isAbsent ? nil : Double(hits) / Double(support),
      f1: isAbsent ? nil : Double(2 * hits) / Double(chosen + support),
      support: support, precisionInterval: intervals?.precision[label] ?? nil,
      recallInterval: intervals?.recall[label] ?? nil)
  }

  /// Tracks of a label that were given it, that have it, and that were given it.
  static func counts(of label: Int, confusion: [[Int]]) -> (hits: Int, support: Int, chosen: Int) {
    (
      confusion[label][label], confusion[label].reduce(0, +), confusion.reduce(0) { $0 + $1[label] }
    )
  }

  private static func logLoss(of predictions: [Prediction], index: [String: Int]) -> Double? {
    var losses: [Double] = []
    for prediction in predictions {
      guard let position = index[prediction.label], position < prediction.probabilities.count else {
        return nil
      }
      losses.append(Calibration.loss(ofProbability: prediction.probabilities[position]))
    }
    return losses.orderlessSum / Double(losses.count)
  }
}

extension ClassificationReport {
  /// Labels that no counted track has, in order.
  public var absentLabels: [String] { labels.filter { perClass[$0]?.support == 0 } }

  /// A note for the reader about labels without tracks, as a clause; nil if every label has one or nothing is counted.
  public var absenceNote: String? { absenceNote(of: .recording) }

  func absenceNote(of unit: EvaluatedUnit) -> String? {
    let absent = absentLabels
    guard count > 0, !absent.isEmpty else { return nil }
    let (names, noun) = (absent.joined(separator: ", "), unit == .picture ? "picture" : "track")
    return absent.count == 1
      ? "no \(noun) of \(names) is here: it has no recall and no F1, and macro means leave it out"
      : "no \(noun)s of \(names) are here: they have no recall and no F1, and macro means leave them out"
  }
}

extension ClassificationReport.ClassScores {
  private enum CodingKeys: String, CodingKey {
    case precision, recall, f1, support, precisionInterval, recallInterval
  }

  /// Undefined values are written as `null`, so every label has the same keys.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(precision, forKey: .precision)
    try container.encode(recall, forKey: .recall)
    try container.encode(f1, forKey: .f1)
    try container.encode(support, forKey: .support)
    try container.encodeIfPresent(precisionInterval, forKey: .precisionInterval)
    try container.encodeIfPresent(recallInterval, forKey: .recallInterval)
  }
}
