public import Files
public import Statistics

/// Tracks whose given label may be wrong, the worst first.
///
/// They are tracks to listen to, not errors: a classifier that finds a track unusual proposes it too. Listed is each track
/// for which another label is likelier than the given one; ``Entry/isCandidate`` marks those that confident learning would
/// take out, about as many as its counts say are wrong. The candidates are the surer part; the order over all of them finds
/// more of the wrong labels.
public struct LabelIssues: Sendable, Codable, Hashable {
  /// scikit-learn's C of the classifiers that are asked. A strong penalty: a classifier that fits a wrong label does not find
  /// it. `Scripts/plant-labels.py` counts what is found among real clips.
  public static let inversePenalty = 0.03

  /// A labelled track, as far as this needs it.
  public struct Track: Sendable, Codable, Hashable {
    /// Identifies the track.
    public var path: String
    public var name: String
    /// The given label.
    public var label: String
    /// Artist or album, where it is known.
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
    /// The likeliest label.
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

  /// Tracks with a likelier label by self-confidence, least first; of equal ones the smaller margin, then the path.
  ///
  /// At most ``maximumEntries`` and, after them, what further candidates there are.
  public let entries: [Entry]
  /// Tracks with a likelier label, listed or not.
  public let doubtfulCount: Int
  /// Tracks that confident learning chose.
  public let candidateCount: Int
  /// Tracks that were looked at.
  public let trackCount: Int
  /// How many wrong labels the counts speak for; candidates may be fewer or more.
  public let estimatedErrorCount: Int
  /// Labels in the order of `joint`.
  public let labels: [String]
  /// Estimated tracks by given label (row) and true label (column).
  public let joint: [[Int]]
  /// How candidates were chosen.
  public let filter: ConfidentLearning.Filter

  /// Entries that are kept besides candidates.
  public static let maximumEntries = 500

  /// Judges labels by probabilities that come from a classifier which was not fitted to the track (`[track][label]`).
  ///
  /// The order of the tracks changes nothing. Throws ``CodedError`` for no tracks, labels that are not among `labels`,
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
