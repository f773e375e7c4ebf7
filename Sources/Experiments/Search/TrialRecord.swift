/// One training of a search: its settings and its result.
public struct TrialRecord: Sendable, Codable, Hashable {
  /// From 1; the same settings have the same number in every rung.
  public let trial: Int
  /// From 1; always 1 in a random search.
  public let rung: Int
  /// Number of epochs that it was allowed to run.
  public let epochs: Int
  /// The seed of weights, order and augmentation: the configuration's, the same for all.
  public let seed: UInt64
  /// The differences from the configuration: for each key the value as written in a file.
  public let settings: [String: String]
  /// Why it has no result that can be judged; nil if it has one.
  public var failure: String?
  /// On the validation part, at the best epoch.
  public var validLoss: Double?
  public var validAccuracy: Double?
  /// Validation recordings that also trained the model, under other names; nil for none.
  public var validTrainedCount: Int?
  /// The epoch that was kept, and how many were run.
  public var bestEpoch: Int?
  public var epochsRun: Int?
  /// Why training ended, in a clause.
  public var outcome: String?
  /// Its duration; the only figure that differs between runs.
  public var seconds: Double?

  /// Whether this trial is to be preferred. One that failed never is.
  func isBetter(than other: TrialRecord, by metric: SearchOptions.Metric) -> Bool {
    guard let loss = validLoss, let accuracy = validAccuracy else { return false }
    guard let otherLoss = other.validLoss, let otherAccuracy = other.validAccuracy else { return true }
    if metric == .accuracy, accuracy != otherAccuracy { return accuracy > otherAccuracy }
    return loss != otherLoss ? loss < otherLoss : trial < other.trial
  }
}

extension [TrialRecord] {
  /// The best first: later rungs before earlier ones, then by the metric; failed ones last.
  func ranked(by metric: SearchOptions.Metric) -> [TrialRecord] {
    sorted { first, second in
      if (first.failure == nil) != (second.failure == nil) { return first.failure == nil }
      if first.rung != second.rung { return first.rung > second.rung }
      if first.failure != nil { return first.trial < second.trial }
      return first.isBetter(than: second, by: metric)
    }
  }
}
