import Foundation
import GenreLens
import LibrarySupport
import TestSupport
import Testing

/// Training recordings are known by their windows, rows and segments, and what proves nothing is said to be unknown.
@Suite(.tags(.hand, .property)) struct TrainingMembershipTests {
  /// Random maps of two genres: three windows of each of 24 recordings, 16 to train, 4 to validate, 4 to test. Nothing says
  /// where they are from.
  private struct Store {
    let folder: String
    var path: String { folder + "/x.npy" }
    let maps: [Tensor]

    init() throws {
      folder = try CommandRunner.temporaryFolder()
      var generator = SeededGenerator(seed: 11)
      maps = (0..<72).map { _ in Tensor((0..<72).map { _ in generator.normal() }, shape: [6, 12]) }
      try NumpyFile.write(Tensor.stack(maps), to: path)
      try index()
    }

    /// - Parameter line: the columns after the row.
    func index(
      _ header: [String] = ["recording", "label", "split"],
      _ line: (_ recording: Int, _ window: Int) -> [String] = { recording, _ in
        [
          "r\(recording)", recording % 2 == 0 ? "A" : "B",
          recording < 16 ? "train" : recording < 20 ? "valid" : "test",
        ]
      }
    ) throws {
      try CSVTable.write(
        header: ["row"] + header, rows: (0..<72).map { ["\($0)"] + line($0 / 3, $0 % 3) },
        to: folder + "/x.csv")
    }

    func model() throws -> GenreModel {
      try SmallStore.plan(epochs: 1).train(on: .load(path)).model
    }

    func overlap(_ model: GenreModel, _ split: Split? = .test) throws -> TrainingOverlap {
      try model.evaluate(on: .load(path), selection: split.map { .split($0) } ?? .all).overlap
    }
  }

  @Test func theTestPartOfTheSameStoreIsProved() throws {
    let store = try Store()
    let model = try store.model()
    #expect(try store.overlap(model) == TrainingOverlap(count: 4))
    #expect(try store.overlap(model, nil) == TrainingOverlap(count: 24, trained: 16, choseEpoch: 4))
    // Divided anew, under other names: the same rows.
    try store.index(["track_id", "label", "split"]) { recording, _ in
      ["s\(recording)", recording % 2 == 0 ? "A" : "B", recording < 12 ? "test" : "train"]
    }
    #expect(try store.overlap(model) == TrainingOverlap(count: 12, trained: 12))
    #expect(try store.overlap(model, .train) == TrainingOverlap(count: 12, trained: 4, choseEpoch: 4))
  }

  /// One window of each recording was trained on; the test part has the others.
  @Test func otherWindowsOfTrainedRecordingsAreNoNewMusic() throws {
    let store = try Store()
    let leaky = { (recording: Int, window: Int) in
      [
        "r\(recording)", recording % 2 == 0 ? "A" : "B",
        window == 0 ? (recording < 16 ? "train" : "valid") : "test",
      ]
    }
    try store.index(["recording", "label", "split"], leaky)
    let run = try SmallStore.plan(epochs: 1).train(on: .load(store.path))
    #expect(try store.overlap(run.model) == TrainingOverlap(count: 24, trained: 16, choseEpoch: 8))
    #expect(run.notes.contains { $0.hasPrefix("24 recordings stand in more than one split") }, "\(run.notes)")
    #expect(
      run.notes.contains {
        $0.hasPrefix("of 24 test recordings 16 trained and 8 chose the epoch of this model too")
      })
    #expect(run.data.cautions.contains { $0.hasPrefix("of 24 test recordings 16 trained") })
    // The model knows the rows, whatever becomes of the index.
    try store.index(["label", "split"]) { Array(leaky($0, $1).dropFirst()) }
    #expect(try store.overlap(run.model) == TrainingOverlap(count: 48, trained: 32, choseEpoch: 16))
    // What a later index tells counts too.
    try store.index(["label", "split"]) { Array(leaky($0, $1).dropFirst()) }
    let blind = try store.model()
    #expect(try store.overlap(blind) == TrainingOverlap(count: 48))
    try store.index(["recording", "label", "split"], leaky)
    #expect(try store.overlap(blind) == TrainingOverlap(count: 24, trained: 16, choseEpoch: 8))
  }

  /// Rows that share a name with a training row may be windows of its recording, or of another one of that name.
  @Test func aNameLeavesItUnknown() throws {
    let store = try Store()
    try store.index(["name", "label", "split"]) { recording, window in
      [
        window == 1 && recording == 3
          ? "Intro" : window == 2 && recording == 21 ? "Intro" : "\(recording)-\(window)",
        recording % 2 == 0 ? "A" : "B", recording < 16 ? "train" : recording < 20 ? "valid" : "test",
      ]
    }
    let overlap = try store.overlap(try store.model())
    #expect(overlap == TrainingOverlap(count: 12, unknown: 1))
    #expect(overlap.words == "none of 11 of 12 recordings trained this model, of 1 it is unknown")
  }

  @Test func mapsOfAnotherFileProveNothingUnlessTheyAreEqual() throws {
    let store = try Store()
    let model = try store.model()
    let other = try Store()
    // The last windows of all recordings but the first two, and one window that was trained on.
    var generator = SeededGenerator(seed: 12)
    func foreign(_ count: Int, equal: [Tensor]) throws -> TrainingOverlap {
      let strange = (0..<count).map { _ in Tensor((0..<72).map { _ in generator.normal() }, shape: [6, 12]) }
      let maps = equal + strange
      try NumpyFile.write(Tensor.stack(maps), to: other.path)
      try CSVTable.write(
        header: ["row", "label", "split"],
        rows: maps.indices.map { ["\($0)", $0 % 2 == 0 ? "A" : "B", "test"] }, to: other.folder + "/x.csv")
      return try other.overlap(model)
    }
    #expect(try foreign(6, equal: []) == TrainingOverlap(count: 6, unknown: 6))
    // Any window of a training recording, not only its first.
    let found = try foreign(70, equal: [store.maps[5], store.maps[16 * 3 + 1]])
    #expect(found == TrainingOverlap(count: 72, trained: 1, choseEpoch: 1, unknown: 70))
    #expect(
      found.isWarning
        && found.words == "1 of 72 recordings trained this model, 1 chose its epoch, of 70 it is unknown")
    // An earlier version did not say from which file its maps were.
    var earlier = model
    earlier.recordings?.store = nil
    #expect(try store.overlap(earlier) == TrainingOverlap(count: 4, unknown: 4))
    #expect(try store.overlap(earlier, .train) == TrainingOverlap(count: 16, trained: 16))
  }

  /// Text, JSON and page say that it is unknown.
  @Test func theUnknownIsSaid() throws {
    let (store, other) = (try Store(), try SmallStore())
    try store.model().write(to: store.folder + "/m.safetensors")
    let words = "neither their sound nor their feature file can be compared with its training's"
    let text = try CommandRunner.run(["evaluate", "--model", "m.safetensors", other.path], in: store.folder)
    #expect(text.standardOutput.contains(words), "\(text)")
    let json = try CommandRunner.run(
      ["evaluate", "--model", "m.safetensors", other.path, "--json"], in: store.folder)
    #expect(
      json.standardOutput.contains(words) && json.standardOutput.contains("\"unknown\" : 12"), "\(json)")
    let page = try CommandRunner.run(
      ["analyze", "--model", "m.safetensors", other.path, "--robustness", "0", "--output", "report"],
      in: store.folder)
    #expect(page.status == 0, "\(page)")
    let report = try String(contentsOfFile: store.folder + "/report/report.html", encoding: .utf8)
    #expect(
      report.contains(
        "class=\"flattered\">Unknown whether these recordings trained this model: neither their"))
  }

  @Test func silentRowsOfTheSameStoreAreProvedToo() throws {
    let store = try Store()
    var maps = store.maps
    maps[66] = Tensor(repeating: 0, shape: [6, 12])
    maps[67] = maps[66]
    maps[68] = maps[66]
    try NumpyFile.write(Tensor.stack(maps), to: store.path)
    #expect(try store.overlap(try store.model()) == TrainingOverlap(count: 4))
  }

  /// A list of segments: of one file, parts train, and others test.
  @Test func segmentsAreRecordingsOfTheirOwn() throws {
    let made = try MadeRecordings()
    func manifest(_ name: String, _ rows: [(genre: String, start: Double?, end: Double?, split: String)])
      throws
    {
      try CSVTable.write(
        header: ["path", "label", "start_seconds", "end_seconds", "split"],
        rows: rows.map { row in
          [
            "\(row.genre)-4.wav", row.genre, row.start.map { "\($0)" } ?? "", row.end.map { "\($0)" } ?? "",
            row.split,
          ]
        }, to: made.folder + "/" + name)
    }
    let splits = ["train", "train", "valid", "test", "test"]
    try manifest(
      "parts.csv",
      ["Beat", "Tone"].flatMap { genre in
        splits.enumerated().map { (genre, Double($0), Double($0 + 1), $1) }
      })
    let trained = try made.run(
      "train parts.csv --config plan.yaml --epochs 1 --output m.safetensors --features-store x.npy")
    #expect(trained.status == 0, "\(trained)")
    func words(_ set: String, _ split: String) throws -> String {
      let training = try made.json("evaluate --model m.safetensors \(set) --split \(split) --json")[
        "training"]
      return (training as? [String: Any])?["words"] as? String ?? "none"
    }
    for set in ["parts.csv", "x.npy"] {
      #expect(try words(set, "test") == "none of 4 recordings trained this model")
      #expect(try words(set, "all") == "4 of 10 recordings trained this model, 2 chose its epoch")
    }
    // Sound in common counts, and so does a file of which a part was heard.
    try manifest(
      "shifted.csv", [("Beat", 1.5, 2.5, "test"), ("Tone", 3.5, 4.5, "test"), ("Beat", 2.6, 2.9, "test")])
    #expect(try words("shifted.csv", "test") == "1 of 3 recordings trained this model, 1 chose its epoch")
    try manifest("whole.csv", [("Beat", nil, nil, "test"), ("Tone", nil, nil, "test")])
    #expect(try words("whole.csv", "test") == "2 of 2 recordings trained this model")
  }

  /// The same sound under two names, one in train, one in another part.
  @Test func copiesInOtherPartsAreSaidByTrain() throws {
    let made = try MadeRecordings()
    for (from, to) in [
      ("Beat-1", "Beat-9a"), ("Tone-3", "Tone-9a"), ("Beat-6", "Beat-9b"), ("Beat-2", "Beat-9c"),
    ] {
      try FileManager.default.copyItem(
        atPath: "\(made.folder)/\(from).wav", toPath: "\(made.folder)/\(to).wav")
    }
    var table = try String(decoding: made.bytes("set.csv"), as: UTF8.self)
    table += "Beat-9a.wav,Beat,test\nTone-9a.wav,Tone,valid\nBeat-9b.wav,Beat,test\nBeat-9c.wav,Beat,test\n"
    try Data(table.utf8).write(to: URL(fileURLWithPath: made.folder + "/copies.csv"))
    let line = "train copies.csv --config plan.yaml --epochs 1 --output m.safetensors --no-tensorboard"
    let output = try made.run(line)
    #expect(
      output.standardOutput.contains("% of 5 recordings (1 of them trained it too), trained on 10"),
      "\(output)")
    let valid = "note: of 5 validation recordings 1 trained this model too"
    let test = "note: of 9 test recordings 2 trained and 1 chose the epoch of this model too"
    #expect(output.standardError.contains(valid) && output.standardError.contains(test), "\(output)")
    let card = try String(decoding: made.bytes("m.md"), as: UTF8.self)
    #expect(
      card.contains("**Caution:** of 5 validation recordings 1")
        && card.contains("**Caution:** of 9 test recordings 2"))
    // Of a training that is done, too.
    let again = try made.run(line + " --resume")
    #expect(
      again.standardOutput.contains("finished before") && again.standardError.contains(valid), "\(again)")
    #expect(again.standardError.contains(test))
    let clean = try made.run(
      "train set.csv --config plan.yaml --epochs 1 --output clean.safetensors --no-tensorboard")
    #expect(
      clean.status == 0 && !clean.standardError.contains("too good") && !clean.standardOutput.contains("too)")
    )

    // A search chooses by the same validation part.
    try Data("learningRate: [0.01, 0.02]\n".utf8).write(to: URL(fileURLWithPath: made.folder + "/space.yaml"))
    let search = try made.run(
      "search copies.csv --config plan.yaml --space space.yaml --trials 2 --output search")
    #expect(search.status == 0, "\(search)")
    let found = try String(decoding: made.bytes("search/search.json"), as: UTF8.self)
    #expect(found.contains("1 of the validation recordings trained the models too"), "\(found)")
  }

  @Test func classifySaysItOfTheFile() throws {
    let made = try MadeRecordings()
    #expect(try made.run("train set.csv --config plan.yaml --epochs 1 --output m.safetensors").status == 0)
    try FileManager.default.copyItem(
      atPath: made.folder + "/Beat-4.wav", toPath: made.folder + "/renamed.wav")
    let files = "Beat-6.wav Beat-8.wav renamed.wav"
    let text = try made.run("classify \(files) --model m.safetensors").standardOutput
      .split(separator: "\n")
    #expect(text.map { $0.contains("this file") } == [true, false, true], "\(text)")
    #expect(text[0].hasSuffix("; 3 windows; this file chose the model's epoch)"))
    #expect(text[2].hasSuffix("; 5 windows, the last 0.1 s are in no window; this file trained the model)"))
    let tracks = try made.json("classify \(files) --model m.safetensors --json")["tracks"] as? [[String: Any]]
    #expect(tracks?.map { $0["training"] as? String } == ["chose-epoch", "neither", "trained"])
    // In an explanation too: text, JSON, page.
    let told = try made.run("explain renamed.wav --model m.safetensors --no-audio --output why")
      .standardOutput
    #expect(told.contains("; this file trained the model)"))
    let document = try JSONDecoder().decode(
      ExplanationDocument.self,
      from: Data(contentsOf: URL(fileURLWithPath: made.folder + "/why/explanation.json")))
    #expect(document.track.training == .trained)
    let page = try String(contentsOfFile: made.folder + "/why/explanation.html", encoding: .utf8)
    #expect(page.contains("This file trained the model: of new tracks it may be less sure."))
    // Into a folder, and again from there.
    for _ in 0..<2 {
      let kept = try made.run("classify \(files) --model m.safetensors --output heard").standardOutput
      #expect(kept.contains("; this file trained the model)"), "\(kept)")
    }
    try tablesSayIt(made, files)
    // A model that does not say it.
    var old = try GenreModel(path: made.folder + "/m.safetensors")
    old.recordings = nil
    try old.write(to: made.folder + "/old.safetensors")
    let sides = try made.run("classify renamed.wav --model m.safetensors --model old.safetensors")
    #expect(
      sides.standardOutput.components(separatedBy: "(this file trained the model)").count == 2, "\(sides)")
    let silent = try made.run("classify renamed.wav --model old.safetensors")
    #expect(silent.status == 0 && !silent.standardOutput.contains("this file"))
  }

  /// The tables of many files, and what is printed over them.
  private func tablesSayIt(_ made: MadeRecordings, _ files: String) throws {
    let note = "note: 1 of 3 recordings trained this model, 1 chose its epoch"
    let heard = try made.run("classify \(files) --model m.safetensors --output heard")
    #expect(
      heard.standardError.contains(note) && heard.standardOutput.contains("3 of them by an earlier run"))
    func column(_ name: String, _ table: String) throws -> [String] {
      let table = try CSVTable(path: made.folder + "/" + table)
      let place = try #require(table.column(name), "\(table.header)")
      return table.records.map { $0.fields[place] }
    }
    let roles = ["chose-epoch", "neither", "trained"]
    #expect(try column("training", "heard/classifications.csv") == roles)
    for name in ["trained", "chose_epoch"] {
      #expect(try column(name, "heard/summary.csv").compactMap(Int.init).reduce(0, +) == 1)
    }
    #expect(try column("training_unknown", "heard/summary.csv") == ["0", "0"])
    let printed = try made.run("classify \(files) --model m.safetensors --csv").standardOutput
    #expect(
      printed.split(separator: "\n").dropFirst().map { String($0.split(separator: ",").last ?? "") } == roles)

    // What an earlier version wrote does not say it: it is heard again.
    for (line, table, journal) in [
      (
        "classify \(files) --model m.safetensors --output heard", "classifications.csv",
        "classifications.jsonl"
      ),
      (
        "explain \(files) --model m.safetensors --no-audio --output many", "explanations.csv",
        "explanations.jsonl"
      ),
    ] {
      let output = String(line.split(separator: " ").last ?? "")
      #expect(try made.run(line).standardError.contains(note))
      let (whole, expected) = (
        try made.bytes("\(output)/\(journal)"), try made.bytes("\(output)/\(table)")
      )
      let lines = String(decoding: whole, as: UTF8.self).split(separator: "\n")
      let earlier = lines.prefix(3).map { String($0).replacing(/,"training":"[a-z-]+"/, with: "") }
      #expect(earlier != lines.prefix(3).map { String($0) })
      try Data((earlier.joined(separator: "\n") + "\n").utf8).write(
        to: URL(fileURLWithPath: "\(made.folder)/\(output)/\(journal)"))
      let again = try made.run(line)
      #expect(again.status == 0 && !again.standardOutput.contains("by an earlier run"), "\(again)")
      #expect(try made.bytes("\(output)/\(journal)") == whole)
      #expect(try made.bytes("\(output)/\(table)") == expected)
    }
    #expect(try column("training", "many/explanations.csv") == roles)
    let index = try String(decoding: made.bytes("many/index.html"), as: UTF8.self)
    #expect(index.components(separatedBy: "this file trained the model").count == 2)
    #expect(index.contains("1 of 3 recordings trained this model, 1 chose its epoch"))

    let tags = "tag \(files) --model m.safetensors --dry-run"
    let told = try made.run(tags)
    #expect(
      told.standardError.contains(note) && told.standardOutput.contains("%; this file trained the model\n"),
      "\(told)")
    let document = try made.json(tags + " --json")
    #expect((document["tracks"] as? [[String: Any]])?.map { $0["training"] as? String } == roles)
    #expect((document["training"] as? [String: Any])?["trained"] as? Int == 1)
    #expect(try made.run(tags.replacing("--dry-run", with: "--write")).status == 0)
    let log = try String(decoding: made.bytes("genrelens-tags.jsonl"), as: UTF8.self)
    #expect(log.contains("\"training\":\"trained\""), "\(log)")
    #expect(try made.run("tag --undo genrelens-tags.jsonl").status == 0)
  }

  @Test func rowsOfAFeatureFileSayIt() throws {
    let store = try Store()
    let dataset = try Dataset.load(store.path).stating(FeatureAgreementTests.spec)
    let model = try SmallStore.plan(epochs: 1).train(on: dataset).model
    let roles = try [0, 50, 71].map { row in
      try model.classify(StoredRecording(.row(row), in: dataset)).track.training
    }
    #expect(roles == [.trained, .choseEpoch, .neither])
  }

  @Test func modelsSayWhichWindowsTheirStoreHas() throws {
    let made = try MadeRecordings()
    for (options, windows) in [
      ("--windows first", "first"), ("--hop-seconds 0.5", "every 0.5 s"), ("--max-windows 2", "at most 2"),
      ("--max-windows 2 --hop-seconds 0.5", "at most 2, one every 0.5 s"), ("", "all"),
    ] {
      #expect(try made.run("features set.csv --spec spec.yaml --output x.npy \(options)").status == 0)
      var plan = SmallStore.plan(epochs: 1)
      plan.training.network.channels = [2]
      let model = try plan.train(on: .load(made.folder + "/x.npy")).model
      #expect(model.provenance.preparation?.windows?.windows.words == windows)
    }
  }
}
