public import Files
import Statistics

/// Whether mistakes look like the class for which they were taken.
///
/// Each class has a typical vector: the mean of the vectors (band profiles, flattened maps) of its correct tracks. A track of
/// class A is scored by `s = d(track, typical A) - d(track, typical B)`: the larger, the more it looks like B. For every
/// direction A to B with enough mistakes, the mean score of its mistakes is compared with that of the correct tracks of A, by a
/// one-sided permutation test among these tracks of A; p values are adjusted by Holm's method over the directions, and by
/// ``corrected(_:)`` over all readings of a report.
///
/// If vectors explain a class, all of them (those of the mistakes, of the correct tracks of A, and of the tracks in both typical
/// vectors) explain B. If the mistakes were explained for B and the correct tracks of A for A, the explained class alone would
/// make the mistakes look like B: evidence for B looks like evidence for B in any track.
///
/// A track is never compared with itself: its own vector, and those of its group (artist, album) if groups are known, are left
/// out of the means. The order of the tracks changes nothing, not even the last digit.
public struct MistakeCoherence: Sendable, Codable, Hashable {
  /// One track as input.
  public struct Track: Sendable, Codable, Hashable {
    /// Identifies the track.
    public var path: String
    /// The true label.
    public var label: String
    /// The label the model chose.
    public var predicted: String
    /// Artist or album, if known.
    public var group: String?
    /// The numbers by which the track is compared; the same count for all tracks.
    public var features: Features

    public init(path: String, label: String, predicted: String, group: String?, features: Features) {
      (self.path, self.label, self.predicted) = (path, label, predicted)
      (self.group, self.features) = (group, features)
    }

    public init(path: String, label: String, predicted: String, group: String?, features: [Double]) {
      self.init(path: path, label: label, predicted: predicted, group: group, features: .same(features))
    }

    /// The track of a prediction.
    public init(_ prediction: Prediction, features: [Float]) {
      self.init(
        path: prediction.path, label: prediction.label, predicted: prediction.predicted,
        group: prediction.group, features: features)
    }

    /// The same from single-precision numbers.
    public init(path: String, label: String, predicted: String, group: String?, features: [Float]) {
      self.init(
        path: path, label: label, predicted: predicted, group: group, features: features.map(Double.init))
    }
  }

  /// The basis of the comparison.
  public enum Features: Sendable, Codable, Hashable {
    /// One vector for all questions, such as that of the sound itself.
    case same([Double])
    /// A vector for each class that was explained. A track without one for the class in question is left out.
    case byClass([String: [Double]])

    /// The vector that explains a class.
    func explaining(_ label: String) -> [Double]? {
      switch self {
      case .same(let values): values
      case .byClass(let vectors): vectors[label]
      }
    }

    var isByClass: Bool {
      if case .byClass = self { true } else { false }
    }

    /// All vectors, in an order that does not hang on hashing.
    var vectors: [[Double]] {
      switch self {
      case .same(let values): [values]
      case .byClass(let vectors): vectors.sorted { $0.key < $1.key }.map(\.value)
      }
    }
  }

  /// How far two vectors are from each other.
  public enum Distance: String, Sendable, Codable, Hashable, CaseIterable {
    /// `1 - x . y / (|x| |y|)`, 0 to 2; 1 if one of them is all 0.
    case cosine
    /// `|x - y|`.
    case euclidean
  }

  /// A direction that was not tested.
  public struct Skipped: Sendable, Codable, Hashable {
    public let label: String
    public let predicted: String
    /// Number of mistakes in it.
    public let count: Int
    public let reason: String
  }

  /// Tested directions, the one with most mistakes first.
  public private(set) var directions: [CoherenceDirection]
  /// Directions with mistakes that were not tested.
  public let skipped: [Skipped]
  /// The kind of vectors, as a plural for sentences: "band profiles".
  public let subject: String
  public let distance: Distance
  public let minimumMistakes: Int
  /// Whether groups were kept together and left out of the means.
  public let usesGroups: Bool

  /// - Parameters:
  ///   - subject: the kind of vectors, as a plural noun.
  ///   - minimumMistakes: directions with fewer are listed as skipped.
  ///   - permutationCount: see ``PermutationTest``.
  ///
  /// Throws ``CodedError`` for no tracks, vectors of different lengths, and values that are not finite.
  public init(
    tracks: [Track], subject: String, distance: Distance = .cosine, minimumMistakes: Int = 5,
    permutationCount: Int = 9999, seed: UInt64 = 1
  ) throws(CodedError) {
    guard !tracks.isEmpty else { throw CodedError(.empty, "no tracks to compare") }
    let rows = tracks.flatMap(\.features.vectors)
    try NumberRows.check(rows, count: rows.count)
    let order = NumberRows.canonicalOrder(
      tracks.map { $0.features.vectors.flatMap(\.self) },
      keys: tracks.map { [$0.path, $0.label, $0.predicted, $0.group ?? ""].joined(separator: "\u{0}") })
    let sorted = order.map { tracks[$0] }
    var (drafts, skipped): ([CoherenceDirection], [Skipped]) = ([], [])
    for (pair, count) in Self.directions(of: sorted) {
      do throws(DirectionProblem) {
        guard count >= minimumMistakes else { throw .tooFew("fewer than \(minimumMistakes) mistakes") }
        drafts.append(
          try CoherenceDirection(
            pair, sorted, distance: distance, subject: subject, permutationCount: permutationCount,
            seed: seed))
      } catch {
        skipped.append(
          Skipped(label: pair.label, predicted: pair.predicted, count: count, reason: error.reason))
      }
    }
    let adjusted = ExactTests.holm(drafts.map(\.test.p))
    directions = zip(drafts, adjusted).map { $0.adjusted(p: $1, testCount: drafts.count) }
    (self.skipped, self.subject, self.distance) = (skipped, subject, distance)
    self.minimumMistakes = minimumMistakes
    usesGroups = tracks.contains { $0.group != nil }
  }

  /// Readings of one set of tracks with p adjusted by Holm's method over all directions of all of them: one family, since any of
  /// them would be reported as a finding.
  public static func corrected(_ readings: [MistakeCoherence]) -> [MistakeCoherence] {
    let tests = readings.flatMap(\.directions)
    var adjusted = ExactTests.holm(tests.map(\.test.p))[...]
    return readings.map { reading in
      var result = reading
      result.directions = zip(reading.directions, adjusted).map {
        $0.adjusted(p: $1, testCount: tests.count)
      }
      adjusted = adjusted.dropFirst(reading.directions.count)
      return result
    }
  }

  /// The answer over all directions, in one or two sentences.
  public var sentence: String {
    guard !directions.isEmpty else {
      return
        "No direction has \(minimumMistakes) mistakes: whether mistakes look like the class they were taken "
        + "for cannot be tested."
    }
    let shown = directions.count(where: \.isShown)
    let coherent = directions.count { $0.answer == .coherent }
    let (wrong, right) = (directions.map(\.mistakes), directions.map(\.correct))
    let nearer = [wrong, right].map { tracks in
      "\(tracks.reduce(0) { $0 + $1.nearerToPredicted }) of \(tracks.reduce(0) { $0 + $1.count })"
    }
    let alike = directions[0].isExplained ? ", explained for that class too" : ""
    let tests = directions[0].testCount
    return "In \(shown) of \(directions.count) directions with at least \(minimumMistakes) mistakes the "
      + "misclassified tracks have \(subject) more like the class they were taken for than correct tracks of "
      + "their own class have\(alike) (p corrected for \(tests.counted("test"))); \(coherent) of them are coherent. "
      + "Nearer to that class are \(nearer[0]) mistakes and \(nearer[1]) correct tracks."
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
