/// Whether mistakes look like the class they were taken for.
///
/// Each class has a typical vector: the mean of the vectors (band profiles, flattened maps) of its correct tracks. A track of
/// class A is scored by `s = d(track, typical A) - d(track, typical B)`: the larger, the more it looks like B. For every
/// direction A to B with enough mistakes, the mean score of its mistakes is held against that of the correct tracks of A,
/// by a one-sided permutation test among these tracks of A; p values are adjusted by Holm's method over the directions.
///
/// A track never takes part in what it is compared with: its own vector, and those of its group (artist, album) where
/// groups are known, are left out of the means. The order of the tracks changes nothing, not even the last digit.
public struct MistakeCoherence: Sendable, Codable, Hashable {
  /// One track as this sees it.
  public struct Track: Sendable, Codable, Hashable {
    /// Identifies the track.
    public var path: String
    /// The true label.
    public var label: String
    /// The label the model chose.
    public var predicted: String
    /// Artist or album, where it is known.
    public var group: String?
    /// What the track is compared by; equally many numbers for all.
    public var features: [Double]

    public init(path: String, label: String, predicted: String, group: String?, features: [Double]) {
      (self.path, self.label, self.predicted) = (path, label, predicted)
      (self.group, self.features) = (group, features)
    }

    /// The track of a prediction.
    public init(_ prediction: Prediction, features: [Float]) {
      self.init(
        path: prediction.path, label: prediction.label, predicted: prediction.predicted,
        group: prediction.group, features: features)
    }

    /// The same from numbers in single precision.
    public init(path: String, label: String, predicted: String, group: String?, features: [Float]) {
      self.init(
        path: path, label: label, predicted: predicted, group: group, features: features.map(Double.init))
    }
  }

  /// How far two vectors are from each other.
  public enum Distance: String, Sendable, Codable, Hashable, CaseIterable {
    /// `1 - x . y / (|x| |y|)`, 0 to 2; 1 where one of them is all 0.
    case cosine
    /// `|x - y|`.
    case euclidean
  }

  /// A direction that was not tested.
  public struct Skipped: Sendable, Codable, Hashable {
    public let label: String
    public let predicted: String
    /// Mistakes in it.
    public let count: Int
    public let reason: String
  }

  /// Tested directions, the one with most mistakes first.
  public let directions: [CoherenceDirection]
  /// Directions with mistakes that were not tested.
  public let skipped: [Skipped]
  /// What the vectors are, as a plural for sentences: "band profiles".
  public let subject: String
  public let distance: Distance
  public let minimumMistakes: Int
  /// Whether groups were kept together and left out of the means.
  public let usesGroups: Bool

  /// - Parameters:
  ///   - subject: what the vectors are, as a plural.
  ///   - minimumMistakes: directions with fewer are listed as skipped.
  ///   - permutationCount: see ``PermutationTest``.
  ///
  /// Throws ``AnalysisError`` for no tracks, vectors of different lengths, and what is not finite.
  public init(
    tracks: [Track], subject: String, distance: Distance = .cosine, minimumMistakes: Int = 5,
    permutationCount: Int = 9999, seed: UInt64 = 1
  ) throws(AnalysisError) {
    guard !tracks.isEmpty else { throw AnalysisError(.empty, "no tracks to compare") }
    try NumberRows.check(tracks.map(\.features), count: tracks.count)
    let order = NumberRows.canonicalOrder(
      tracks.map(\.features),
      keys: tracks.map { [$0.path, $0.label, $0.predicted, $0.group ?? ""].joined(separator: "\u{0}") })
    let sorted = order.map { tracks[$0] }
    let typical = TypicalVectors(sorted, distance: distance)
    var (drafts, skipped): ([CoherenceDirection], [Skipped]) = ([], [])
    for (pair, count) in Self.directions(of: sorted) {
      do throws(DirectionProblem) {
        guard count >= minimumMistakes else { throw .tooFew("fewer than \(minimumMistakes) mistakes") }
        drafts.append(
          try CoherenceDirection(
            pair, sorted, typical, subject: subject, permutationCount: permutationCount, seed: seed))
      } catch {
        skipped.append(
          Skipped(label: pair.label, predicted: pair.predicted, count: count, reason: error.reason))
      }
    }
    let adjusted = ExactTests.holm(drafts.map(\.test.p))
    directions = zip(drafts, adjusted).map { $0.adjusted(p: $1) }
    (self.skipped, self.subject, self.distance) = (skipped, subject, distance)
    self.minimumMistakes = minimumMistakes
    usesGroups = tracks.contains { $0.group != nil }
  }

  /// The answer over all directions, in one sentence.
  public var sentence: String {
    guard !directions.isEmpty else {
      return
        "No direction has \(minimumMistakes) mistakes: whether mistakes look like the class they were taken "
        + "for cannot be tested."
    }
    let shown = directions.count(where: \.isShown)
    return "In \(shown) of \(directions.count) directions with at least \(minimumMistakes) mistakes the "
      + "misclassified tracks have \(subject) more like the class they were taken for than correct tracks of "
      + "their own class have."
  }

  struct Pair: Hashable {
    let label: String
    let predicted: String
  }

  /// Directions with their mistakes, most first, then by name.
  private static func directions(of tracks: [Track]) -> [(pair: Pair, count: Int)] {
    var counts: [Pair: Int] = [:]
    for track in tracks where track.label != track.predicted {
      counts[Pair(label: track.label, predicted: track.predicted), default: 0] += 1
    }
    return counts.sorted {
      ($1.value, $0.key.label, $0.key.predicted) < ($0.value, $1.key.label, $1.key.predicted)
    }.map { ($0.key, $0.value) }
  }
}

/// Why a direction cannot be tested.
enum DirectionProblem: Error {
  case tooFew(String)

  var reason: String {
    switch self {
    case .tooFew(let reason): reason
    }
  }
}
