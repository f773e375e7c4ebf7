/// One training of a search: what was set and what came out.
public struct TrialRecord: Sendable, Codable, Hashable {
  /// From 1; the same settings have the same number in every rung.
  public let trial: Int
  /// From 1; always 1 in a random search.
  public let rung: Int
  /// Epochs that it could run.
  public let epochs: Int
  /// The seed of weights, order and augmentation: the configuration's, the same for all.
  public let seed: UInt64
  /// What differs from the configuration: by key the value as it is written in a file.
  public let settings: [String: String]
  /// Why it gave nothing that can be judged; nil when it did.
  public var failure: String?
  /// On the validation part, at the best epoch.
  public var validLoss: Double?
  public var validAccuracy: Double?
  /// Validation recordings that trained the model too, under other names; nil for none.
  public var validTrainedCount: Int?
  /// The epoch that was kept, and how many were run.
  public var bestEpoch: Int?
  public var epochsRun: Int?
  /// Why training ended, in a clause.
  public var outcome: String?
  /// What it took; the one figure that is another one in another run.
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
