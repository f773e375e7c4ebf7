import Analysis
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Statistics

@Suite(.tags(.hand, .reference)) struct MistakeCoherenceTests {
  struct Golden: Decodable {
    struct Direction: Decodable {
      let label, predicted: String
      let mistakes, correct: [Double]
      let share, difference, p: Double
    }
    let labels, predicted: [String]
    let rows: [[Double]]
    let directions: [String: [Direction]]
  }

  /// Against SciPy; see Golden/generate_coherence.py.
  @Test(arguments: MistakeCoherence.Distance.allCases)
  func figuresAreSciPys(distance: MistakeCoherence.Distance) throws {
    let golden = try golden("coherence.json", as: Golden.self)
    let tracks = golden.rows.indices.map {
      Clip(
        path: "\($0)", label: golden.labels[$0], predicted: golden.predicted[$0], group: nil,
        features: golden.rows[$0])
    }
    let coherence = try MistakeCoherence(
      tracks: tracks, subject: "x", distance: distance, minimumMistakes: 4)
    let wanted = try #require(golden.directions[distance.rawValue])
    #expect(coherence.directions.count == 2)
    for (direction, wanted) in zip(coherence.directions, wanted) {
      #expect(direction.label == wanted.label && direction.predicted == wanted.predicted)
      expectNear(direction.mistakes.toTrue, wanted.mistakes[0])
      expectNear(direction.mistakes.toPredicted, wanted.mistakes[1])
      expectNear(direction.correct.toTrue, wanted.correct[0])
      expectNear(direction.correct.toPredicted, wanted.correct[1])
      expectNear(direction.mistakes.shareNearerToPredicted, wanted.share)
      expectNear(direction.test.difference, wanted.difference)
      #expect(direction.test.isExact)
      expectNear(direction.test.p, wanted.p)
    }
  }

  private typealias Clip = MistakeCoherence.Track

  /// Correct Folk near (1, 0), correct Hip-Hop near (0, 1); Hip-Hop heard as Folk lies at `mistakes`.
  private func tracks(
    mistakes: [Double], count: Int = 8, seed: UInt64 = 1, group: (Int) -> String? = { _ in nil }
  ) -> [Clip] {
    var generator = SeededGenerator(seed: seed)
    func near(_ center: [Double]) -> [Double] { center.map { $0 + 0.1 * Double(generator.normal()) } }
    let folk = (0..<20).map {
      Clip(path: "f\($0)", label: "Folk", predicted: "Folk", group: group($0), features: near([1, 0]))
    }
    let hipHop = (0..<20).map {
      Clip(path: "h\($0)", label: "Hip-Hop", predicted: "Hip-Hop", group: group($0), features: near([0, 1]))
    }
    let wrong = (0..<count).map {
      Clip(
        path: "w\($0)", label: "Hip-Hop", predicted: "Folk", group: group($0), features: near(mistakes))
    }
    return folk + hipHop + wrong
  }

  @Test func mistakesLikeTheOtherClassAreCoherent() throws {
    let coherence = try MistakeCoherence(tracks: tracks(mistakes: [0.9, 0.2]), subject: "band profiles")
    let direction = try #require(coherence.directions.first)
    #expect(coherence.directions.count == 1 && coherence.skipped.isEmpty)
    #expect(
      direction.controlWords
        == "Nearer to Folk than to Hip-Hop: 8 of the 8 mistakes, and 0 of the 20 correct Hip-Hop tracks.")
    #expect(direction.answer == .coherent && direction.isShown)
    #expect(direction.mistakes.count == 8 && direction.correct.count == 20)
    #expect(direction.mistakes.shareNearerToPredicted == 1 && direction.correct.shareNearerToPredicted == 0)
    #expect(direction.test.p == 1 / 10_000.0 && direction.adjustedP == direction.test.p)
    #expect(
      direction.sentence.hasPrefix(
        "The 8 Hip-Hop tracks heard as Folk have band profiles nearer to correct Folk (distance 0.0"))
    #expect(coherence.sentence.hasPrefix("In 1 of 1 directions"))
  }

  @Test func mistakesThatOnlyLeanAreSaidToLean() throws {
    let coherence = try MistakeCoherence(tracks: tracks(mistakes: [0.45, 0.9]), subject: "maps")
    let direction = try #require(coherence.directions.first)
    #expect(direction.answer == .leaning && direction.mistakes.toTrue < direction.mistakes.toPredicted)
    #expect(direction.sentence.contains("but are still nearer to correct Hip-Hop"))
  }

  @Test func mistakesLikeTheirOwnClassShowNothing() throws {
    let coherence = try MistakeCoherence(tracks: tracks(mistakes: [0, 1]), subject: "maps")
    let direction = try #require(coherence.directions.first)
    #expect(direction.answer == .notShown && direction.adjustedP > 0.05)
    // The figures alone: what they tell is said by the answer.
    #expect(direction.sentence.contains(", p ="))
    #expect(
      direction.sentence.contains("chance explains") == (direction.test.difference > 0)
        && direction.sentence.contains("lean no further") == (direction.test.difference <= 0))
    #expect(coherence.sentence.hasPrefix("In 0 of 1 directions"))
  }

  /// By hand, Euclidean: correct A at 0 and 2, correct B at 10 and 12, a mistake at 7. Without itself the mean of A is 2 for
  /// the first track and 0 for the second one.
  @Test func tracksAreNotComparedWithThemselves() throws {
    let tracks = [
      Clip(path: "1", label: "A", predicted: "A", group: nil, features: [0.0]),
      Clip(path: "2", label: "A", predicted: "A", group: nil, features: [2.0]),
      Clip(path: "3", label: "B", predicted: "B", group: nil, features: [10.0]),
      Clip(path: "4", label: "B", predicted: "B", group: nil, features: [12.0]),
      Clip(path: "5", label: "A", predicted: "B", group: nil, features: [7.0]),
    ]
    let coherence = try MistakeCoherence(
      tracks: tracks, subject: "x", distance: .euclidean, minimumMistakes: 1)
    let direction = try #require(coherence.directions.first)
    #expect(direction.mistakes.toTrue == 6 && direction.mistakes.toPredicted == 4)
    // |0 - 2| and |2 - 0|; |0 - 11| and |2 - 11|.
    #expect(direction.correct.toTrue == 2 && direction.correct.toPredicted == 10)
    #expect(direction.test.difference == 2 - -8)
    // Of 3 ways to choose the mistake only the true one is as large.
    #expect(direction.test.isExact && direction.test.p == 1 / 3.0)
  }

  @Test func groupsStayTogetherAndOutOfTheMeans() throws {
    let grouped = try MistakeCoherence(
      tracks: tracks(mistakes: [0.9, 0.2]) { "artist \($0 / 4)" }, subject: "x")
    let direction = try #require(grouped.directions.first)
    #expect(grouped.usesGroups && direction.test.caseCount == 2 && direction.test.controlCount == 5)
    // 7 units, 2 of them mistakes: 21 ways, of which the true one is the largest.
    #expect(direction.test.isExact && direction.test.p == 1 / 21.0)
    #expect(direction.leftOutCount == 0)
    let one = try MistakeCoherence(tracks: tracks(mistakes: [0.9, 0.2]) { _ in "one" }, subject: "x")
    #expect(one.directions.isEmpty && one.skipped.first?.count == 8)
  }

  @Test func rareDirectionsAreSkippedWithAReason() throws {
    let coherence = try MistakeCoherence(tracks: tracks(mistakes: [1, 0], count: 4), subject: "x")
    #expect(coherence.directions.isEmpty && coherence.sentence.hasPrefix("No direction has 5 mistakes"))
    #expect(coherence.skipped.map(\.reason) == ["fewer than 5 mistakes"])
    let none = (0..<6).map {
      Clip(path: "\($0)", label: "A", predicted: "B", group: nil, features: [Float($0)])
    }
    let skipped = try MistakeCoherence(tracks: none, subject: "x").skipped
    #expect(skipped.map(\.reason) == ["too few correct tracks of the two classes to compare with"])
  }

  @Test func orderOfTracksChangesNothing() throws {
    let tracks = tracks(mistakes: [0.5, 0.7], seed: 9)
    let coherence = try MistakeCoherence(tracks: tracks, subject: "x", permutationCount: 300)
    for _ in 0..<3 {
      let other = try MistakeCoherence(tracks: tracks.shuffled(), subject: "x", permutationCount: 300)
      #expect(other == coherence)
    }
    let data = try JSONEncoder().encode(coherence)
    #expect(try JSONDecoder().decode(MistakeCoherence.self, from: data) == coherence)
  }

  @Test func badVectorsAreRefused() {
    let good = Clip(path: "1", label: "A", predicted: "A", group: nil, features: [1.0, 2])
    #expect(throws: CodedError.self) { try MistakeCoherence(tracks: [], subject: "x") }
    for features in [[1.0], [1, .nan], []] {
      let bad = Clip(path: "2", label: "A", predicted: "A", group: nil, features: features)
      #expect(throws: CodedError.self) { try MistakeCoherence(tracks: [good, bad], subject: "x") }
    }
  }
}
