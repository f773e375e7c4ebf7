import Analysis
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Statistics

@Suite(.tags(.hand, .property)) struct PredictionComparisonTests {
  private typealias Side = PredictionComparison.Side
  private let labels = ["Folk", "Hip-Hop", "Rock"]

  private func prediction(_ path: String, _ label: String, _ predicted: String, group: String? = nil)
    -> Prediction
  {
    Prediction(path: path, label: label, predicted: predicted, group: group)
  }

  private func side(_ title: String, _ predictions: [Prediction]) -> PredictionComparison.Side {
    Side(title: title, labels: labels, predictions: predictions)
  }

  @Test func everyTrackHasItsOutcome() throws {
    let a = side(
      "first",
      [
        prediction("1", "Folk", "Folk"), prediction("2", "Folk", "Rock"), prediction("3", "Rock", "Rock"),
        prediction("4", "Rock", "Folk"), prediction("5", "Rock", "Folk"),
        prediction("old/6.mp3", "Rock", "Rock"),
        prediction("7", "Folk", "Folk"), prediction("8", "Folk", "Folk"),
      ])
    let b = side(
      "second",
      [
        prediction("1", "Folk", "Folk"), prediction("2", "Folk", "Folk"), prediction("3", "Rock", "Hip-Hop"),
        prediction("4", "Rock", "Folk"), prediction("5", "Rock", "Hip-Hop"),
        prediction("new/6.mp3", "Rock", "Folk"), prediction("7", "Rock", "Rock"),
        prediction("9", "Folk", "Folk"),
      ])
    let comparison = try PredictionComparison(a, b)
    let paths = { (outcome: PredictionComparison.Outcome) in comparison.tracks(outcome).map(\.path) }
    #expect(paths(.bothRight) == ["1"] && paths(.fixed) == ["2"] && paths(.broken) == ["3", "old/6.mp3"])
    #expect(paths(.sameMistake) == ["4"] && paths(.otherMistake) == ["5"])
    #expect(comparison.onlyInA.map(\.path) == ["8"] && comparison.onlyInB.map(\.path) == ["9"])
    #expect(comparison.labelDisagreements.map(\.path) == ["7"])
    #expect(comparison.labelDisagreements[0].labelB == "Rock" && comparison.ambiguousPaths.isEmpty)
    #expect(comparison.mcNemar == McNemar(onlyFirst: 2, onlySecond: 1))
    #expect(comparison.accuracy.a == 3 / 6.0 && comparison.accuracy.b == 2 / 6.0)
    #expect(comparison.intervalA == .wilson(successes: 3, count: 6))
    #expect(comparison.accuracy.difference.mean == 2 / 6.0 - 3 / 6.0)
    let rock = try #require(comparison.genres.last)
    #expect(rock.label == "Rock" && rock.support == 4 && rock.brokenCount == 2 && rock.fixedCount == 0)
    #expect(rock.recall.a == 0.5 && rock.recall.b == 0 && rock.precision.a == 2 / 3.0)
    #expect(comparison.genres.map(\.label) == ["Folk", "Rock"])
  }

  /// The figures of one model are those of its report, to the last digit.
  @Test func figuresAreThoseOfTheReports() throws {
    var generator = SeededGenerator(seed: 5)
    func random(_ share: Float) -> [Prediction] {
      (0..<120).map { index in
        let label = labels[index % 3]
        let isRight = generator.uniform() < share
        return prediction(
          "\(index)", label, isRight ? label : labels[generator.index(below: 3)], group: "g\(index / 4)")
      }
    }
    let (a, b) = (random(0.5), random(0.8))
    let comparison = try PredictionComparison(side("a", a), side("b", b))
    for (predictions, isB) in [(a, false), (b, true)] {
      let report = try ClassificationReport(predictions: predictions, labels: labels)
      let value = { (figure: PredictionComparison.Figure) in isB ? figure.b : figure.a }
      #expect(value(comparison.accuracy) == report.accuracy)
      for genre in comparison.genres {
        let scores = try #require(report.perClass[genre.label])
        #expect(value(genre.precision) == scores.precision && value(genre.recall) == scores.recall)
        #expect(value(genre.f1) == scores.f1 && genre.support == scores.support)
      }
    }
    // The resampled difference is that of resampled means: the same bootstrap of differences of zeros and ones.
    let differences = zip(a, b).map { ($1.isCorrect ? 1.0 : 0) - ($0.isCorrect ? 1.0 : 0) }
    let spread = try #require(
      Bootstrap(resampleCount: 4000, seed: 9).interval(ofMean: differences, groups: a.map { $0.group ?? "" }))
    let interval = try #require(comparison.accuracy.difference.interval)
    // Two independent bootstraps of 2000 and 4000 resamples know the quantiles to about 0.005.
    #expect(abs(interval.low - spread.low) < 0.02 && abs(interval.high - spread.high) < 0.02)
    #expect(interval.low < comparison.accuracy.difference.mean)
    let shuffled = try PredictionComparison(side("a", a.shuffled()), side("b", b.shuffled()))
    #expect(shuffled == comparison)
    let data = try JSONEncoder().encode(comparison)
    #expect(try JSONDecoder().decode(PredictionComparison.self, from: data) == comparison)
  }

  /// Of 100 tracks of as many artists, B has five right that A has wrong, and none wrong that A has right. Student's t makes
  /// 0.02 of that; five heads of five coins are 2 / 2^5.
  @Test func aFewChangedTracksAreJudgedExactly() throws {
    let predictions = { (wrong: Int) in
      (0..<100).map { self.prediction("\($0)", "Folk", $0 < wrong ? "Rock" : "Folk", group: "g\($0)") }
    }
    let comparison = try PredictionComparison(side("a", predictions(25)), side("b", predictions(20)))
    #expect(comparison.groupP ?? 1 < 0.03 && comparison.p == 0.0625)
    #expect(comparison.sentence.hasSuffix("that they differ is not shown."))
    // Twenty tracks of two artists are two artists.
    let few = { (wrong: Int) in
      (0..<100).map { self.prediction("\($0)", "Folk", $0 < wrong ? "Rock" : "Folk", group: "g\($0 / 10)") }
    }
    let grouped = try PredictionComparison(side("a", few(40)), side("b", few(20)))
    #expect(grouped.mcNemar.exactP < 1e-5 && grouped.p > 0.1 && grouped.p == grouped.groupP)
  }

  @Test func equalSetsDifferInNothing() throws {
    let one = side("x", (0..<9).map { prediction("\($0)", labels[$0 % 3], labels[$0 % 2]) })
    let comparison = try PredictionComparison(one, one)
    #expect(comparison.mcNemar.exactP == 1 && comparison.accuracy.difference.mean == 0)
    #expect(comparison.accuracy.difference.interval == ConfidenceInterval(low: 0, high: 0))
    #expect(comparison.genres.allSatisfy { $0.f1.difference.interval == ConfidenceInterval(low: 0, high: 0) })
  }

  @Test func doubtfulMatchesAreNotCounted() throws {
    // A path that stands twice, and a name that two tracks of one set share.
    let a = side(
      "a",
      [
        prediction("1", "Folk", "Folk"), prediction("1", "Folk", "Rock"), prediction("2", "Folk", "Folk"),
        prediction("x/3.mp3", "Folk", "Folk"), prediction("y/3.mp3", "Folk", "Folk"),
      ])
    let b = side(
      "b",
      [
        prediction("1", "Folk", "Folk"), prediction("2", "Folk", "Folk"),
        prediction("z/3.mp3", "Folk", "Folk"),
      ])
    let comparison = try PredictionComparison(a, b)
    #expect(comparison.ambiguousPaths == ["1"] && comparison.tracks.map(\.path) == ["2"])
    #expect(comparison.onlyInA.map(\.path) == ["x/3.mp3", "y/3.mp3"])
    #expect(comparison.onlyInB.map(\.path) == ["z/3.mp3"])
    #expect(comparison.accuracy.difference.interval == nil)
  }

  @Test func setsWithoutACommonTrackAreRefused() throws {
    let a = side("a", [prediction("1", "Folk", "Folk")])
    for other in [
      side("b", [prediction("2", "Folk", "Folk")]), side("b", [prediction("1", "Rock", "Folk")]),
      side("b", []), side("b", [prediction("1", "Jazz", "Folk")]),
      Side(title: "b", labels: ["Folk", "Folk"], predictions: [prediction("1", "Folk", "Folk")]),
    ] {
      #expect(throws: CodedError.self) { try PredictionComparison(a, other) }
    }
  }
}
