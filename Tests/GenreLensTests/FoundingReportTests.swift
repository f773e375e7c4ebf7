import Foundation
import GenreLens
import LibrarySupport
import Synchronization
import TestSupport
import Testing

/// `genrelens reproduce founding-report`.
@Suite(.tags(.hand, .slow), .serialized) struct FoundingReportTests {
  private static let published = CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.safetensors"

  /// A network of a few weights on made-up maps of Folk and Hip-Hop, and its store.
  private static let tiny: Result<(folder: String, model: String), any Error> = Result {
    let small = try made()
    let run = try SmallStore.plan().train(on: try small.dataset())
    try run.model.write(to: small.folder + "/model.safetensors")
    return (small.folder, small.folder + "/model.safetensors")
  }

  /// Made-up maps with a training, a validation and a test part.
  private static func made() throws -> SmallStore {
    let small = try SmallStore(groups: 24, testGroups: 6)
    let index = small.folder + "/x.csv"
    try String(contentsOfFile: index, encoding: .utf8).replacing(",A,", with: ",Folk,")
      .replacing(",B,", with: ",Hip-Hop,").write(toFile: index, atomically: true, encoding: .utf8)
    return small
  }

  /// Half of the tiny model's maps as a store of a test part only, labelled as it hears them but for the first `wrong` of each genre.
  private struct Labelled {
    let folder: String
    let counts: [String: Int]
    var path: String { folder + "/x.npy" }
    var arguments: [String] { ["--model", model, path] }
    private let model: String

    init(wrong: Int, onlyOneGenre: Bool = false) throws {
      let tiny = try FoundingReportTests.tiny.get()
      (folder, model) = (try CommandRunner.temporaryFolder(), tiny.model)
      let dataset = try Dataset.load(tiny.folder + "/x.npy")
      let heard = try GenreModel(path: tiny.model).evaluate(on: dataset, selection: .all).predictions
      let store = try FeatureStore.open(tiny.folder + "/x.npy")
      var (rows, maps, flipped): ([[String]], [Tensor], [String: Int]) = ([], [], [:])
      var counts: [String: Int] = [:]
      for (prediction, track) in zip(heard, dataset.clips).prefix(36) {
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
      try #require(onlyOneGenre || counts.count == 2, "the tiny model must hear both genres")
      try NumpyFile.write(Tensor.stack(maps), to: folder + "/x.npy")
      try CSVTable.write(
        header: ["row", "track_id", "genre", "split", "group"], rows: rows, to: folder + "/x.csv")
    }
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
      let path = folder + "/" + name
      guard (try? FileManager.default.contentsOfDirectory(atPath: path)) == nil else { continue }
      result[name] = try Data(contentsOf: URL(fileURLWithPath: path))
    }
    return result
  }

  @Test func everythingIsThereAndOneSeedGivesOneResult() throws {
    let store = try Labelled(wrong: 3)
    let arguments = store.arguments
    let (output, folder) = try reproduce(arguments)
    try #require(output.status == 0, "\(output.standardError)")
    let files = try content(folder)
    let names = Set(files.keys)
    for figure in [2, 7, 8, 9, 10, 11, 12].map({ "figure-\($0)" }) + [
      "thresholds", "insertion-deletion", "road", "average-drop",
    ] {
      for ending in ["png", "svg", "pdf"] {
        #expect(names.contains("figures/\(figure).\(ending)"), "\(figure).\(ending)")
        #expect(names.contains { $0.hasPrefix("figures/panels/\(figure)-") && $0.hasSuffix(ending) })
      }
    }
    for table in [
      "claims", "accuracy", "misclassified", "mistakes", "average-drop", "without-threshold", "methods",
      "samples",
    ] {
      for ending in ["csv", "md", "tex"] { #expect(names.contains("tables/\(table).\(ending)"), "\(table)") }
    }
    #expect(names.contains("tables/thresholds.csv") && names.contains("tables/curves.csv"))
    #expect(names.contains("tables/road.csv"))
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
    #expect(found.sweep.levels.count == 26 && found.sweep.curves.count >= 6)
    // The sweep's level and the picked threshold are one measurement.
    let subject = ExplanationBenchmark.Subject(method: "grad-cam", layer: "conv1")
    let drop = try #require(found.benchmark.figure(.averageDrop("threshold-30"), of: subject)?.mean)
    let curve = try #require(found.sweep.curves.first { $0.subject == subject })
    #expect(abs(curve.drops[3] - drop) < 1e-9)
    // ROAD's score is half of what the most relevant cells cost more than the least relevant ones.
    let score = try #require(found.benchmark.figure(.road, of: subject)?.mean)
    let removal = try #require(found.sweep.removals.first { $0.subject == subject })
    let means = [removal.leastRelevantFirst, removal.mostRelevantFirst].map { $0.reduce(0, +) / 4 }
    #expect(removal.shares.count == 4 && abs((means[0] - means[1]) / 2 - score) < 1e-9)
    #expect(found.claims.first { $0.name == "methods" }?.found.contains("ROAD") == true)

    // Page, terminal, table and document say the same of every claim.
    let page = try #require(files["founding-report.html"].map { String(decoding: $0, as: UTF8.self) })
    let rows = try CSVTable(path: folder + "/tables/claims.csv").records
    #expect(rows.count == found.claims.count && found.claims.count >= 8)
    for claim in found.claims {
      #expect(output.standardOutput.contains("\(claim.verdict.words): \(claim.claim)"))
      #expect(page.contains("claim \(claim.verdict.rawValue)"))
    }
    #expect(page.contains("drawn by seed 1") && !page.contains("<script"))
    // Readers see words where files have keys.
    let figures = page.components(separatedBy: "id=\"tables\"")[0]
    for key in ["threshold-10", "hadamard", "grad-cam", "all-thresholds"] {
      #expect(!figures.contains(">\(key)") && !figures.contains(", \(key)"), "\(key)")
    }
    let drops = try String(contentsOfFile: folder + "/tables/average-drop.md", encoding: .utf8)
    #expect(drops.contains("| Grad-CAM, shuffled (control) |") && drops.contains("| Grad-CAM++ |"))
    // What many measures say is a list.
    #expect(page.components(separatedBy: "<ul class=\"parts\">").count == 3)
    // The page says which document it is about, and whose that is as far as anybody knows.
    #expect(page.contains("Figures 7 to 10"))
    #expect(page.contains("still to be filled in") == (FoundingDocument.citation == nil))

    // Of fewer tracks, which the seed draws too.
    let few = arguments + ["--tracks", "8"]
    let (again, second) = try reproduce(few)
    let (other, third) = try reproduce(few)
    try #require(again.status == 0 && other.status == 0)
    let (one, same) = (try content(second), try content(third))
    #expect(Set(one.keys) == Set(same.keys))
    for (name, bytes) in one where !name.hasSuffix(".pdf") { #expect(same[name] == bytes, "\(name)") }
    let (differs, _) = try reproduce(few + ["--seed", "2"], into: third)
    try #require(differs.status == 0)
    #expect(try reproduction(third).samples != reproduction(second).samples)
  }

  /// Panels say what is missing, and panels of an earlier run are gone.
  @Test func withoutMistakesThePanelsSaySo() throws {
    let (first, folder) = try reproduce(Labelled(wrong: 2).arguments)
    try #require(first.status == 0, "\(first.standardError)")
    #expect(FileManager.default.fileExists(atPath: folder + "/figures/panels/figure-9-2-true.png"))
    #expect(try reproduction(folder).samples.filter { $0.figure == 9 }.count == 2)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/figures/notes.txt"))
    let store = try Labelled(wrong: 0)
    let (output, _) = try reproduce(["--tracks", "4"] + store.arguments, into: folder)
    try #require(output.status == 0, "\(output.standardError)")
    // How long each stage took.
    #expect(output.standardError.contains("took ") && output.standardError.contains("figures and tables"))
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
    // Two groups tell nothing of the accuracy.
    #expect(found.claims.first { $0.name == "accuracy" }?.verdict == .cannotBeTold)
    let page = try String(contentsOfFile: folder + "/founding-report.html", encoding: .utf8)
    #expect(page.contains("Figure 9. None of the drawn Folk tracks is misclassified; the report shows 3."))
    #expect(page.contains("Figure 7. 2 Folk tracks that are heard right, all among the drawn ones"))
    #expect(output.standardOutput.contains("No track was misclassified."))
  }

  @Test func oneGenreIsNoComparison() throws {
    let store = try Labelled(wrong: 0, onlyOneGenre: true)
    let (output, folder) = try reproduce(store.arguments)
    #expect(output.status == ProcessStatus.badData.rawValue)
    #expect(
      output.messages.count == 1 && output.messages[0].contains("no track of Hip-Hop in it"),
      "\(output.standardError)")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func otherFeaturesAreRefused() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    for ending in ["npy", "csv"] {
      try FileManager.default.copyItem(
        atPath: fixture.features.replacing(".npy", with: "." + ending), toPath: folder + "/x." + ending)
    }
    let (unstated, made) = try reproduce([folder + "/x.npy"])
    #expect(unstated.status == ProcessStatus.badData.rawValue)
    #expect(
      unstated.messages.count == 1 && unstated.messages[0].contains("--spec mfcc20"),
      "\(unstated.standardError)")
    #expect(unstated.standardError.contains("--train one"))
    let (other, _) = try reproduce(["--model", Self.published, folder + "/x.npy", "--spec", "smel20"])
    #expect(other.status == ProcessStatus.badData.rawValue && other.messages.count == 1)
    let (shape, _) = try reproduce(["--model", Self.published, Labelled(wrong: 0).path])
    #expect(shape.status == ProcessStatus.badData.rawValue && shape.messages.count == 1)
    #expect(!FileManager.default.fileExists(atPath: made))
  }

  /// Of MFCC, with the published model: evidence has frequencies.
  @Test func soundFeaturesHaveFrequencies() throws {
    let fixture = try Fixture.shared.get()
    let (output, folder) = try reproduce(["--model", Self.published, fixture.features, "--tracks", "2"])
    try #require(output.status == 0, "\(output.standardError)")
    let found = try reproduction(folder)
    #expect(found.report.count == 2)
    #expect(found.training?.count == 2 && found.baselines.count == 2)
    #expect(found.claims.contains { $0.name.hasPrefix("frequencies, g") } || found.report.errorCount == 2)
    let page = try String(contentsOfFile: folder + "/founding-report.html", encoding: .utf8)
    #expect(page.contains("MFCC of 2 tracks"))
  }

  /// Of sound: windows are chosen from whole tracks, and the page says where they begin.
  @Test func soundIsHeard() throws {
    let fixture = try Fixture.shared.get()
    let (output, folder) = try reproduce(["--model", Self.published, fixture.manifest, "--tracks", "2"])
    try #require(output.status == 0, "\(output.standardError)")
    #expect(output.standardError.hasPrefix("2 tracks (1 of Folk, 1 of Hip-Hop), 6 maps of each"))
    #expect(output.standardError.contains("6 of 6: figures and tables"), "\(output.standardError)")
    let found = try reproduction(folder)
    #expect(found.report.count == 2 && found.leftOut.isEmpty)
    // Sound is not read again for the training part.
    #expect(found.training == nil && found.baselines.isEmpty)
    #expect(found.benchmark.layers == ["conv1", "conv2", "conv3"] && found.sweep.removals.count >= 11)
    let samples = found.samples
    #expect(samples.filter { $0.figure == 2 }.count == 2)
    #expect(samples.allSatisfy { $0.startSeconds != nil && FileManager.default.fileExists(atPath: $0.path) })
    let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/figures")
    for figure in [2, 7, 8, 9, 10, 11, 12] { #expect(names.contains("figure-\(figure).png")) }
    let page = try String(contentsOfFile: folder + "/founding-report.html", encoding: .utf8)
    #expect(page.contains("MFCC of 2 tracks") && !page.contains("<script"))
  }

  /// It hears as many tracks as it says: of the test and of the training part. Each stage has its number and name.
  @Test func itHearsWhatItSaysAndNamesItsStages() throws {
    let small = try Self.tiny.get()
    let lines = Mutex<[StageProgress]>([])
    var announced: [String] = []
    var options = FoundingOptions()
    options.trackCount = 8
    let folder = try CommandRunner.temporaryFolder() + "/made"
    let report = try GenreModel(path: small.model).reproduceFoundingReport(
      on: Dataset.load(small.folder + "/x.npy"), options: options,
      output: folder, announce: { announced.append($0) },
      job: Job(progress: { step in lines.withLock { $0.append(step) } }))
    let found = report.reproduction
    #expect(found.report.count == 8 && found.training?.count == 8)
    #expect(announced.count == 1 && announced[0].hasPrefix("8 tracks (4 of Folk, 4 of Hip-Hop), "))
    let stages = lines.withLock { $0 }
    var names: [String] = []
    for step in stages where names.last != step.stage { names.append(step.stage) }
    #expect(names.count == 7 && report.stages.count == 7, "\(names)")
    for (number, pair) in zip(names, report.stages).enumerated() {
      #expect(pair.0 == "\(number + 1) of 7: \(pair.1.name)" && pair.1.seconds >= 0)
    }
    #expect(names.contains("4 of 7: Average Drop, ROAD at conv1"), "\(names)")
    // No stage goes through more tracks than were drawn; the last one counts figures.
    #expect(
      stages.allSatisfy {
        ($0.total <= 8 || $0.stage.hasPrefix("7 of 7")) && $0.completed <= $0.total
      })
    #expect(stages.filter { $0.stage.hasPrefix("6 of 7") }.last?.total == 8)
  }

  @Test func jsonSaysHowLongEachStageTook() throws {
    struct Times: Decodable { let stages: [StageTime] }
    let (output, folder) = try reproduce(["--tracks", "4", "--json"] + Labelled(wrong: 1).arguments)
    try #require(output.status == 0, "\(output.standardError)")
    let printed = Data(output.standardOutput.utf8)
    let times = try JSONDecoder().decode(Times.self, from: printed).stages
    #expect(times.map(\.name).first == "hearing the drawn tracks" && times.count == 6)
    #expect(
      try JSONDecoder().decode(FoundingReproduction.self, from: printed).claims == reproduction(folder).claims
    )
    #expect(output.standardError.hasPrefix("4 tracks (2 of Folk, 2 of Hip-Hop), "), "\(output.standardError)")
  }

  @Test(arguments: [
    (["--tracks", "3"], "even number"), (["--train", "--model", "x.safetensors"], "give one of them"),
    (["--config", "x.yaml"], "--config belongs to --train"), (["--split", "best"], "unknown split"),
  ]) func requestsWithoutMeaning(arguments: [String], message: String) throws {
    let store = try Labelled(wrong: 0)
    let (output, folder) = try reproduce(arguments + [store.path])
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
      ["--model", Self.tiny.get().model, folder + "/tables/claims.npy"], into: folder)
    #expect(output.status == ProcessStatus.usage.rawValue)
    #expect(output.messages.count == 1 && output.messages[0].contains("would replace the input"))
    #expect(try content(folder) == before)
  }

  /// Killed while it writes, it leaves nothing under a final name; the next run clears up.
  @Test func killedInTheMiddleItLeavesNothingHalfWritten() throws {
    let store = try Labelled(wrong: 3)
    let folder = try CommandRunner.temporaryFolder() + "/made"
    let arguments = store.arguments + ["--tracks", "8"]
    let running = try CommandRunner.start(
      ["reproduce", "founding-report"] + arguments + ["--output", folder], in: NSTemporaryDirectory())
    let part = folder + "/.genrelens.part/figures/panels"
    let limit = Date().addingTimeInterval(60)
    while !FileManager.default.fileExists(atPath: part), running.process.isRunning, Date() < limit {
      Thread.sleep(forTimeInterval: 0.005)
    }
    kill(running.process.processIdentifier, SIGKILL)
    #expect(try running.finish().status == -SIGKILL)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
    #expect(names.isEmpty, "\(names)")
    let (output, _) = try reproduce(arguments, into: folder)
    #expect(output.status == 0, "\(output.standardError)")
    #expect(!FileManager.default.fileExists(atPath: folder + "/.genrelens.part"))
  }

  /// A model that is trained first, on maps of unknown origin: what Hz are cannot be told, and nothing else is missing.
  @Test func itTrainsAModelFirst() throws {
    let folder = try CommandRunner.temporaryFolder()
    let small = try Self.made()
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
    // Another report of it takes the finished model.
    let (again, _) = try reproduce(
      [small.path, "--train", "--config", folder + "/config.yaml", "--tracks", "2"], into: made)
    #expect(again.status == 0 && again.standardError.contains("finished before"))
  }
}
