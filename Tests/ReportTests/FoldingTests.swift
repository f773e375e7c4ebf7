import Analysis
import Files
import Foundation
import TestSupport
import Testing

@testable import Report

/// Long parts are folded, and what figures do not carry is said.
@Suite(.tags(.hand)) struct FoldingTests {
  /// Four mistakes in each direction between classes, one less in each next one.
  private func coherence(classes: Int, subject: String, minimum: Int = 1) throws -> MistakeCoherence {
    var tracks: [MistakeCoherence.Track] = []
    var number = 0
    for own in 0..<classes {
      for heard in 0..<classes {
        for copy in 0..<(own == heard ? 4 : 2) {
          number += 1
          tracks.append(
            .init(
              path: "\(number)", label: "genre \(own)", predicted: "genre \(heard)", group: nil,
              features: [Double(own + heard), 1 + 0.1 * sin(Double(number + copy))]))
        }
      }
    }
    return try MistakeCoherence(
      tracks: tracks, subject: subject, distance: .euclidean, minimumMistakes: minimum, permutationCount: 99)
  }

  private func page(_ change: (inout AnalysisResult) throws -> Void) throws -> String {
    var result = try ReportFixture.result()
    try change(&result)
    let media = try PageMedia(result, pictures: ReportFixture.pictures(), limitBytes: 30_000_000)
    return ReportPage(result: result, media: media).html.replacing("&#160;", with: " ")
  }

  /// The source of one section.
  private func section(_ id: String, of html: String) throws -> Substring {
    let start = try #require(html.range(of: "<section id=\"\(id)\"")).lowerBound
    let end = try #require(html.range(of: "<section id=", range: html.index(after: start)..<html.endIndex))
    return html[start..<end.lowerBound]
  }

  @Test func rareDirectionsAreFolded() throws {
    let html = try section("coherence", of: page { $0.coherence = [try coherence(classes: 4, subject: "x")] })
    let open = try #require(html.range(of: "<details"))
    #expect(html.contains("4 directions with fewer mistakes</summary>"))
    // One row for the head.
    #expect(html[..<open.lowerBound].ranges(of: "<tr").count == 1 + 8)
    #expect(html[open.lowerBound...].ranges(of: "<tr").count == 1 + 4)
    let few = try section("coherence", of: page { $0.coherence = [try coherence(classes: 3, subject: "x")] })
    #expect(few.ranges(of: "<tr").count == 1 + 6 && !few.contains("with fewer mistakes"))
  }

  /// A table of no slices, or a verdict over none, says nothing.
  @Test func columnsThatDivideNothingAreLeftOutWithAWord() throws {
    let html = try page { result in
      let count = result.predictions.count
      result.dataProblems?.slices = try SliceAnalysis(
        isCorrect: result.predictions.map(\.isCorrect),
        columns: [.init(name: "codec", values: [String?](repeating: "mp3", count: count))])
    }
    #expect(
      html.contains(
        "No column divides these tracks into slices. Left out: codec: all tracks with a value have the same one (mp3)."
      ))
    #expect(!html.contains("slice stands out") && !html.contains("A slice is the tracks"))
  }

  @Test func whatCannotBeTestedIsSaidOnce() throws {
    let readings = try ["maps", "profiles of the sound"].map {
      try coherence(classes: 3, subject: $0, minimum: 5)
    }
    let html = try section("coherence", of: page { $0.coherence = readings })
    #expect(html.ranges(of: "No direction has 5 mistakes").count == 1)
    #expect(html.ranges(of: "genre 0 heard as genre 1 (2)").count == 1)
    #expect(!html.contains("<table") && !html.contains("<h3"))
    // Too rare in all readings: listed once behind them.
    let some = try ["maps", "profiles of the sound"].map { subject in
      try MistakeCoherence(
        tracks: (0..<12).map { number in
          .init(
            path: "\(number)", label: "A", predicted: number < 5 ? "B" : number == 5 ? "C" : "A", group: nil,
            features: [1, Double(number)])
        }
          + (0..<3).map {
            .init(path: "b\($0)", label: "B", predicted: "B", group: nil, features: [2, Double($0)])
          }, subject: subject, permutationCount: 99)
    }
    let tested = try section("coherence", of: page { $0.coherence = some })
    #expect(tested.ranges(of: "Not tested: A heard as C (1)").count == 1)
    #expect(tested.ranges(of: "<h3").count == 2)
  }

  @Test func onlyTheSoundOwesTheNetworkNothing() {
    let network = ["evidence maps", "places in the last hidden layer"]
    let both = ReportPage.whatFollows(network + ["frequency profiles of the sound"])
    #expect(both.contains("built in") && both.contains("Only the last reading, the sound itself"))
    let without = ReportPage.whatFollows(network)
    #expect(without.hasSuffix("No reading here is of the sound itself."))
  }

  @Test func labelsAreNotDoubtedWherePredictionsAreSeldomRight() throws {
    for (accuracy, isTrusted) in [(0.699, false), (0.7, true)] {
      let html = try section("data-problems", of: page { $0.dataProblems?.labelIssueAccuracy = accuracy })
      #expect(html.contains("Wrong labels cannot be told here") == !isTrusted)
      #expect(html.contains("right for only 69.9 %") == !isTrusted)
      #expect(html.contains("doubtful ones all the same</summary>") == !isTrusted)
      #expect(html.contains("look more like another label than like their own"))
    }
  }

  @Test func longListsAreFolded() throws {
    let html = try page { result in
      result.leftOut = (0..<30).map { LeftOutInput(path: "\($0).mp3", code: "empty", reason: "silent") }
      result.averages = Array(repeating: result.averages[0], count: 12)
    }
    #expect(html.contains("10 more inputs</summary>") && html.contains("4 more mean maps</summary>"))
    let short = try page { result in
      result.leftOut = (0..<22).map { LeftOutInput(path: "\($0).mp3", code: "empty", reason: "silent") }
    }
    #expect(!short.contains("more inputs") && short.contains("21.mp3"))
  }

  /// One change cannot cost most, and what was not measured costs nothing.
  @Test func onlyMeasuredChangesAreCompared() throws {
    let effect = { (broken: Int) in
      RobustnessEffect(
        (0..<10).map { number in
          RobustnessOutcome(
            path: "\(number)", label: "A", group: nil, predictedBefore: "A",
            predictedAfter: number < broken ? "B" : "A", probabilityBefore: 0.9, probabilityAfter: 0.5,
            mapCorrelation: nil)
        })
    }
    let text = { (brokenCounts: [Int?]) in
      try section(
        "robustness",
        of: page { result in
          result.robustness?.changes = brokenCounts.enumerated().map { index, broken in
            .init(name: "\(index)", words: "change \(index)", effect: broken.flatMap(effect))
          }
        })
    }
    #expect(
      try text([6, 8, nil]).contains(
        "<p>change 1 costs most: accuracy &#8722;80.0 points (p = 0.016, corrected for 2 changes).</p>"))
    #expect(
      try text([2, 3, nil]).contains(
        "No change is shown to lower the accuracy. The largest fall: change 1, &#8722;30.0 points (p = 0.50, corrected for 2 changes)."
      ))
    let one = try text([nil, 7, nil])
    #expect(one.contains("<p>change 1: accuracy &#8722;70.0 points (p = 0.016).</p>"))
    #expect(one.contains("Not measured: change 0; change 2."))
    #expect(try text([0, 0]).contains("No change that was measured lowers the accuracy."))
    let none = try text([nil])
    #expect(!none.contains("lowers the accuracy") && !none.contains("Change of the sound"))
  }

  /// A track of several windows has another probability than the window that is shown.
  @Test func probabilitiesOfAWindowAreNamedSo() throws {
    // The fixture's window has 80 % for all; the first error as well, the second 60 %.
    let html = try page { _ in }
    #expect(html.contains("(heard as, 80.0 %)") && html.contains("(heard as, 80.0 % in this window)"))
  }

  @Test(arguments: [
    ("level -16.3 to -4", "level −16.3 to −4"), ("(-7.4 to .5)", "(−7.4 to .5)"), ("-1", "−1"),
    ("Hip-Hop 1990-1999", "Hip-Hop 1990-1999"), ("grad-cam -x", "grad-cam -x"),
  ]) func hyphensBeforeNumbersAreMinusSigns(text: String, expected: String) {
    #expect(ReportPage.withMinusSigns(text) == expected)
  }
}
