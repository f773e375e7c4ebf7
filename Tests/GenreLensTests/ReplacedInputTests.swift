import Foundation
import GenreLens
import TestSupport
import Testing

/// No command replaces or removes what it reads: one line that names both, status 64, and every byte as before.
@Suite(.tags(.hostile), .serialized) struct ReplacedInputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    /// `@model` and `@clip` stand for the fixture's files; all others are in the folder.
    let arguments: String
    let input: String
    let output: String

    init(_ arguments: String, _ input: String, by output: String) {
      (self.arguments, self.input, self.output) = (arguments, input, output)
    }

    var testDescription: String { arguments }
  }

  private static let features: [Case] = [
    Case("features music --output music/manifest.npy", "music/manifest.csv", by: "music/manifest.csv"),
    // Not there yet: the second time the folder would be another data set.
    Case("features plain --output plain/manifest.npy", "plain/manifest.csv", by: "plain/manifest.csv"),
    Case("features x.failures.csv --output x.npy", "x.failures.csv", by: "x.failures.csv"),
    Case("features y.sources.csv --output y.npy", "y.sources.csv", by: "y.sources.csv"),
    Case("features ./music/../y.sources.csv --output y.npy", "./music/../y.sources.csv", by: "y.sources.csv"),
    Case("features linked.csv --output soft.npy", "linked.csv", by: "soft.csv"),
    Case("features linked.csv --output hard.npy", "linked.csv", by: "hard.csv"),
    Case(
      "features z.shard-1-of-2.csv --output z.npy --shard 1/2", "z.shard-1-of-2.csv", by: "z.shard-1-of-2.csv"
    ),
    Case("features @clip --output w.npy --spec w.yaml", "w.yaml", by: "w.json"),
    Case("features convert s.npy s.npy --spec smel20", "s.npy", by: "s.npy"),
    Case("features merge s.npy s.npy", "s.npy", by: "s.npy"),
    // Tables of the shard itself.
    Case("features merge p.failures.npy p.npy", "p.failures.csv", by: "p.failures.csv"),
    Case("features merge p.sources.npy p.npy", "p.sources.csv", by: "p.sources.csv"),
    Case("features convert p.npy p.sources.npy --spec smel20", "p.sources.csv", by: "p.sources.csv"),
  ]

  private static let data: [Case] = [
    Case("data csv q.left-out.csv --output q.csv", "q.left-out.csv", by: "q.left-out.csv"),
    Case("data csv linked.csv --output hard.csv", "linked.csv", by: "hard.csv"),
    Case("data check linked.csv --output soft.csv", "linked.csv", by: "soft.csv"),
    Case("data check p.npy --output p.sources.csv", "p.sources.csv", by: "p.sources.csv"),
    Case(
      "data fma --audio music --metadata f.sha1-journal --output f.csv", "f.sha1-journal",
      by: "f.sha1-journal"),
  ]

  private static let trainings: [Case] = [
    Case("train x.history.csv --output x.safetensors", "x.history.csv", by: "x.history.csv"),
    Case("train s.npy --config x.md --output x.safetensors", "x.md", by: "x.md"),
    Case("train linked.csv --features-store soft.npy --output t.safetensors", "linked.csv", by: "soft.csv"),
    Case("train s.npy --folds 2 --config folds.csv --output .", "folds.csv", by: "./folds.csv"),
    Case("train predictions.csv --folds 2 --output .", "predictions.csv", by: "./predictions.csv"),
    Case("search s.npy --space best.yaml --output .", "best.yaml", by: "./best.yaml"),
    Case("search s.npy --space space.yaml --spec best.yaml --output .", "best.yaml", by: "./best.yaml"),
    Case("calibrate --model @model s.npy --output link.safetensors", "@model", by: "link.safetensors"),
  ]

  private static let reports: [Case] = [
    Case("explain --model @model kept.wav --output .", "kept.wav", by: "./kept.wav"),
    Case("explain --model @model kept.wav --layer all --output .", "kept.wav", by: "./kept.wav"),
    Case("analyze --model @model predictions.csv --output .", "predictions.csv", by: "./predictions.csv"),
    Case(
      "analyze --model @model s.npy --cross-validation predictions.csv --output .", "predictions.csv",
      by: "./predictions.csv"),
    Case(
      "analyze --model @model s.npy --cross-validation . --output .", "./predictions.csv",
      by: "./predictions.csv"),
    Case(
      "analyze --model @model s.npy --slices misclassified.csv --output .", "misclassified.csv",
      by: "./misclassified.csv"),
    Case(
      "analyze --model p.failures.csv linked.csv --features p.npy --output .", "p.failures.csv",
      by: "p.failures.csv"),
    Case("benchmark-explanations --model @model figures.csv --output .", "figures.csv", by: "./figures.csv"),
    Case("dissect --model @model channels.csv --output .", "channels.csv", by: "./channels.csv"),
    Case("compare comparison.json comparison.json --output .", "comparison.json", by: "./comparison.json"),
  ]

  @Test(arguments: features) func ofFeatures(_ one: Case) throws { try check(one) }
  @Test(arguments: data) func ofData(_ one: Case) throws { try check(one) }
  @Test(arguments: trainings) func ofTrainings(_ one: Case) throws { try check(one) }
  @Test(arguments: reports) func ofReports(_ one: Case) throws { try check(one) }

  private func check(_ one: Case) throws {
    let (fixture, folder) = (try Fixture.shared.get(), try makeFolder())
    let files = ["@model": fixture.model, "@clip": fixture.clips[0]]
    let before = try content(folder)
    let output = try CommandRunner.run(
      one.arguments.split(separator: " ").map { files[String($0)] ?? String($0) }, in: folder)
    #expect(output.status == ProcessStatus.usage.rawValue, "\(output.standardError)")
    let input = files[one.input] ?? one.input
    #expect(
      output.messages == [
        "genrelens: \(one.output): would replace the input \(input): choose another name or folder"
      ], "\(output.standardError)")
    #expect(try content(folder) == before)
  }

  /// Every file and link in a folder with what is in it; hidden ones too.
  private func content(_ folder: String) throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      result[name] = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
    }
    return result
  }

  /// Manifests under every name that could be written over, a store, links.
  private func makeFolder() throws -> String {
    let (folder, fixture) = (try CommandRunner.temporaryFolder(), try Fixture.shared.get())
    let files = FileManager.default
    let manifest = try String(contentsOfFile: fixture.manifest, encoding: .utf8)
    for name in ["music/Folk", "music/Hip-Hop", "plain/Folk", "plain/Hip-Hop"] {
      try files.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
      try files.copyItem(atPath: fixture.clips[0], toPath: folder + "/" + name + "/a.mp3")
    }
    for name in [
      "music/manifest.csv", "x.failures.csv", "y.sources.csv", "z.shard-1-of-2.csv", "q.left-out.csv",
      "x.history.csv", "predictions.csv", "misclassified.csv", "figures.csv", "channels.csv",
      "linked.csv",
    ] {
      try manifest.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
    }
    for name in ["x.md", "folds.csv", "w.yaml"] {
      let text = name == "w.yaml" ? "binCount: 20\n" : "epochs: 1\n"
      try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
    }
    try "batchSize: [8, 16]\n".write(toFile: folder + "/best.yaml", atomically: false, encoding: .utf8)
    try "batchSize: [8, 16]\n".write(toFile: folder + "/space.yaml", atomically: false, encoding: .utf8)
    for name in ["comparison.json", "f.sha1-journal", "p.failures.csv", "p.sources.csv"] {
      try "{}".write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
    }
    try files.copyItem(atPath: fixture.clips[0], toPath: folder + "/kept.wav")
    for ending in ["npy", "csv", "json"] {
      for name in ["s.", "p."] {
        try files.copyItem(
          atPath: String(fixture.features.dropLast(3)) + ending, toPath: folder + "/" + name + ending)
      }
    }
    try files.createSymbolicLink(atPath: folder + "/soft.csv", withDestinationPath: "linked.csv")
    try files.linkItem(atPath: folder + "/linked.csv", toPath: folder + "/hard.csv")
    try files.linkItem(atPath: folder + "/w.yaml", toPath: folder + "/w.json")
    try files.createSymbolicLink(atPath: folder + "/link.safetensors", withDestinationPath: fixture.model)
    return folder
  }

  /// What a command reads of its own earlier output is no input of the user's.
  @Test func ownEarlierResultsAreTakenUp() throws {
    let (folder, fixture) = (try makeFolder(), try Fixture.shared.get())
    for _ in 0..<2 {
      let features = try CommandRunner.run(
        ["features", "linked.csv", "--spec", "mfcc20", "--output", "own.npy"], in: folder)
      #expect(features.status == 0, "\(features.standardError)")
      let training = try CommandRunner.run(
        [
          "train", "own.npy", "--output", "own.safetensors", "--resume", "--config",
          fixture.folder + "/config.yaml",
        ],
        in: folder)
      #expect(training.status == 0, "\(training.standardError)")
    }
  }

  /// Two results that would have one name.
  @Test func twoOutputsWithOneName() throws {
    let (folder, fixture) = (try makeFolder(), try Fixture.shared.get())
    let before = try content(folder)
    for arguments in [
      [
        "analyze", "--model", fixture.model, "linked.csv", "--features", "made/report.npy", "--output",
        "made",
      ],
      [
        "train", "linked.csv", "--folds", "2", "--features-store", "made/folds.npy", "--output",
        "./made/../made",
      ],
    ] {
      let output = try CommandRunner.run(arguments, in: folder)
      #expect(output.status == ProcessStatus.usage.rawValue, "\(output.standardError)")
      #expect(output.messages.count == 1 && output.messages[0].contains("written twice"))
      #expect(try content(folder) == before)
    }
  }
}
