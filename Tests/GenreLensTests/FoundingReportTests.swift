import Foundation
import GenreLens
import Testing

/// `genrelens reproduce founding-report`.
@Suite(.serialized) struct FoundingReportTests {
  private static let model = CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.safetensors"

  /// A store of the corpus' clips, 20 x 130, whose labels are what the published model hears, but for the first `wrong` of each genre;
  /// every clip is of the test part.
  private struct Labelled {
    let folder: String
    var path: String { folder + "/x.npy" }
    let counts: [String: Int]

    init(wrong: Int, onlyOneGenre: Bool = false, hasSidecar: Bool = true) throws {
      folder = try CommandRunner.temporaryFolder()
      let fixture = try Fixture.shared.get()
      let dataset = try Dataset.load(fixture.features)
      let model = try GenreModel(path: FoundingReportTests.model)
      let heard = try evaluate(model, on: dataset, selection: .all).predictions
      let store = try FeatureStore.open(fixture.features)
      var (rows, maps, flipped): ([[String]], [Tensor], [String: Int]) = ([], [], [:])
      var counts: [String: Int] = [:]
      for (prediction, track) in zip(heard, dataset.tracks) {
        if onlyOneGenre, prediction.predicted != "Folk" { continue }
        let row = try #require(track.row)
        let other = prediction.predicted == "Folk" ? "Hip-Hop" : "Folk"
        let isWrong = flipped[other, default: 0] < wrong
        if isWrong { flipped[other, default: 0] += 1 }
        let label = isWrong ? other : prediction.predicted
        counts[label, default: 0] += 1
        rows.append(["\(rows.count)", "clip-\(row)", label, "test", "group-\(row / 2)"])
        maps.append(store.map(row))
      }
      self.counts = counts
      try NumpyFile.write(Tensor.stack(maps), to: path)
      try CSVTable.write(
        header: ["row", "track_id", "genre", "split", "group"], rows: rows, to: folder + "/x.csv")
    }

    fileprivate var path20: [String] { [path, "--spec", "mfcc20"] }
  }

  private func reproduce(_ arguments: [String], into folder: String? = nil) throws -> (
    output: CommandRunner.Output, folder: String
  ) {
    let folder = try folder ?? CommandRunner.temporaryFolder() + "/made"
    return (
      try CommandRunner.run(["reproduce", "founding-report"] + arguments + ["--output", folder]), folder
    )
  }

  private func reproduction(_ folder: String) throws -> FoundingReproduction {
    try JSONDecoder().decode(
      FoundingReproduction.self,
      from: Data(contentsOf: URL(fileURLWithPath: folder + "/founding-report.json")))
  }

  /// Names and bytes of all files below a folder.
  private func content(_ folder: String) throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      var isFolder = ObjCBool(false)
      let path = folder + "/" + name
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
        result[name] = try Data(contentsOf: URL(fileURLWithPath: path))
      }
    }
    return result
  }

  @Test func everythingIsThereAndOneSeedGivesOneResult() throws {
    let store = try Labelled(wrong: 3)
    let arguments = ["--model", Self.model] + store.path20
    let (output, folder) = try reproduce(arguments)
    try #require(output.status == 0, "\(output.standardError)")
    let files = try content(folder)
    let names = Set(files.keys)
    for figure in [2, 7, 8, 9, 10, 11, 12].map({ "figure-\($0)" }) + [
      "thresholds", "insertion-deletion", "average-drop",
    ] {
      for ending in ["png", "svg", "pdf"] {
        #expect(names.contains("figures/\(figure).\(ending)"), "\(figure).\(ending)")
        #expect(names.contains { $0.hasPrefix("figures/panels/\(figure)-") && $0.hasSuffix(ending) })
      }
    }
    for table in [
      "claims", "accuracy", "misclassified", "mistakes", "average-drop", "without-threshold", "methods",
      "layers", "frequencies", "samples",
    ] {
      for ending in ["csv", "md", "tex"] { #expect(names.contains("tables/\(table).\(ending)"), "\(table)") }
    }
    #expect(names.contains("tables/thresholds.csv") && names.contains("tables/curves.csv"))
    #expect(!names.contains { $0.contains(".part") })

    let found = try reproduction(folder)
    #expect(found.report.count == store.counts.values.reduce(0, +) && found.report.errorCount == 6)
    #expect(
      found.samples.filter { $0.figure == 9 }.count == 3
        && found.samples.filter { $0.figure == 10 }.count == 3)
    #expect(found.samples.filter { [9, 10].contains($0.figure) }.allSatisfy { $0.label != $0.predicted })
    #expect(
      found.samples.filter { [7, 8, 11, 12].contains($0.figure) }.allSatisfy { $0.label == $0.predicted })
    #expect(found.samples.first { $0.figure == 11 }?.path == found.samples.first { $0.figure == 7 }?.path)
    #expect(found.sweep.levels.count == 26 && found.sweep.curves.count > 12)
    // The sweep's level and the picked threshold are one measurement.
    let subject = ExplanationBenchmark.Subject(method: "grad-cam", layer: "conv1")
    let drop = try #require(found.benchmark.figure(.averageDrop("threshold-30"), of: subject)?.mean)
    let curve = try #require(found.sweep.curves.first { $0.subject == subject })
    #expect(abs(curve.drops[3] - drop) < 1e-9)

    // Page, terminal, table and document say the same of every claim.
    let page = try #require(files["founding-report.html"].map { String(decoding: $0, as: UTF8.self) })
    let rows = try CSVTable(path: folder + "/tables/claims.csv").rows
    #expect(rows.count == found.claims.count && found.claims.count >= 8)
    for claim in found.claims {
      #expect(output.standardOutput.contains("\(claim.verdict.words): \(claim.claim)"))
      #expect(page.contains("claim \(claim.verdict.rawValue)"))
    }
    #expect(page.contains("drawn by seed 1") && !page.contains("<script"))

    let (again, second) = try reproduce(arguments)
    try #require(again.status == 0)
    for (name, bytes) in try content(second) where !name.hasSuffix(".pdf") {
      #expect(files[name] == bytes, "\(name)")
    }
    let (other, third) = try reproduce(arguments + ["--seed", "2"], into: folder)
    try #require(other.status == 0)
    #expect(try reproduction(third).samples != found.samples)
  }

  /// Panels say what is missing, and panels of an earlier run are gone.
  @Test func withoutMistakesThePanelsSaySo() throws {
    let (first, folder) = try reproduce(["--model", Self.model] + Labelled(wrong: 2).path20)
    try #require(first.status == 0, "\(first.standardError)")
    #expect(FileManager.default.fileExists(atPath: folder + "/figures/panels/figure-9-2-true.png"))
    #expect(try reproduction(folder).samples.filter { $0.figure == 9 }.count == 2)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/figures/notes.txt"))
    let store = try Labelled(wrong: 0)
    let (output, _) = try reproduce(["--model", Self.model, "--tracks", "4"] + store.path20, into: folder)
    try #require(output.status == 0, "\(output.standardError)")
    let found = try reproduction(folder)
    #expect(found.report.errorCount == 0 && found.report.count == 4 && found.mistakes.isEmpty)
    #expect(found.samples.filter { $0.figure == 7 }.count == 2)
    let panels = try FileManager.default.contentsOfDirectory(atPath: folder + "/figures/panels")
    #expect(
      panels.filter { $0.hasPrefix("figure-9-") }.sorted() == [
        "figure-9-none.pdf", "figure-9-none.png", "figure-9-none.svg",
      ])
    #expect(panels.contains("figure-7-none.png"))
    #expect(FileManager.default.fileExists(atPath: folder + "/figures/notes.txt"))
    #expect(!FileManager.default.fileExists(atPath: folder + "/tables/mistakes.csv"))
    #expect(found.claims.first { $0.name == "mistakes" }?.verdict == .cannotBeTold)
    #expect(output.standardOutput.contains("No track was misclassified."))
  }

  @Test func oneGenreIsNoComparison() throws {
    let store = try Labelled(wrong: 0, onlyOneGenre: true)
    let (output, folder) = try reproduce(["--model", Self.model] + store.path20)
    #expect(output.status == ProcessStatus.badInput.rawValue)
    #expect(
      output.messages.count == 1 && output.messages[0].contains("no track of Hip-Hop in it"),
      "\(output.standardError)")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func otherFeaturesAreRefused() throws {
    let store = try Labelled(wrong: 0)
    let (unstated, folder) = try reproduce([store.path])
    #expect(unstated.status == ProcessStatus.badInput.rawValue)
    #expect(
      unstated.messages.count == 1 && unstated.messages[0].contains("--spec mfcc20"),
      "\(unstated.standardError)")
    #expect(unstated.messages[0].contains("--train one"))
    let (other, _) = try reproduce(["--model", Self.model, store.path, "--spec", "smel20"])
    #expect(other.status == ProcessStatus.badInput.rawValue && other.messages.count == 1)
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test(arguments: [
    (["--tracks", "3"], "even number"), (["--train", "--model", "x.safetensors"], "give one of them"),
    (["--config", "x.yaml"], "--config belongs to --train"), (["--split", "best"], "unknown split"),
  ]) func requestsWithoutMeaning(arguments: [String], message: String) throws {
    let store = try Labelled(wrong: 0)
    let (output, folder) = try reproduce(arguments + store.path20)
    #expect(output.status == ProcessStatus.usage.rawValue)
    #expect(output.standardError.contains(message), "\(output.standardError)")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func noInputIsReplaced() throws {
    let store = try Labelled(wrong: 0)
    let folder = try CommandRunner.temporaryFolder()
    try FileManager.default.createDirectory(atPath: folder + "/tables", withIntermediateDirectories: true)
    // The store's index would be the table of claims.
    for ending in ["npy", "csv"] {
      try FileManager.default.copyItem(
        atPath: store.folder + "/x." + ending, toPath: folder + "/tables/claims." + ending)
    }
    let before = try content(folder)
    let (output, _) = try reproduce(
      ["--model", Self.model, folder + "/tables/claims.npy", "--spec", "mfcc20"], into: folder)
    #expect(output.status == ProcessStatus.usage.rawValue)
    #expect(output.messages.count == 1 && output.messages[0].contains("would replace the input"))
    #expect(try content(folder) == before)
  }

  /// Killed while it writes, it leaves nothing under a final name; the next run clears up.
  @Test func killedInTheMiddleItLeavesNothingHalfWritten() throws {
    let store = try Labelled(wrong: 3)
    let folder = try CommandRunner.temporaryFolder() + "/made"
    let arguments =
      ["reproduce", "founding-report", "--model", Self.model] + store.path20 + ["--output", folder]
    let running = try CommandRunner.start(arguments, in: NSTemporaryDirectory())
    let part = folder + "/.genrelens.part/figures/panels"
    let limit = Date().addingTimeInterval(60)
    while !FileManager.default.fileExists(atPath: part), running.process.isRunning, Date() < limit {
      Thread.sleep(forTimeInterval: 0.005)
    }
    kill(running.process.processIdentifier, SIGKILL)
    #expect(try running.finish().status == -SIGKILL)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
    #expect(names.isEmpty, "\(names)")
    let (output, _) = try reproduce(["--model", Self.model] + store.path20, into: folder)
    #expect(output.status == 0, "\(output.standardError)")
    #expect(!FileManager.default.fileExists(atPath: folder + "/.genrelens.part"))
  }

  /// A model that is trained first, on maps of unknown origin: what Hz are cannot be told, and nothing else is missing.
  @Test func itTrainsAModelFirst() throws {
    let folder = try CommandRunner.temporaryFolder()
    let small = try SmallStore(groups: 24, testGroups: 6)
    let rows = try CSVTable(path: small.folder + "/x.csv")
    let text = try String(contentsOfFile: small.folder + "/x.csv", encoding: .utf8)
      .replacing(",A,", with: ",Folk,").replacing(",B,", with: ",Hip-Hop,")
    #expect(rows.rows.count == 72)
    try text.write(toFile: small.folder + "/x.csv", atomically: true, encoding: .utf8)
    try
      "epochs: 3\nbatchSize: 8\nlearningRate: 0.02\nnetwork:\n  channels: [4]\n  kernel: [3, 3]\n  firstSame: true\n  hiddenUnits: 0\n  dropout: 0\n"
      .write(toFile: folder + "/config.yaml", atomically: true, encoding: .utf8)
    let (output, made) = try reproduce(
      [small.path, "--train", "--config", folder + "/config.yaml"], into: folder + "/made")
    try #require(output.status == 0, "\(output.standardError)")
    #expect(FileManager.default.fileExists(atPath: made + "/model.safetensors"))
    let found = try reproduction(made)
    #expect(found.report.count == 18 && found.training != nil)
    #expect(found.baselines.map(\.name) == ["majority", "nearest-centroid"])
    #expect(found.frequencies == nil)
    #expect(found.claims.first { $0.name == "frequencies" }?.found.contains("unknown origin") == true)
    // The same command again takes the finished model.
    let (again, _) = try reproduce(
      [small.path, "--train", "--config", folder + "/config.yaml"], into: made)
    #expect(again.status == 0 && again.standardError.contains("finished before"))
  }
}
