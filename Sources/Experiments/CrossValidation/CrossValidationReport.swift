public import Analysis
public import Datasets
import Files
public import Statistics

/// The result of a cross-validation: each fold, their mean, and all held-out predictions together.
public struct CrossValidationReport: Sendable, Encodable {
  /// A figure over the folds.
  public struct Figure: Sendable, Encodable, Hashable {
    public let mean: Double
    /// Of single folds, with n - 1 in the denominator.
    public let standardDeviation: Double
    /// 95 % interval by Student's t, as if folds were independent: too narrow, since their training sets overlap.
    public let interval: ConfidenceInterval
    /// 95 % interval by the corrected t of Nadeau and Bengio, which accounts for that.
    public let correctedInterval: ConfidenceInterval

    /// Traps for fewer than two values.
    init(_ values: [Double]) {
      demand(values.count > 1, "\(values.count) folds")
      let count = Double(values.count)
      mean = values.reduce(0, +) / count
      let mean = mean
      standardDeviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
      let none = ConfidenceInterval(low: mean, high: mean)
      interval = .student(meanOf: values) ?? none
      correctedInterval = .student(meanOf: values, correction: 1 / (count - 1)) ?? none
    }
  }

  /// The figures of one fold, without its predictions.
  public struct FoldSummary: Sendable, Encodable {
    public let fold: Int
    public let trainCount: Int
    public let validCount: Int
    public let count: Int
    public let accuracy: Double
    public let macroF1: Double
    public let logLoss: Double
    public let bestEpoch: Int
    public let epochs: Int
    public let outcome: String
  }

  public let folds: [FoldSummary]
  /// The unit that folds keep together.
  public let unit: Folds.Unit
  public let accuracy: Figure
  public let macroF1: Figure
  public let logLoss: Figure
  /// All held-out predictions as one set: each recording was judged by the model that had not heard it. Its intervals are over
  /// groups if they are known.
  public let pooled: ClassificationReport
  /// Single windows of the held-out recordings, each judged alone.
  public let windows: WindowCounts
  /// Notes for the reader: what was left out, what leaks.
  public let notes: [String]

  /// Throws ``CodedError`` when predictions do not fit the labels. Traps for fewer than two folds.
  init(_ records: [FoldRecord], labels: [String], unit: Folds.Unit, notes: [String]) throws(CodedError) {
    folds = records.map { record in
      FoldSummary(
        fold: record.fold, trainCount: record.trainCount, validCount: record.validCount, count: record.count,
        accuracy: record.accuracy, macroF1: record.macroF1, logLoss: record.logLoss,
        bestEpoch: record.bestEpoch, epochs: record.epochs, outcome: record.outcome)
    }
    (self.unit, self.notes) = (unit, notes)
    accuracy = Figure(records.map(\.accuracy))
    macroF1 = Figure(records.map(\.macroF1))
    logLoss = Figure(records.map(\.logLoss))
    let predictions = records.flatMap(\.predictions)
    pooled = try ClassificationReport(predictions: predictions, labels: labels)
    windows = records.reduce(into: WindowCounts()) {
      $0.count += $1.windows.count
      $0.correct += $1.windows.correct
    }
  }
}
