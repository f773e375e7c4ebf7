import Foundation
import GenreLens
import TestSupport
import Testing

/// The command from end to end, on a few of the project's own MP3 clips.
@Suite(.tags(.hand, .slow), .serialized) struct CommandJobTests {
  private func json(_ output: CommandRunner.Output) throws -> Any {
    #expect(output.status == 0, "\(output.standardError)")
    return try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8))
  }

  @Test func featuresAreAFileWithItsIndex() throws {
    let fixture = try Fixture.shared.get()
    let store = try FeatureStore.open(fixture.features)
    #expect(store.count == 16 && store.mapShape == [20, 130] && store.spec == .mfcc20)
    #expect(store.clips.count { $0.split == .valid && $0.label == "Folk" } == 2)
    let extractor = try FeatureExtractor(.mfcc20)
    let map = try #require(try extractor.maps(ofFile: fixture.clips[0]).first)
    // Sums run in another order with another number of threads; values reach 300.
    expectClose(store.map(6).values, map.values.values, absolute: 1e-3)
  }

  @Test func badFileGoesToTheLedgerAndTheRestGoesOn() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    try "no sound".write(toFile: folder + "/text.mp3", atomically: true, encoding: .utf8)
    let output = try CommandRunner.run(
      ["features", fixture.clips[0], "text.mp3", "--output", "x.npy", "--spec", "mfcc20"], in: folder)
    #expect(output.status == 0)
    #expect(try FeatureStore.open(folder + "/x.npy").count == 3)
    let ledger = try CSVTable(path: folder + "/x.failures.csv")
    #expect(ledger.records.map { $0.fields.prefix(2) } == [["text.mp3", "unknown-format"]])
  }

  @Test func probeTellsWhatAClipIs() throws {
    let fixture = try Fixture.shared.get()
    let list = try #require(
      try json(try CommandRunner.run(["probe", "--json"] + fixture.clips)) as? [[String: Any]])
    #expect(list.count == 2)
    #expect(list[0]["codec"] as? String == "mp3" && list[0]["sampleRateHz"] as? Int == 44_100)
    let seconds = try #require(list[0]["seconds"] as? Double)
    #expect(seconds > 10 && seconds < 10.3)
  }

  @Test func evaluationHasItsKeys() throws {
    let fixture = try Fixture.shared.get()
    for dataset in [fixture.manifest, fixture.features] {
      let output = try CommandRunner.run(["evaluate", "--model", fixture.model, dataset, "--json"])
      let report = try #require(try json(output) as? [String: Any])
      #expect(report["count"] as? Int == 4 && report["labels"] as? [String] == ["Folk", "Hip-Hop"])
      let interval = try #require(report["interval"] as? [Double])
      let accuracy = try #require(report["accuracy"] as? Double)
      #expect(interval.count == 2 && interval[0] <= accuracy && accuracy <= interval[1])
      let confusion = try #require(report["confusion"] as? [[Int]])
      #expect(confusion.map { $0.reduce(0, +) } == [2, 2])
      let scores = try #require((report["perClass"] as? [String: [String: Any]])?["Folk"])
      #expect(
        Set(scores.keys) == [
          "precision", "recall", "f1", "support", "precisionInterval", "recallInterval",
        ])
    }
  }

  @Test func classificationHearsTheWholeTrack() throws {
    let fixture = try Fixture.shared.get()
    let output = try CommandRunner.run(["classify", "--model", fixture.model, "--json"] + fixture.clips)
    let document = try #require(try json(output) as? [String: [[String: Any]]])
    let list = try #require(document["tracks"])
    #expect(
      list.compactMap { $0["path"] as? String } == fixture.clips && document["failures"]?.isEmpty == true)
    for track in list {
      // 10.1 s are three windows of 3 s and a rest that is less than half of one.
      #expect((track["windows"] as? [Any])?.count == 3)
      let probabilities = try #require(track["probabilities"] as? [String: Double])
      #expect(abs(probabilities.values.reduce(0, +) - 1) < 1e-6)
      let best = probabilities.max { $0.value < $1.value }?.key
      #expect(track["label"] as? String == best)
    }
  }

  @Test func explanationWritesMapsAndPicture() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder() + "/made"
    let output = try CommandRunner.run([
      "explain", "--model", fixture.model, fixture.clips[0], "--output", folder, "--class", "Hip-Hop",
      "--layer", "conv2", "--start", "2.5", "--json", "--vectors",
    ])
    let printed = try #require(try json(output) as? [String: Any])
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/explanation.json"))
    let document = try JSONDecoder().decode(ExplanationDocument.self, from: data)
    #expect(printed["class"] as? String == "Hip-Hop" && printed["layer"] as? String == "conv2")
    #expect(document.method == "grad-cam" && document.startSeconds == 2.5)
    #expect(try NumpyFile.read(folder + "/" + document.files.map).shape == [10, 65])
    let upsampled = try NumpyFile.read(folder + "/" + document.files.upsampled)
    #expect(upsampled.shape == [20, 130] && upsampled.values.allSatisfy { $0 >= 0 })
    let picture = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + document.files.picture))
    #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(document.files.vectorPictures == ["explanation.svg", "explanation.pdf"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 17)
  }

  @Test func analysisWritesItsReport() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let output = try CommandRunner.run([
      "analyze", "--model", fixture.model, fixture.manifest, "--split", "all", "--robustness", "2",
      "--output", folder,
    ])
    #expect(output.status == 0, "\(output.standardError)")
    let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
    #expect(page.contains("data:image/png;base64,") && page.hasSuffix("</html>\n"))
    #expect(try CSVTable(path: folder + "/predictions.csv").records.count == 16)
    let wrong = try CSVTable(path: folder + "/misclassified.csv")
    #expect(
      try CSVTable(path: folder + "/predictions.csv").records.count { $0.fields[4] == "0" }
        == wrong.records.count)
    for record in wrong.records {
      #expect(try NumpyFile.read(folder + "/" + record.fields[4]).shape.rank == 2)
    }
  }

  @Test func inspectionCountsParameters() throws {
    let fixture = try Fixture.shared.get()
    let output = try CommandRunner.run(["inspect", fixture.model, "--json"])
    let description = try #require(try json(output) as? [String: Any])
    #expect(description["architecture"] as? String == "three-block")
    // 24 * 25 + 24, 48 * 24 * 25 + 48, 48 * 48 * 25 + 48, 48 * 2 * 16 * 64 + 64, 64 * 2 + 2.
    #expect(description["parameters"] as? Int == 624 + 28_848 + 57_648 + 98_368 + 130)
    let layers = try #require(description["layers"] as? [[String: Any]])
    #expect(
      layers.first?["name"] as? String == "conv1" && layers.first?["outputShape"] as? [Int] == [24, 20, 130])
    #expect((description["normalization"] as? [String: Any])?["granularity"] as? String == "per-bin")
    #expect((description["featureSpec"] as? [String: Any])?["binCount"] as? Int == 20)
  }

  @Test func trainingRepeatsBitForBit() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let again = try CommandRunner.run(
      [
        "train", fixture.features, "--output", "again.safetensors", "--config",
        fixture.folder + "/config.yaml",
      ],
      in: folder)
    #expect(again.status == 0)
    let (first, second) = (
      try SafeTensorsFile(path: fixture.model), try SafeTensorsFile(path: folder + "/again.safetensors")
    )
    #expect(first.tensors == second.tensors)
    #expect(EpochRecord.history(besideModel: folder + "/again.safetensors").count == 3)
  }

  @Test func interruptedTrainingKeepsItsBestWeights() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let running = try CommandRunner.start(
      [
        "train", fixture.features, "--output", "m.safetensors", "--config", fixture.folder + "/config.yaml",
        "--epochs", "100000", "--patience", "100000",
      ], in: folder)
    let limit = Date().addingTimeInterval(60)
    while !running.standardError.contains("validation"), running.process.isRunning, Date() < limit {
      Thread.sleep(forTimeInterval: 0.05)
    }
    running.process.interrupt()
    let output = try running.finish()
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("interrupted"))
    #expect(try GenreModel(path: folder + "/m.safetensors").provenance.bestEpoch > 0)
  }

  @Test func publishedModelIsFoundFromAnywhere() throws {
    let fixture = try Fixture.shared.get()
    let output = try CommandRunner.run(["classify", fixture.clips[0], "--json"])
    let list = try #require((try json(output) as? [String: [[String: Any]]])?["tracks"])
    #expect(output.standardError.contains("Checkpoints/"))
    #expect(Set((list[0]["probabilities"] as? [String: Double] ?? [:]).keys) == ["Folk", "Hip-Hop"])
  }

  @Test func demoDoesTheWholeJob() throws {
    let folder = try CommandRunner.temporaryFolder()
    // Of each genre two clips to learn from, one to stop by and one to hear.
    let table = try CSVTable(path: Fixture.shared.get().manifest)
    var rows: [[String]] = []
    for (label, split, count) in [("train", 2), ("valid", 1), ("test", 1)].flatMap({ part in
      ["Folk", "Hip-Hop"].map { ($0, part.0, part.1) }
    }) { rows += table.records.map(\.fields).filter { $0[1] == label && $0[2] == split }.prefix(count) }
    try CSVTable.write(header: table.header, rows: rows, to: folder + "/few.csv")
    let output = try CommandRunner.run(["demo", "--data", "few.csv", "--output", "made"], in: folder)
    #expect(output.status == 0, "\(output.standardError)")
    let lines = output.standardOutput.split(separator: "\n").map(String.init)
    let opened = lines.filter { $0.hasPrefix("  made/") }.map { folder + "/" + $0.dropFirst(2) }
    #expect(opened.count >= 2)
    #expect(opened.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    #expect(try GenreModel(path: folder + "/made/model.safetensors").featureSpec == .mfcc128)
    // Only the corpus that comes with the program is synthesised; another one is not called so.
    #expect(!output.standardOutput.contains("synthesised"))
  }

  @Test func everyHelpHasAnExample() throws {
    for name in [
      "demo", "probe", "features", "train", "evaluate", "classify", "explain", "analyze", "inspect",
    ] {
      let output = try CommandRunner.run([name, "--help"])
      #expect(output.status == 0 && output.standardOutput.contains("Example: genrelens \(name)"), "\(name)")
    }
  }

  /// What every command can end with, and what some can besides: 3 where a model is trained, 75 where an output or a store is held, 130
  /// where the work is stopped in order.
  @Test(arguments: [
    ("demo", [3, 75, 130]), ("probe", [130]), ("data folder", [75, 130]), ("data fma", [75, 130]),
    ("data check", [75, 130]), ("features", [75, 130]), ("features merge", [75, 130]),
    ("features convert", [75]), ("train", [3, 75, 130]), ("search", [75, 130]), ("calibrate", [75]),
    ("evaluate", [75]), ("classify", [75, 130]), ("tag", [75, 130]), ("explain", [75, 130]),
    ("analyze", [75]), ("compare", [75]), ("benchmark-explanations", [75]), ("compare-explanations", [75]),
    ("dissect", [75, 130]),
    ("reproduce founding-report", [3, 75, 130]), ("inspect", []),
  ]) func everyHelpNamesItsStatuses(command: String, others: [Int]) throws {
    let help = try CommandRunner.run(command.split(separator: " ").map(String.init) + ["--help"])
    let text = help.standardOutput.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let line = try #require(text.components(separatedBy: "Exit status: ").dropFirst().first)
    for status in [0, 64, 65, 66, 70, 71, 74] + others {
      #expect((", " + line).contains(", \(status) "), "\(command): \(status)")
    }
  }

  @Test func closedPipeIsQuiet() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    let files = Array(repeating: "'\(fixture.clips[0])'", count: 40).joined(separator: " ")
    process.arguments = ["-c", "'\(CommandRunner.program)' probe --json \(files) 2>'\(folder)/err' | true"]
    try process.run()
    process.waitUntilExit()
    #expect(try String(contentsOfFile: folder + "/err", encoding: .utf8).isEmpty)
  }
}
