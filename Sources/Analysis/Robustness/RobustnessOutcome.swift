import Statistics

/// A model's verdict on one track before and after a change.
public struct RobustnessOutcome: Sendable, Codable, Hashable {
  /// Identifies the track.
  public var path: String
  /// The true label.
  public var label: String
  /// The group kept together in resamples; nil treats the track separately.
  public var group: String?
  /// The label chosen before the change.
  public var predictedBefore: String
  public var predictedAfter: String
  /// The true label's softmax probability before the change.
  public var probabilityBefore: Double
  public var probabilityAfter: Double
  /// Spearman's rank correlation of the explanation maps before and after; nil if there is none.
  public var mapCorrelation: Double?
  /// Mean magnitude of the change over the cells of the mel map, in dB; nil for changes of the sound.
  public var meanDecibels: Double?

  public init(
    path: String, label: String, group: String? = nil, predictedBefore: String, predictedAfter: String,
    probabilityBefore: Double, probabilityAfter: Double, mapCorrelation: Double? = nil,
    meanDecibels: Double? = nil
  ) {
    (self.path, self.label, self.group) = (path, label, group)
    (self.predictedBefore, self.predictedAfter) = (predictedBefore, predictedAfter)
    (self.probabilityBefore, self.probabilityAfter) = (probabilityBefore, probabilityAfter)
    (self.mapCorrelation, self.meanDecibels) = (mapCorrelation, meanDecibels)
  }

  var wasRight: Bool { predictedBefore == label }
  var isRight: Bool { predictedAfter == label }
  /// 1 for a track won, -1 for one lost.
  var gain: Double { (isRight ? 1 : 0) - (wasRight ? 1 : 0) }
  /// What is drawn together.
  var cluster: String { group.map { "group " + $0 } ?? "track " + path }
}
