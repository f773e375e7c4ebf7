import Audio
import Foundation
import GenreLens
import Tensors
import TestSupport
import Testing

/// `genrelens explain` of many files into one folder: an index, a folder a track, and the same bytes whatever happens.
@Suite(.tags(.hand, .property, .slow), .serialized) struct ExplainManyTests {
  /// A folder `music` with noises of four seconds in two folders, one of which is no sound.
  private func corpus(_ count: Int = 8) throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    for name in ["a", "b"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/music/\(name)", withIntermediateDirectories: true)
    }
    for index in 0..<count {
      let path = "\(folder)/music/\(index % 2 == 0 ? "a" : "b")/\(index).wav"
      if index == 3 {
        try "no sound".write(toFile: path, atomically: false, encoding: .utf8)
      } else {
        try noise(index, to: path)
      }
    }
    return folder
  }

  private func noise(_ seed: Int, to path: String) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let samples = (0..<88_200).map { _ in Float(random.index(below: 2000)) / 2000 - 0.5 }
    try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: path)
  }

  private func arguments(_ output: String, _ others: String...) throws -> [String] {
    ["explain", "--model", try Fixture.shared.get().model, "music", "--output", output] + others
  }

  /// All files below a folder with their bytes.
  private func content(_ folder: String) throws -> [String: Data] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).reduce(into: [:]) { content, name in
      let path = folder + "/" + name
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      guard attributes[.type] as? FileAttributeType == .typeRegular else { return }
      content[name] = try Data(contentsOf: URL(fileURLWithPath: path))
    }
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func lineCount(_ path: String) -> Int {
    (try? Data(contentsOf: URL(fileURLWithPath: path)))?.count { $0 == 0x0A } ?? 0
  }

  @Test func eachTrackHasItsPageAndTheIndexLeadsToIt() throws {
    let folder = try corpus()
    let output = try CommandRunner.run(arguments("why"), in: folder)
    #expect(output.status == ProcessStatus.badData.rawValue, "\(output.standardError)")
    #expect(
      output.messages.count == 1 && output.messages[0].hasPrefix("genrelens: music/b/3.wav: not a sound"))
    let lines = output.standardOutput.split(separator: "\n").map(String.init)
    let names = ["a/0", "a/2", "a/4", "a/6", "b/1", "b/5", "b/7"]
    #expect(lines.count == 8 && lines[7] == "why/index.html: 7 tracks; 1 failed (see why/failures.csv)")
    let page = try text(folder + "/why/index.html")
    for (line, name) in zip(lines, names) {
      #expect(
        line.hasPrefix("music/\(name).wav: ") && line.hasSuffix(": why/tracks/\(name)/explanation.html"),
        "\(line)")
      #expect(page.contains("href=\"./tracks/\(name)/explanation.html\""))
      for file in ["explanation.html", "explanation.json", "map.npy", "kept.wav"] {
        #expect(
          FileManager.default.fileExists(atPath: "\(folder)/why/tracks/\(name)/\(file)"), "\(name)/\(file)")
      }
    }
    let model = try Fixture.shared.get().model
    #expect(page.contains(">model.safetensors<") && !page.contains(model))
    #expect(!page.contains("play or pause") && page.contains("filter the tracks"))
    #expect(
      page.contains("music/b/3.wav") && page.contains("1 file could not be heard")
        && !page.contains("Not finished"))
    let table = try CSVTable(path: folder + "/why/explanations.csv")
    #expect(table.records.map { $0.fields[0] } == names.map { "music/\($0).wav" })
    let ledger = try CSVTable(path: folder + "/why/failures.csv")
    #expect(ledger.records.map { Array($0.fields[..<2]) } == [["music/b/3.wav", "unknown-format"]])
    // The row says what the track's own document says.
    for record in table.records {
      let place = try #require(table.column("page").map { record.fields[$0] })
      let document = try JSONDecoder().decode(
        ExplanationDocument.self,
        from: Data(contentsOf: URL(fileURLWithPath: "\(folder)/why/\(place.dropLast(4))json")))
      #expect(record.fields[3] == document.track.label && record.fields[5] == document.explainedClass)
      #expect(Double(record.fields[4]) == document.track.probabilities[document.track.label])
      #expect(Int(record.fields[6]) == document.explainedWindow.number)
    }
  }

  @Test func killedAgainAndAgainItEndsWithTheSameBytes() throws {
    let folder = try corpus()
    let whole = try CommandRunner.run(arguments("whole", "--threads", "1", "--no-audio"), in: folder)
    #expect(whole.status == ProcessStatus.badData.rawValue, "\(whole.standardError)")
    let expected = try content(folder + "/whole")
    let journal = folder + "/killed/explanations.jsonl"
    var (random, kills) = (SeededGenerator(seed: 7), 0)
    while true {
      let before = lineCount(journal)
      let running = try CommandRunner.start(arguments("killed", "--threads", "2", "--no-audio"), in: folder)
      let target = before + 1 + random.index(below: 3)
      while running.process.isRunning, lineCount(journal) < target { usleep(500) }
      usleep(UInt32(random.index(below: 60_000)))
      if kills < 6 { kill(running.process.processIdentifier, SIGKILL) }
      let output = try running.finish()
      if output.status != -SIGKILL {
        #expect(output.status == ProcessStatus.badData.rawValue, "\(output.standardError)")
        break
      }
      kills += 1
    }
    #expect(kills >= 2, "\(kills) kills")
    let found = try content(folder + "/killed")
    #expect(found.keys.sorted() == expected.keys.sorted())
    for (name, bytes) in expected where name != "index.html" { #expect(found[name] == bytes, "\(name)") }
    #expect(found["index.html"] == expected["index.html"])
  }

  @Test func ctrlCLeavesAnIndexOfWhatIsThere() throws {
    let folder = try corpus(14)
    let journal = folder + "/why/explanations.jsonl"
    let running = try CommandRunner.start(arguments("why", "--threads", "1"), in: folder)
    while running.process.isRunning, lineCount(journal) < 3 { usleep(500) }
    running.process.interrupt()
    let output = try running.finish()
    // Or it was through before the signal came.
    guard output.status != ProcessStatus.badData.rawValue else { return }
    #expect(output.status == 130 && output.messages.last?.contains("the same command continues") == true)
    #expect(try text(folder + "/why/index.html").contains("Not finished: "))
    let rest = try CommandRunner.run(arguments("why", "--threads", "1"), in: folder)
    #expect(rest.standardOutput.contains("by an earlier run"), "\(rest.standardOutput)")
    #expect(try !text(folder + "/why/index.html").contains("Not finished: "))
  }

  /// What the command wrote is no input of the next run, and a track that is new or changed is all that is heard.
  @Test func onlyWhatIsNewOrChangedIsExplained() throws {
    let folder = try corpus(4)
    func run() throws -> CommandRunner.Output { try CommandRunner.run(arguments("music/why"), in: folder) }
    #expect(try run().standardOutput.contains("music/why/index.html: 3 tracks; 1 failed"))
    let before = try content(folder + "/music/why/tracks/a")
    try noise(50, to: folder + "/music/b/1.wav")
    try noise(51, to: folder + "/music/b/new.wav")
    let again = try run()
    #expect(again.standardOutput.contains("4 tracks, 2 of them by an earlier run"), "\(again.standardOutput)")
    #expect(again.standardError.contains("left out: this folder is written to"), "\(again.standardError)")
    #expect(try content(folder + "/music/why/tracks/a") == before)
    // A page that somebody removed is made again.
    try FileManager.default.removeItem(atPath: folder + "/music/why/tracks/a/0/explanation.html")
    #expect(try run().standardOutput.contains("4 tracks, 3 of them by an earlier run"))
    #expect(try content(folder + "/music/why/tracks/a") == before)
    // Other options are another run.
    let other = try CommandRunner.run(arguments("music/why", "--no-audio"), in: folder)
    #expect(other.status == ProcessStatus.usage.rawValue)
    #expect(
      other.messages.first?.contains("belongs to another run (method") == true, "\(other.standardError)")
  }

  /// A journal from elsewhere may name any folder: what is no folder of ours is not believed.
  @Test func foldersOfAForeignJournalAreNotTaken() throws {
    let folder = try corpus(3)
    _ = try CommandRunner.run(arguments("out/why", "--no-audio"), in: folder)
    let journal = folder + "/out/why/explanations.jsonl"
    let before = try content(folder)
    for place in ["../../music", "tracks/../../../music", "/tmp/x", "music"] {
      let lines = try text(journal)
      try lines.replacing("\"folder\":\"tracks/a/0\"", with: "\"folder\":\"\(place)\"").write(
        toFile: journal, atomically: false, encoding: .utf8)
      #expect(try text(journal) != lines)
      let again = try CommandRunner.run(arguments("out/why", "--no-audio"), in: folder)
      #expect(
        again.standardOutput.contains("3 tracks, 2 of them by an earlier run"), "\(again.standardOutput)")
      #expect(try content(folder) == before, "\(place)")
    }
  }

  @Test func filesOfOthersAreLeftAlone() throws {
    let folder = try corpus(4)
    for (command, name) in [("explain", "index.html"), ("classify", "summary.csv")] {
      let output = folder + "/" + command
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: false)
      try "mine".write(toFile: output + "/" + name, atomically: false, encoding: .utf8)
      let refused = try CommandRunner.run(
        [command, "--model", try Fixture.shared.get().model, "music", "--output", command], in: folder)
      #expect(refused.status == ProcessStatus.usage.rawValue && refused.messages.count == 1)
      #expect(
        refused.messages[0].contains("\(command)/\(name): is not from an earlier run"), "\(refused.messages)")
      #expect(try text(output + "/" + name) == "mine")
    }
  }

  @Test func jsonHasTracksAndFailures() throws {
    let folder = try corpus(4)
    let output = try CommandRunner.run(arguments("why", "--no-audio", "--json"), in: folder)
    struct Document: Decodable {
      let tracks: [ExplainedFile]
      let failures: [FailedTrack]
    }
    let document = try JSONDecoder().decode(Document.self, from: Data(output.standardOutput.utf8))
    #expect(document.tracks.map(\.path) == ["a/0", "a/2", "b/1"].map { "music/\($0).wav" })
    #expect(document.failures.map(\.path) == ["music/b/3.wav"])
  }

  /// Stretches of one file are tracks of their own.
  @Test func stretchesAreExplainedByThemselves() throws {
    let folder = try corpus(2)
    try "path,start_seconds,end_seconds\nmusic/a/0.wav,0,2.5\nmusic/a/0.wav,0.9,4\n".write(
      toFile: folder + "/parts.csv", atomically: false, encoding: .utf8)
    let output = try CommandRunner.run(
      [
        "explain", "--model", try Fixture.shared.get().model, "parts.csv", "--output", "why", "--no-audio",
        "--json",
      ],
      in: folder)
    try #require(output.status == 0, "\(output.standardError)")
    let tracks =
      try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [String: [[String: Any]]]
    #expect(tracks?["tracks"]?.compactMap { $0["startSeconds"] as? Double } == [0, 0.9])
    let page = try text(folder + "/why/tracks/0 0.9-4.0 s/explanation.html")
    #expect(page.contains("Heard of the file: 0.9-4.0 s."))
  }
}
