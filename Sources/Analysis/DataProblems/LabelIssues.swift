public import Files
public import Statistics

/// Tracks whose given label may be wrong, the worst first.
///
/// They are tracks to listen to, not necessarily errors: a classifier that finds a track unusual suggests it too. All tracks are
/// listed for which another label is more likely than the given one; ``Entry/isCandidate`` marks those that confident learning
/// would remove, about as many as its counts indicate are wrong. The candidates are the more certain part; the full ranking finds
/// more of the wrong labels.
public struct LabelIssues: Sendable, Codable, Hashable {
  /// scikit-learn's C for the classifiers. The penalty is strong because a classifier that fits a wrong label does not find it.
  /// `Scripts/plant-labels.py` counts how many are found among real clips.
  public static let inversePenalty = 0.03

  /// A labelled track as input.
  public struct Track: Sendable, Codable, Hashable {
    /// Identifies the track.
    public var path: String
    public var name: String
    /// The given label.
    public var label: String
    /// Artist or album, if known.
    public var group: String?
    public var split: String?

    public init(path: String, name: String, label: String, group: String? = nil, split: String? = nil) {
      (self.path, self.name, self.label, self.group, self.split) = (path, name, label, group, split)
    }
  }

  /// A track to listen to.
  public struct Entry: Sendable, Codable, Hashable {
    public let path: String
    public let name: String
    /// The given label.
    public let label: String
    /// The most likely label.
    public let suggested: String
    /// Probability of the given label.
    public let selfConfidence: Double
    /// Probability of the suggested label.
    public let suggestedProbability: Double
    /// See ``ConfidentLearning/margins``.
    public let margin: Double
    public let split: String?
    /// Whether confident learning chose it.
    public let isCandidate: Bool
  }

  /// Tracks with a more likely label, ordered by self-confidence, lowest first; ties are ordered by margin, then by path.
  ///
  /// At most ``maximumEntries``, followed by any further candidates.
  public let entries: [Entry]
  /// Number of tracks with a more likely label, listed or not.
  public let doubtfulCount: Int
  /// Number of tracks that confident learning chose.
  public let candidateCount: Int
  /// Number of tracks examined.
  public let trackCount: Int
  /// The number of wrong labels indicated by the counts; there may be fewer or more candidates.
  public let estimatedErrorCount: Int
  /// Labels in the order of `joint`.
  public let labels: [String]
  /// Estimated tracks by given label (row) and true label (column).
  public let joint: [[Int]]
  /// How candidates were chosen.
  public let filter: ConfidentLearning.Filter

  /// Number of entries kept besides candidates.
  public static let maximumEntries = 500

  /// Judges labels by probabilities from a classifier that was not fitted to the track (`[track][label]`).
  ///
  /// The order of the tracks does not matter. Throws ``CodedError`` for no tracks, labels that are not among `labels`,
  /// shapes that do not fit, and numbers outside 0 and 1.
  public init(
    tracks: [Track], probabilities: [[Double]], labels: [String],
    filter: ConfidentLearning.Filter = .pruneByNoiseRate
  ) throws(CodedError) {
    guard tracks.count == probabilities.count else {
      throw CodedError(
        .shapeMismatch, "\(probabilities.count) rows of probabilities for \(tracks.count) tracks")
    }
    let given = try ClassIndices(labels).indices(of: tracks.map(\.label))
    if let row = probabilities.first(where: { $0.count != labels.count }) {
      throw CodedError(.badProbabilities, "\(row.count) probabilities for \(labels.count) labels")
    }
    let order = NumberRows.canonicalOrder(
      probabilities, keys: tracks.map { "\($0.path)\u{0}\($0.label)\u{0}\($0.name)" })
    let learning = try ConfidentLearning(
      labels: order.map { given[$0] }, probabilities: order.map { probabilities[$0] })
    let (margins, candidates) = (learning.margins, Set(learning.candidates(filter)))
    let doubtful = learning.doubtful.map { place -> Entry in
      let (track, row) = (tracks[order[place]], probabilities[order[place]])
      let suggested = row.indices.max { row[$0] < row[$1] } ?? 0
      return Entry(
        path: track.path, name: track.name, label: track.label, suggested: labels[suggested],
        selfConfidence: row[given[order[place]]], suggestedProbability: row[suggested],
        margin: margins[place], split: track.split, isCandidate: candidates.contains(place))
    }
    // Tracks come by path and `sorted` is stable.
    let sorted = doubtful.sorted { ($0.selfConfidence, $0.margin) < ($1.selfConfidence, $1.margin) }
    entries = sorted.enumerated().filter { $0.offset < Self.maximumEntries || $0.element.isCandidate }
      .map(\.element)
    (doubtfulCount, candidateCount) = (doubtful.count, candidates.count)
    (trackCount, estimatedErrorCount) = (tracks.count, learning.estimatedErrorCount)
    (self.labels, joint, self.filter) = (labels, learning.joint, filter)
  }

  /// Judges labels by a linear classifier on numbers that describe each track (`[track][column]`), cross-validated.
  ///
  /// The folds keep groups together. Throws as ``init(tracks:probabilities:labels:filter:)`` and
  /// `LinearClassifier.crossValidatedProbabilities` does.
  public init(
    tracks: [Track], rows: [[Double]], labels: [String], folds: Int = 5, seed: UInt64 = 1,
    inversePenalty: Double = LabelIssues.inversePenalty, filter: ConfidentLearning.Filter = .pruneByNoiseRate
  ) throws(CodedError) {
    let probabilities = try LinearClassifier.crossValidatedProbabilities(
      rows: rows, labels: tracks.map(\.label),
      groups: tracks.map { $0.group.map { "g" + $0 } ?? "t" + $0.path },
      classes: labels, folds: folds, seed: seed, inversePenalty: inversePenalty)
    try self.init(tracks: tracks, probabilities: probabilities, labels: labels, filter: filter)
  }
}
