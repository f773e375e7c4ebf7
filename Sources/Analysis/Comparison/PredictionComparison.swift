public import Files
public import Statistics

/// Two models on the same tracks: which tracks the second gets right that the first got wrong, and the reverse.
///
/// Tracks are matched by path, and the remaining ones by a name that is unique in both sets. Only tracks with the same true label
/// in both are counted; all others are listed. The order of the tracks does not matter.
public struct PredictionComparison: Sendable, Codable, Hashable {
  /// One set of predictions.
  public struct Side: Sendable, Codable, Hashable {
    /// Its name for readers.
    public var title: String
    /// The name of the model's file, if known.
    public var model: String?
    public var labels: [String]
    public var predictions: [Prediction]
    /// How many of the recordings were used to make its model; nil if it was not checked.
    public var training: TrainingOverlap?

    public init(
      title: String, model: String? = nil, labels: [String], predictions: [Prediction],
      training: TrainingOverlap? = nil
    ) {
      (self.title, self.model, self.labels, self.predictions) = (title, model, labels, predictions)
      self.training = training
    }
  }

  /// What happened to a track.
  public enum Outcome: String, Sendable, Codable, Hashable, CaseIterable {
    case bothRight = "both-right"
    /// Wrong in A, right in B.
    case fixed
    /// Right in A, wrong in B.
    case broken
    /// Wrong in both with the same answer.
    case sameMistake = "same-mistake"
    /// Wrong in both with different answers.
    case otherMistake = "other-mistake"
  }

  /// A track in both sets.
  public struct Change: Sendable, Codable, Hashable {
    /// The path in A.
    public let path: String
    public let name: String
    public let label: String
    public let predictedA: String
    public let predictedB: String
    /// The largest probability, if known.
    public let confidenceA: Double?
    public let confidenceB: Double?
    public let outcome: Outcome
  }

  /// A track in one set only.
  public struct Lone: Sendable, Codable, Hashable {
    public let path: String
    public let name: String
    public let label: String
    public let predicted: String
  }

  /// A track with different true labels.
  public struct Disagreement: Sendable, Codable, Hashable {
    public let path: String
    public let name: String
    public let labelA: String
    public let labelB: String
  }

  /// A figure of both models and its change.
  public struct Figure: Sendable, Codable, Hashable {
    public let a: Double
    public let b: Double
    /// B minus A, with the 95 % interval of a paired bootstrap over tracks (over groups if they are known).
    public let difference: Estimate
  }

  /// One genre.
  public struct GenreChange: Sendable, Codable, Hashable {
    public let label: String
    /// Number of compared tracks of this genre.
    public let support: Int
    public let precision: Figure
    public let recall: Figure
    public let f1: Figure
    /// Number of tracks of this genre that were fixed and broken.
    public let fixedCount: Int
    public let brokenCount: Int
  }

  public let titleA: String
  public let titleB: String
  /// How many of the recordings of each report were used to make its model, if the reports say so.
  public let trainingA: TrainingOverlap?
  public let trainingB: TrainingOverlap?
  /// The names of the models' files, if known.
  public let modelA: String?
  public let modelB: String?
  /// All tracks that were compared, by path.
  public let tracks: [Change]
  public let accuracy: Figure
  /// 95 % intervals of the accuracies: over groups if they are known, otherwise Wilson's.
  public let intervalA: ConfidenceInterval
  public let intervalB: ConfidenceInterval
  /// Number of groups for the intervals; nil if no track has one.
  public let groupCount: Int?
  /// Treats tracks as independent, with or without groups.
  public let mcNemar: McNemar
  /// Two-sided p of equal accuracies by the difference's standard error over groups (``GroupedMean``); nil if no groups are
  /// known, and for a single group.
  public let groupP: Double?
  /// In the order of A's labels, then B's additional ones; genres without a compared track are left out.
  public let genres: [GenreChange]
  public let onlyInA: [Lone]
  public let onlyInB: [Lone]
  /// These are listed but not counted.
  public let labelDisagreements: [Disagreement]
  /// Number of matched tracks, counted or not, with the same name and different paths.
  public let nameMatchCount: Int
  /// Paths that occur more than once in one set; none of their tracks is counted.
  public let ambiguousPaths: [String]
  /// Resamples of each interval, and their seed.
  public let resampleCount: Int
  public let seed: UInt64

  /// Compares B with A.
  ///
  /// Throws ``CodedError`` if a set is empty or its predictions do not fit its labels, and if no track is in both with the same
  /// label.
  public init(
    _ a: Side, _ b: Side, bootstrap: Bootstrap = Bootstrap(resampleCount: 2000, seed: 1)
  ) throws(CodedError) {
    for side in [a, b] {
      _ = try ClassIndices(side.labels)
      guard !side.predictions.isEmpty else {
        throw CodedError(.empty, "no predictions to compare", path: side.title)
      }
      for prediction in side.predictions { try prediction.check(labels: side.labels) }
    }
    let matching = TrackMatching(a.predictions, b.predictions)
    let (agreeing, others) = (
      matching.pairs.filter { $0.a.label == $0.b.label }, matching.pairs.filter { $0.a.label != $0.b.label }
    )
    guard !agreeing.isEmpty else {
      throw CodedError(
        .empty,
        "no track is in both sets with one label (\(matching.onlyInA.count) only in the first, "
          + "\(matching.onlyInB.count) only in the second, \(others.count) with different labels, "
          + "\(matching.ambiguousPaths.count) more than once in a set)")
    }
    (titleA, titleB, modelA, modelB) = (a.title, b.title, a.model, b.model)
    (trainingA, trainingB) = (a.training, b.training)
    tracks = agreeing.map(Change.init)
    onlyInA = matching.onlyInA.map(Lone.init)
    onlyInB = matching.onlyInB.map(Lone.init)
    labelDisagreements = others.map {
      Disagreement(path: $0.a.path, name: $0.a.name, labelA: $0.a.label, labelB: $0.b.label)
    }
    ambiguousPaths = matching.ambiguousPaths
    nameMatchCount = matching.nameMatchCount
    let counts = Dictionary(grouping: tracks, by: \.outcome).mapValues(\.count)
    mcNemar = McNemar(onlyFirst: counts[.broken] ?? 0, onlySecond: counts[.fixed] ?? 0)
    let clusters = agreeing.map(TrackMatching.cluster)
    let isGrouped = agreeing.contains { $0.a.group != nil || $0.b.group != nil }
    groupCount = isGrouped ? Set(clusters).count : nil
    let rightA = agreeing.map(\.a.isCorrect)
    let rightB = agreeing.map(\.b.isCorrect)
    func interval(_ right: [Bool]) -> ConfidenceInterval {
      isGrouped
        ? .wilson(right, groups: clusters)
        : .wilson(successes: right.count(where: \.self), count: right.count)
    }
    (intervalA, intervalB) = (interval(rightA), interval(rightB))
    let differences = zip(rightA, rightB).map { a, b in (b ? 1.0 : 0) - (a ? 1.0 : 0) }
    groupP = isGrouped ? GroupedMean(differences, groups: clusters)?.p : nil
    let resampled = PairedFigures(
      agreeing, labels: a.labels + b.labels.filter { !a.labels.contains($0) }, bootstrap: bootstrap)
    (accuracy, genres) = (resampled.accuracy, resampled.genres)
    (resampleCount, seed) = (bootstrap.resampleCount, bootstrap.seed)
  }

  /// Two-sided p of equal accuracies: McNemar's exact p, or that over groups if they are known and it is larger. The first treats
  /// tracks as independent; the second is reliable only if many tracks changed: for five fixed and none broken it gives 0.02.
  public var p: Double { groupCount == nil ? mcNemar.exactP : max(mcNemar.exactP, groupP ?? 1) }

  /// Tracks with one outcome, in order.
  public func tracks(_ outcome: Outcome) -> [Change] { tracks.filter { $0.outcome == outcome } }
}

extension PredictionComparison.Change {
  init(_ pair: TrackMatching.Pair) {
    let (a, b) = pair
    (path, name, label) = (a.path, a.name, a.label)
    (predictedA, predictedB) = (a.predicted, b.predicted)
    (confidenceA, confidenceB) = (a.confidence, b.confidence)
    outcome =
      switch (a.isCorrect, b.isCorrect) {
      case (true, true): .bothRight
      case (false, true): .fixed
      case (true, false): .broken
      case (false, false): a.predicted == b.predicted ? .sameMistake : .otherMistake
      }
  }
}

extension PredictionComparison.Lone {
  init(_ prediction: Prediction) {
    (path, name) = (prediction.path, prediction.name)
    (label, predicted) = (prediction.label, prediction.predicted)
  }
}
