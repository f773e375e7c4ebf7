import Analysis
import Explanation
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Statistics

@Suite(.tags(.hand)) struct RobustnessReportTests {
  private func outcome(
    _ path: String, _ label: String, _ before: String, _ after: String, _ drop: Double = 0,
    map: Double? = nil, group: String? = nil
  ) -> RobustnessOutcome {
    RobustnessOutcome(
      path: path, label: label, group: group, predictedBefore: before, predictedAfter: after,
      probabilityBefore: 0.5, probabilityAfter: 0.5 - drop, mapCorrelation: map)
  }

  private var outcomes: [RobustnessOutcome] {
    [
      outcome("a", "F", "F", "F", 0.1, map: 0.9), outcome("b", "F", "F", "H", 0.4, map: 0.1),
      outcome("c", "F", "F", "H", 0.2), outcome("d", "H", "F", "H", -0.3, map: 0.5),
      outcome("e", "H", "F", "F", 0, map: 0.7),
    ]
  }

  @Test func figuresByHand() throws {
    let effect = try #require(RobustnessEffect(outcomes))
    #expect(effect.trackCount == 5 && effect.accuracyBefore == 0.6 && effect.accuracyAfter == 0.4)
    #expect(effect.brokenCount == 2 && effect.fixedCount == 1)
    #expect(abs(effect.accuracyDifference - -0.2) < 1e-12 && abs(effect.probabilityDrop - 0.08) < 1e-12)
    #expect(effect.samePredictionShare == 0.4)
    let maps = try #require(effect.maps)
    // Of 0.1, 0.5, 0.7, 0.9: NumPy's quantiles.
    #expect(maps.count == 4 && maps.undefinedCount == 1 && abs(maps.mean - 0.55) < 1e-12)
    #expect(abs(maps.lowerQuartile - 0.4) < 1e-12 && abs(maps.median - 0.6) < 1e-12)
    #expect(abs(maps.upperQuartile - 0.75) < 1e-12)
    let interval = try #require(effect.differenceInterval)
    #expect(interval.low < -0.2 && interval.high > -0.2)
  }

  @Test func groupsStayTogether() throws {
    // Ten tracks of one artist broke: with the other artist that is two independent things, not twenty.
    let one = (0..<10).map { outcome("x\($0)", "F", "F", "H", group: "x") }
    let other = (0..<10).map { outcome("y\($0)", "F", "F", "F", group: "y") }
    let grouped = try #require(RobustnessEffect(one + other)?.differenceInterval)
    #expect(grouped.low == -1 && grouped.high == 0)
    let alone = (one + other).map {
      var outcome = $0
      outcome.group = nil
      return outcome
    }
    let single = try #require(RobustnessEffect(alone)?.differenceInterval)
    #expect(single.low > -0.75 && single.high < -0.25)
    #expect(RobustnessEffect(one)?.differenceInterval == nil)
  }

  /// Five of a hundred artists' tracks are lost: t over artists alone would make 0.02 of it.
  @Test func aFewLostTracksAreJudgedExactly() throws {
    let outcomes = (0..<100).map { outcome("\($0)", "F", "F", $0 < 5 ? "H" : "F", group: "g\($0)") }
    #expect(try #require(RobustnessEffect(outcomes)).p == 0.0625)
    let one = (0..<10).map { outcome("\($0)", "F", "F", "H", group: "g") }
    #expect(try #require(RobustnessEffect(one)).p == 1)
  }

  @Test func nothingGivesNothing() {
    #expect(RobustnessEffect([]) == nil && MapAgreement([]) == nil && MapAgreement([nil, .nan]) == nil)
  }

  @Test func reportsTravelAsJSON() throws {
    let skipped = [
      LeftOutInput(path: "z", code: "too-short", reason: "too little"),
      LeftOutInput(path: "y", code: "too-short", reason: "too little"),
      LeftOutInput(path: "x", code: "missing", reason: "no such file"),
    ]
    let effect = try #require(RobustnessEffect(outcomes))
    let change = RobustnessReport.Change(
      name: "gain -12", words: "12 dB softer", effect: effect, skipped: skipped)
    let none = RobustnessReport.Change(name: "mp3 64", words: "MP3", effect: nil, notes: ["?"])
    let report = RobustnessReport(
      changes: [none, change],
      attacks: [.init(method: "fgsm", epsilon: 0.1, steps: 1, effect: effect, meanDecibels: 0.2)],
      differentTracks: MapAgreement([0.1, 0.2]), method: "grad-cam", layer: "conv3", trackCount: 5,
      candidateCount: 9)
    #expect(try JSONDecoder().decode(RobustnessReport.self, from: JSONEncoder().encode(report)) == report)
    #expect(change.skippedReasons.map(\.count) == [2, 1] && change.skippedReasons[0].reason == "too little")
  }

  @Test func manyChangesAreCorrectedFor() throws {
    func change(broken: Int, fixed: Int) -> RobustnessReport.Change {
      let rows =
        (0..<broken).map { outcome("b\($0)", "F", "F", "H") }
        + (0..<fixed).map { outcome("f\($0)", "F", "H", "F") }
        + [outcome("same", "F", "F", "F", map: 0.5)]
      return .init(name: "gain 1", words: "1 dB louder", effect: RobustnessEffect(rows))
    }
    let none = RobustnessReport.Change(
      name: "later 1", words: "starts 1 s later", effect: nil,
      skipped: [LeftOutInput(path: "a", code: "too-short", reason: "too little sound")])
    let report = RobustnessReport(
      changes: [change(broken: 8, fixed: 0), none, change(broken: 3, fixed: 2)],
      differentTracks: MapAgreement([0.25]), method: "grad-cam", layer: "conv3", trackCount: 9,
      candidateCount: 9)
    // The binomial test: 2 / 2^8 and 1; Holm doubles the smaller.
    let corrected = report.correctedP
    #expect(abs((corrected[0] ?? 0) - 2 * 2.0 / 256) < 1e-12 && corrected[1] == nil)
    #expect(abs((corrected[2] ?? 0) - 1) < 1e-12)
    #expect(
      report.verdict == "1 dB louder costs most: accuracy -88.9 points (p = 0.016, corrected for 2 changes).")
    // What is not shown is not said: 3 lost and 2 won are chance, and so is a larger fall of fewer tracks.
    let few = RobustnessReport(
      changes: [change(broken: 3, fixed: 2), change(broken: 3, fixed: 0)], method: "grad-cam", layer: "conv3",
      trackCount: 6, candidateCount: 6)
    #expect(
      few.verdict
        == "No change is shown to lower the accuracy. The largest fall: 1 dB louder, -75.0 points (p = 0.50, corrected for 2 changes)."
    )
    var one = few
    one.changes = [change(broken: 8, fixed: 0)]
    #expect(one.verdict == "1 dB louder: accuracy -88.9 points (p = 0.0078).")
    one.changes = [change(broken: 1, fixed: 1)]
    #expect(one.verdict == "No change that was measured lowers the accuracy.")
    one.changes = [none]
    #expect(one.verdict == nil)
    #expect(
      report.sentences == [
        "1 dB louder: right on 1 of 9 tracks instead of 9 (8 lost, 0 won); maps before and after: "
          + "median rank correlation 0.50",
        "starts 1 s later: not measured (too little sound)",
        "1 dB louder: right on 3 of 6 tracks instead of 4 (3 lost, 2 won); maps before and after: "
          + "median rank correlation 0.50",
        "maps of two different tracks for the same class: median rank correlation 0.25",
      ])
  }

  // MARK: - Maps

  /// Smooth in time, different in each bin, of a sound that goes on: `value(bin, u)` at moment u, in columns.
  private func value(_ bin: Int, _ moment: Double) -> Float {
    Float(sin(0.7 * moment + Double(bin)) + 0.3 * cos(0.31 * moment * Double(bin + 1)))
  }

  private func map(start: Double = 0, rate: Double = 1, frames: Int = 40) -> MapGrid {
    let values = (0..<5).flatMap { bin in
      (0..<frames).map { value(bin, start + rate * (Double($0) + 0.5)) }
    }
    return MapGrid(values: values, binCount: 5, frameCount: frames)
  }

  @Test func equalMapsAgree() {
    #expect(map().rankCorrelation(with: map()) == 1)
    let direct = spearmanCorrelation(map().values, map(start: 3).values)
    #expect(map().rankCorrelation(with: map(start: 3)) == direct)
  }

  @Test(arguments: [1.0, 4, 17]) func mapsAreMovedByWholeColumns(shift: Double) throws {
    let moved = TimeMapping(start: shift / 40, rate: 1)
    let correlation = try #require(map().rankCorrelation(with: map(start: shift), moved: moved))
    #expect(correlation > 0.999_999)
    #expect(try #require(map().rankCorrelation(with: map(start: shift))) < 0.9)
  }

  @Test(arguments: [(2.5, 1.0), (0, 1.05), (0, 0.95), (1.2, 1.1)]) func mapsAreMovedBetweenColumns(
    start: Double, rate: Double
  ) throws {
    let moved = TimeMapping(start: start / 40, rate: rate)
    let correlation = try #require(
      map().rankCorrelation(with: map(start: start, rate: rate), moved: moved))
    // Between columns the values are taken linearly: of waves of nine columns a few per cent are lost.
    #expect(correlation > 0.98)
  }

  @Test func shortOverlapsAreNotCompared() {
    #expect(map().rankCorrelation(with: map(start: 37), moved: TimeMapping(start: 37 / 40, rate: 1)) != nil)
    #expect(map().rankCorrelation(with: map(start: 38), moved: TimeMapping(start: 38 / 40, rate: 1)) == nil)
    #expect(map().rankCorrelation(with: map(start: 90), moved: TimeMapping(start: 90 / 40, rate: 1)) == nil)
    let flat = MapGrid(values: [Float](repeating: 1, count: 200), binCount: 5, frameCount: 40)
    #expect(flat.rankCorrelation(with: map()) == nil)
  }
}
