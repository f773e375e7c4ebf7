import Foundation
import GenreLens
import TestSupport
import Testing

/// `genrelens compare` on reports with known answers.
@Suite(.tags(.hand), .serialized) struct CommandCompareTests {
  private static let labels = ["Folk", "Hip-Hop"]
  private static let script = "<script>alert(1)</script>\u{1B}[31m"

  /// 40 tracks; of the second 20, which are Hip-Hop, the first `wrong` go wrong.
  private static func predictions(wrong: Int, extra: [Prediction] = []) -> [Prediction] {
    (0..<40).map { index in
      let label = labels[index / 20]
      let isWrong = index >= 20 && index < 20 + wrong
      return Prediction(
        path: "clips/\(index).mp3", name: index == 25 ? script : nil, label: label,
        predicted: isWrong ? "Folk" : label, probabilities: isWrong || index < 20 ? [0.8, 0.2] : [0.3, 0.7])
    } + extra
  }

  /// A folder `a` and a folder `b`, each with the report of its predictions.
  private static func reports(
    title: String = "Errors", models: [String?] = [nil, nil]
  ) throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    let stranger = Prediction(
      path: "clips/new.mp3", label: "Folk", predicted: "Folk", probabilities: [0.6, 0.4])
    for (name, predictions, model) in [
      ("a", Self.predictions(wrong: 10), models[0]),
      ("b", Self.predictions(wrong: 2, extra: [stranger]), models[1]),
    ] {
      try FileManager.default.createDirectory(
        atPath: folder + "/" + name, withIntermediateDirectories: true)
      var result = AnalysisResult(
        title: title, report: try ClassificationReport(predictions: predictions, labels: labels),
        predictions: predictions)
      result.model = model
      try Data(ReportWriter.json(result)).write(
        to: URL(fileURLWithPath: folder + "/" + name + "/report.json"))
    }
    return folder
  }

  @Test func fixedTracksAreToldAndWritten() throws {
    let folder = try Self.reports()
    let output = try CommandRunner.run(["compare", "a", "b/report.json", "--output", "out"], in: folder)
    #expect(output.status == 0 && output.standardError.isEmpty, "\(output.standardError)")
    let text = output.standardOutput
    #expect(text.contains("A: Errors (a)") && text.contains("B: Errors (b/report.json)"))
    #expect(text.contains("accuracy  A 75.0 %  B 95.0 %  change +20.0 ("))
    #expect(text.contains("B gets 8 right that A gets wrong (fixed), and 0 wrong"))
    #expect(text.contains("p = 0.0078: B is right more often."))
    #expect(text.contains("only in B (1)") && text.contains("clips/new.mp3"))
    #expect(!text.contains("\u{1B}"), "a name steers the terminal")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/out/comparison.json"))
    let comparison = try JSONDecoder().decode(PredictionComparison.self, from: data)
    #expect(comparison.mcNemar.onlySecond == 8 && comparison.tracks.count == 40)
    let table = try CSVTable(path: folder + "/out/tracks.csv")
    #expect(table.records.count == 41 && table.records.count { $0.fields[2] == "fixed" } == 8)
    #expect(table.records.last?.fields[2] == "only-in-b")
    let page = try String(contentsOfFile: folder + "/out/comparison.html", encoding: .utf8)
    #expect(page.contains("Fixed (8)") && page.contains("only in B (1)"))
  }

  /// Each side is called after its model; only where that tells nothing, after its place.
  @Test func sidesAreCalledAfterTheirModels() throws {
    for (models, words) in [
      (["old.safetensors", "new.safetensors"], ["A: old.safetensors\n", "B: new.safetensors\n"]),
      (["m.safetensors", "m.safetensors"], ["A: m.safetensors (a)\n", "B: m.safetensors (b)\n"]),
      ([nil, "new.safetensors"], ["A: Errors\n", "B: new.safetensors\n"]),
    ] as [([String?], [String])] {
      let folder = try Self.reports(models: models)
      let output = try CommandRunner.run(["compare", "a", "b", "--output", "out"], in: folder)
      for line in words { #expect(output.standardOutput.contains(line), "\(output.standardOutput)") }
      let page = try String(contentsOfFile: folder + "/out/comparison.html", encoding: .utf8)
      #expect(words.allSatisfy { page.contains($0.dropFirst(3).dropLast()) })
      let comparison = try JSONDecoder().decode(
        PredictionComparison.self,
        from: Data(contentsOf: URL(fileURLWithPath: folder + "/out/comparison.json")))
      #expect([comparison.modelA, comparison.modelB] == models)
    }
  }

  @Test func jsonIsOneDocumentAndOneSeedGivesOneResult() throws {
    let folder = try Self.reports()
    let output = try CommandRunner.run(["compare", "a", "b", "--json"], in: folder)
    #expect(output.status == 0)
    let comparison = try JSONDecoder().decode(
      PredictionComparison.self, from: Data(output.standardOutput.utf8))
    #expect(comparison.accuracy.b == 0.95)
    #expect(
      try CommandRunner.run(["compare", "a", "b", "--json"], in: folder).standardOutput
        == output.standardOutput)
  }

  /// Terminal and page say how many tracks only their names join.
  @Test func matchesByNameAreCounted() throws {
    let folder = try Self.reports()
    let path = folder + "/b/report.json"
    let moved = try String(contentsOfFile: path, encoding: .utf8).replacing("clips/3", with: "moved/3")
    try moved.write(toFile: path, atomically: true, encoding: .utf8)
    let output = try CommandRunner.run(["compare", "a", "b", "--output", "out"], in: folder)
    // 3 and 30 to 39.
    let words = "11 tracks were matched by their names: their paths differ"
    #expect(output.standardOutput.contains(words), "\(output)")
    #expect(try String(contentsOfFile: folder + "/out/comparison.html", encoding: .utf8).contains(words))
  }

  /// Names, titles and labels of a stranger's report show as text.
  @Test func markupShowsAsText() throws {
    let folder = try Self.reports(title: "</title><img src=x onerror=alert(1)>")
    #expect(try CommandRunner.run(["compare", "a", "b", "--output", "out"], in: folder).status == 0)
    let page = try String(contentsOfFile: folder + "/out/comparison.html", encoding: .utf8)
    #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("\u{1B}"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&#65533;[31m"))
    #expect(page.contains("&lt;/title&gt;&lt;img src=x"))
  }

  @Test func whatIsNoReportIsRefusedInOneLine() throws {
    let folder = try Self.reports()
    try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: true)
    let good = try String(contentsOfFile: folder + "/a/report.json", encoding: .utf8)
    for (name, text) in [
      ("cut.json", String(good.prefix(good.count / 2))), ("list.json", "[]"),
      ("bare.json", #"{"title":"x"}"#),
      ("deep.json", String(repeating: "[", count: 100_000)),
      (
        "stranger.json",
        good.replacing("\"predicted\" : \"Folk\"", with: "\"predicted\" : \"Jazz\\u001b[31m\"")
      ),
      ("huge.json", good.replacing("0.8", with: "1e999")), ("bad.json", good.replacing("0.8", with: "7")),
      (
        "none.json", #"{"title":"x","report":{"labels":["a"]},"predictions":[]}"#
      ),
      (
        "other.json",
        #"{"title":"x","report":{"labels":["a"]},"predictions":[{"path":"p","name":"n","label":"a","predicted":"a","probabilities":[]}]}"#
      ),
      ("kind.json", #"{"title":"x","report":{"labels":["a"]},"predictions":[{"path":7}]}"#),
    ] { try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8) }
    let cases: [(String, ProcessStatus, String)] = [
      ("nowhere", .missingInput, "nowhere: no such file or folder"),
      ("empty", .missingInput, "empty: no report.json in this folder"),
      ("cut.json", .badData, "it is not JSON or is cut off"), ("list.json", .badData, "no report.json of"),
      ("bare.json", .badData, ".report is missing"), ("deep.json", .badData, "it is not JSON or is cut off"),
      ("stranger.json", .badData, "label “Jazz\\x1b[31m” is not one of the model's"),
      ("huge.json", .badData, "huge.json: no report.json of"),
      ("bad.json", .badData, "probabilities must lie within 0 and 1"),
      ("none.json", .badData, "no predictions"), ("other.json", .badData, "no track is in both sets"),
      ("kind.json", .badData, ".predictions[0].path is of another kind"),
      ("/dev/zero", .badData, "/dev/zero: no report: it is a device"),
    ]
    for (name, status, words) in cases {
      let output = try CommandRunner.run(["compare", "a", name, "--output", "never"], in: folder)
      #expect(output.status == status.rawValue, "\(name): \(output.standardError)")
      #expect(output.messages.count == 1 && output.standardError.contains(words), "\(output.standardError)")
      #expect(output.standardError.split(separator: "\n").count == 1)
    }
    #expect(!FileManager.default.fileExists(atPath: folder + "/never"))
    let output = try CommandRunner.run(["compare", "a", "b", "--output", "/proc/no"], in: folder)
    #expect(output.status == ProcessStatus.inputOutput.rawValue && output.messages.count == 1)
  }
}
