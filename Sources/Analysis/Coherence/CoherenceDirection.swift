import Foundation

/// Whether the tracks of one class that were taken for another look like that other one.
public struct CoherenceDirection: Sendable, Codable, Hashable {
  /// What was found.
  public enum Answer: String, Sendable, Codable, Hashable {
    /// Mistakes look more like the class they were taken for than correct tracks of their class do, and are nearer to it
    /// than to their own.
    case coherent
    /// They do, but on average they are still nearer to their own class.
    case leaning
    /// They do not, as far as these tracks tell.
    case notShown = "not-shown"
  }

  /// Mean distances of some tracks to the typical vectors of both classes.
  public struct Distances: Sendable, Codable, Hashable {
    /// Tracks.
    public let count: Int
    /// To the typical correct track of the true class A.
    public let toTrue: Double
    /// To the typical correct track of the class B that the mistakes were taken for.
    public let toPredicted: Double
    /// Share of these tracks that are nearer to B than to A.
    public let shareNearerToPredicted: Double
  }

  /// The true class A.
  public let label: String
  /// The class B that the mistakes were taken for.
  public let predicted: String
  /// Tracks of A taken for B.
  public let mistakes: Distances
  /// Correct tracks of A.
  public let correct: Distances
  /// Tracks left out, since without their own group nothing was left to compare them with.
  public let leftOutCount: Int
  /// Mean score of the mistakes minus that of the correct tracks, with its p.
  public let test: PermutationTest
  /// p adjusted for all directions that were tested.
  public let adjustedP: Double
  /// What the vectors are, as a plural.
  public let subject: String

  /// Traps for a pair without mistakes.
  init(
    _ pair: MistakeCoherence.Pair, _ tracks: [MistakeCoherence.Track], _ typical: TypicalVectors,
    subject: String, permutationCount: Int, seed: UInt64
  ) throws(DirectionProblem) {
    let own = tracks.filter { $0.label == pair.label }
    let scored = own.compactMap { track -> Scored? in
      guard [pair.label, pair.predicted].contains(track.predicted),
        let toTrue = typical.distance(of: track, to: pair.label),
        let toPredicted = typical.distance(of: track, to: pair.predicted)
      else { return nil }
      return Scored(track: track, toTrue: toTrue, toPredicted: toPredicted)
    }
    let wrong = scored.filter { $0.track.predicted == pair.predicted }
    let right = scored.filter { $0.track.predicted == pair.label }
    guard !wrong.isEmpty, !right.isEmpty else {
      throw .tooFew("too few correct tracks of the two classes to compare with")
    }
    do {
      test = try PermutationTest(
        cases: wrong.map(\.score), controls: right.map(\.score), caseGroups: wrong.map(\.unit),
        controlGroups: right.map(\.unit), permutationCount: permutationCount, seed: seed)
    } catch {
      throw .tooFew(error.message)
    }
    (label, predicted, self.subject) = (pair.label, pair.predicted, subject)
    (mistakes, correct) = (Self.distances(wrong), Self.distances(right))
    let looked = own.count { $0.predicted == pair.label || $0.predicted == pair.predicted }
    leftOutCount = looked - scored.count
    adjustedP = test.p
  }

  private struct Scored {
    let track: MistakeCoherence.Track
    let toTrue: Double
    let toPredicted: Double

    /// The larger, the more the track looks like B.
    var score: Double { toTrue - toPredicted }
    var unit: String { TypicalVectors.unit(of: track) }
  }

  private static func distances(_ tracks: [Scored]) -> Distances {
    let count = Double(tracks.count)
    return Distances(
      count: tracks.count, toTrue: tracks.map(\.toTrue).orderlessSum / count,
      toPredicted: tracks.map(\.toPredicted).orderlessSum / count,
      shareNearerToPredicted: Double(tracks.count { $0.score > 0 }) / count)
  }

  private init(_ other: CoherenceDirection, adjustedP: Double) {
    (label, predicted, subject) = (other.label, other.predicted, other.subject)
    (mistakes, correct, test) = (other.mistakes, other.correct, other.test)
    (leftOutCount, self.adjustedP) = (other.leftOutCount, adjustedP)
  }

  func adjusted(p: Double) -> CoherenceDirection { CoherenceDirection(self, adjustedP: p) }

  /// Whether the adjusted p is below 0.05.
  public var isShown: Bool { adjustedP < 0.05 }

  public var answer: Answer {
    guard isShown else { return .notShown }
    return mistakes.toPredicted < mistakes.toTrue ? .coherent : .leaning
  }

  /// The result in plain words, either way.
  public var sentence: String {
    let figure = { (value: Double) in String(format: "%.2g", value) }
    let (near, own) = (figure(mistakes.toPredicted), figure(mistakes.toTrue))
    let p = "p \(PValue.words(adjustedP))"
    let subjects = "The \(mistakes.count) \(label) tracks heard as \(predicted)"
    switch answer {
    case .coherent:
      return "\(subjects) have \(subject) nearer to correct \(predicted) (\(near)) than to correct \(label) "
        + "(\(own)), more so than correct \(label) tracks; \(p)."
    case .leaning:
      return
        "\(subjects) have \(subject) more like correct \(predicted) than correct \(label) tracks have, but still "
        + "nearer to correct \(label) (\(own)) than to correct \(predicted) (\(near)); \(p)."
    case .notShown:
      return
        "\(subjects) have \(subject) no nearer to correct \(predicted) (\(near); to correct \(label) \(own)) than "
        + "correct \(label) tracks have: not shown, \(p)."
    }
  }
}
