import Files
import Foundation
public import Statistics

/// Whether the tracks of one class that were mistaken for another look like that other class.
public struct CoherenceDirection: Sendable, Codable, Hashable {
  /// The finding.
  public enum Answer: String, Sendable, Codable, Hashable {
    /// Mistakes look more like the class they were mistaken for than correct tracks of their own class do, and are nearer to it
    /// than to their own, which those correct tracks are not.
    case coherent
    /// They look more like it, but on average they are still nearer to their own class, or its correct tracks are nearer to the
    /// other one too.
    case leaning
    /// They do not, as far as these tracks show.
    case notShown = "not-shown"
  }

  /// Mean distances of some tracks to the typical vectors of both classes.
  public struct Distances: Sendable, Codable, Hashable {
    /// Tracks.
    public let count: Int
    /// To the typical correct track of the true class A.
    public let toTrue: Double
    /// To the typical correct track of the class B for which the mistakes were taken.
    public let toPredicted: Double
    /// Number of tracks that are nearer to B than to A.
    public let nearerToPredicted: Int
    /// Their share.
    public var shareNearerToPredicted: Double { Double(nearerToPredicted) / Double(count) }
    /// Whether they are nearer to B on average.
    var leansToPredicted: Bool { toPredicted < toTrue }
  }

  /// The true class A.
  public let label: String
  /// The class B for which the mistakes were taken.
  public let predicted: String
  /// Tracks of A mistaken for B.
  public let mistakes: Distances
  /// The control: correct tracks of A, asked the same question; they are explained for B if the vectors explain a class.
  public let correct: Distances
  /// Number of tracks left out, because they had nothing to compare, or because nothing remained to compare them with once their
  /// own group was excluded.
  public let leftOutCount: Int
  /// Mean score of the mistakes minus that of the correct tracks, with its p.
  public let test: PermutationTest
  /// p adjusted for ``testCount`` tests.
  public let adjustedP: Double
  /// Number of tests in the family for which p is adjusted.
  public let testCount: Int
  /// The kind of vectors, as a plural noun.
  public let subject: String
  /// Whether the vectors of all tracks explain B.
  public let isExplained: Bool

  /// Traps for a pair without mistakes.
  init(
    _ pair: MistakeCoherence.Pair, _ tracks: [MistakeCoherence.Track],
    distance: MistakeCoherence.Distance, subject: String, permutationCount: Int, seed: UInt64
  ) throws(DirectionProblem) {
    let looked = tracks.filter {
      $0.label == pair.label && [pair.label, pair.predicted].contains($0.predicted)
    }
    // One question for all of them, the typical tracks of both classes too: is B in it?
    let typical = TypicalVectors(tracks, explaining: pair.predicted, distance: distance)
    let scored = looked.compactMap { track -> Scored? in
      guard let toTrue = typical.distance(of: track, to: pair.label),
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
    leftOutCount = looked.count - scored.count
    isExplained = tracks.contains { $0.features.isByClass }
    (adjustedP, testCount) = (test.p, 1)
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
      nearerToPredicted: tracks.count { $0.score > 0 })
  }

  private init(_ other: CoherenceDirection, adjustedP: Double, testCount: Int) {
    (label, predicted, subject) = (other.label, other.predicted, other.subject)
    (mistakes, correct, test) = (other.mistakes, other.correct, other.test)
    (leftOutCount, isExplained) = (other.leftOutCount, other.isExplained)
    (self.adjustedP, self.testCount) = (adjustedP, testCount)
  }

  /// The same with the p of a family of tests.
  func adjusted(p: Double, testCount: Int) -> CoherenceDirection {
    CoherenceDirection(self, adjustedP: p, testCount: testCount)
  }

  /// Whether the adjusted p is below 0.05.
  public var isShown: Bool { adjustedP < 0.05 }

  public var answer: Answer {
    guard isShown else { return .notShown }
    return mistakes.leansToPredicted && !correct.leansToPredicted ? .coherent : .leaning
  }
}

extension CoherenceDirection {
  /// The result in plain words, positive or negative, with the control's share and the family for which p is corrected.
  public var sentence: String { "\(figureSentence) \(controlWords)" }

  /// The same without the control's share.
  var figureSentence: String {
    let figure = { (value: Double) in String(format: "%.2g", value) }
    let (near, own) = (figure(mistakes.toPredicted), figure(mistakes.toTrue))
    let p =
      "p \(PValue.words(adjustedP))" + (testCount > 1 ? " corrected for \(testCount) tests" : "")
    let subjects = "The \(mistakes.count) \(label) tracks heard as \(predicted)"
    let end = ", \(p)."
    switch answer {
    case .coherent:
      return
        "\(subjects) have \(subject) nearer to correct \(predicted) (distance \(near)) than to correct \(label) "
        + "(\(own)), more so than correct \(label) tracks" + end
    case .leaning:
      let reason =
        mistakes.leansToPredicted
        ? "but correct \(label) tracks are nearer to it too"
        : "but are still nearer to correct \(label) (\(own))"
      return
        "\(subjects) have \(subject) that lean further to correct \(predicted) (distance \(near)) than those of "
        + "correct \(label) tracks, \(reason)" + end
    case .notShown:
      let further = test.difference > 0
      return
        "\(subjects) have \(subject) that lean \(further ? "" : "no ")further to correct \(predicted) (distance \(near); \(own) "
        + "to correct \(label)) than those of correct \(label) tracks\(further ? ", but by no more than chance explains" : "")"
        + end
    }
  }

  /// For example "Nearer to Folk than to Hip-Hop: 8 of the 10 mistakes, and 3 of the 92 correct Hip-Hop tracks, explained for Folk too."
  public var controlWords: String {
    let alike = isExplained ? ", explained for \(predicted) too" : ""
    return
      "Nearer to \(predicted) than to \(label): \(mistakes.nearerToPredicted) of the \(mistakes.count) mistakes, "
      + "and \(correct.nearerToPredicted) of the \(correct.count) correct \(label) tracks\(alike)."
  }
}
