import Audio
import Foundation
import GenreLens
import Tensors
import TestSupport
import Testing

/// `genrelens classify --output` under SIGKILL and Ctrl-C, and with files that come and change: always the same bytes.
@Suite(.tags(.property), .serialized) struct ClassifyKillTests {
  private static let count = 40
  private static let names = [
    "classifications.csv", "classifications.jsonl", "failures.csv", "summary.csv",
  ]

  /// A folder `music` with noises of two seconds, some of which are no sound, in two folders.
  private func corpus() throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    for name in ["a", "b"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/music/\(name)", withIntermediateDirectories: true)
    }
    for index in 0..<Self.count {
      let path = "\(folder)/music/\(index % 2 == 0 ? "a" : "b")/\(index).wav"
      if index % 9 == 4 {
        try "no sound".write(toFile: path, atomically: false, encoding: .utf8)
      } else {
        try noise(index, to: path)
      }
    }
    return folder
  }

  private func noise(_ seed: Int, to path: String) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let samples = (0..<44_100).map { _ in Float(random.index(below: 2000)) / 2000 - 0.5 }
    try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: path)
  }

  private func arguments(_ output: String, _ others: String...) throws -> [String] {
    ["classify", "--model", try Fixture.shared.get().model, "music", "--output", output] + others
  }

  /// The files in a folder with their bytes, hidden ones too.
  private func content(_ folder: String) throws -> [String: Data] {
    try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: [:]) { content, name in
      content[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
  }

  private func lineCount(_ path: String) -> Int {
    (try? Data(contentsOf: URL(fileURLWithPath: path)))?.count { $0 == 0x0A } ?? 0
  }

  @Test func killedAgainAndAgainItEndsWithTheSameBytes() throws {
    let folder = try corpus()
    let whole = try CommandRunner.run(arguments("whole", "--threads", "1"), in: folder)
    #expect(whole.status == ProcessStatus.badData.rawValue, "\(whole.standardError)")
    let expected = try content(folder + "/whole")
    #expect(expected.keys.sorted() == Self.names)
    let (journal, failing) = (folder + "/killed/classifications.jsonl", 4)
    var (random, kills, heard, attempts) = (SeededGenerator(seed: 14), 0, Set<String>(), 1)
    while true {
      let before = lineCount(journal)
      let running = try CommandRunner.start(arguments("killed", "--threads", "3"), in: folder)
      // Failed files are tried again, which adds lines.
      let target = before + 1 + failing + random.index(below: 3)
      while running.process.isRunning, lineCount(journal) < target { usleep(500) }
      usleep(UInt32(random.index(below: 4000)))
      if kills < 12 { kill(running.process.processIdentifier, SIGKILL) }
      let output = try running.finish()
      if output.status != -SIGKILL {
        #expect(output.status == ProcessStatus.badData.rawValue, "\(output.standardError)")
        if kills >= 4 || attempts == 8 { break }
        // On a busy machine this test may come too late to kill it: once more from the beginning.
        try FileManager.default.removeItem(atPath: folder + "/killed")
        (kills, heard, attempts) = (0, [], attempts + 1)
        continue
      }
      kills += 1
      // What a killed run had heard stays heard.
      let now = try successes(journal)
      #expect(heard.isSubset(of: now))
      heard = now
    }
    #expect(kills >= 4 && heard.count > 4, "\(kills) kills, \(heard.count) heard")
    let found = try content(folder + "/killed")
    #expect(found.keys.sorted() == Self.names)
    for name in Self.names { #expect(found[name] == expected[name], "\(name)") }
  }

  /// Paths of the tracks in a journal.
  private func successes(_ journal: String) throws -> Set<String> {
    let lines = try String(contentsOfFile: journal, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    // After the last line end is what a killed write left, or nothing.
    return try Set(
      lines.dropLast().dropFirst().compactMap { line in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return object?["label"] == nil ? nil : object?["path"] as? String
      })
  }

  /// Stopped in order is one status, whichever signal asked for it.
  @Test(arguments: [SIGINT, SIGTERM]) func aSignalKeepsWhatIsDoneAndSaysSo(signal: Int32) throws {
    let folder = try corpus()
    let journal = folder + "/stopped/classifications.jsonl"
    let running = try CommandRunner.start(arguments("stopped"), in: folder)
    while running.process.isRunning, lineCount(journal) < 4 { usleep(500) }
    kill(running.process.processIdentifier, signal)
    let output = try running.finish()
    let rest = try CommandRunner.run(arguments("stopped"), in: folder)
    let whole = try CommandRunner.run(arguments("whole"), in: folder)
    #expect(try content(folder + "/stopped") == (try content(folder + "/whole")))
    // Or it was through before the signal came.
    guard output.status != ProcessStatus.badData.rawValue else { return }
    #expect(output.status == 130 && output.messages.last?.contains("the same command continues") == true)
    #expect(rest.standardOutput.contains("by an earlier run") && !whole.standardOutput.contains("earlier"))
  }

  @Test func onlyWhatIsNewOrChangedIsHeard() throws {
    let folder = try corpus()
    _ = try CommandRunner.run(arguments("out"), in: folder)
    let first = try successes(folder + "/out/classifications.jsonl")
    try noise(900, to: folder + "/music/a/0.wav")
    try noise(901, to: folder + "/music/a/4.wav")
    try noise(902, to: folder + "/music/c.wav")
    let again = try CommandRunner.run(arguments("out"), in: folder)
    #expect(
      again.standardOutput.contains("\(first.count - 1) of them by an earlier run"), "\(again.standardOutput)"
    )
    _ = try CommandRunner.run(arguments("whole"), in: folder)
    #expect(try content(folder + "/out") == (try content(folder + "/whole")))
    // Of a part only the tables are those of the part; nothing that was heard is forgotten.
    let part = try CommandRunner.run(
      ["classify", "--model", try Fixture.shared.get().model, "music/c.wav", "--output", "out"], in: folder)
    #expect(part.status == 0 && part.standardOutput.contains("1 track, 1 of them by an earlier run"))
    #expect(lineCount(folder + "/out/classifications.csv") == 2)
    #expect(try successes(folder + "/out/classifications.jsonl").count == first.count + 2)
  }

  @Test func tablesSayWhatTheLinesSay() throws {
    let folder = try corpus()
    _ = try CommandRunner.run(arguments("out"), in: folder)
    let table = try CSVTable(path: folder + "/out/classifications.csv")
    let label = try #require(table.column("label"))
    let seconds = try #require(table.column("seconds"))
    let share = try #require(table.header.firstIndex(of: "p_Folk"))
    let summary = try CSVTable(path: folder + "/out/summary.csv")
    #expect(
      summary.header == [
        "folder", "label", "tracks", "mean_probability", "seconds", "trained", "chose_epoch",
        "training_unknown",
      ])
    #expect(
      summary.records.map { Array($0.fields[..<2]) }
        == ["a", "b"].flatMap { name in
          ["Folk", "Hip-Hop"].map { ["music/" + name, $0] }
        })
    for record in summary.records {
      let tracks = table.records.filter { $0.fields[0].hasPrefix(record.fields[0] + "/") }
      let own = tracks.filter { $0.fields[label] == record.fields[1] }
      #expect(Int(record.fields[2]) == own.count)
      #expect(try abs(#require(Double(record.fields[4])) - 2 * Double(own.count)) < 0.01)
      guard record.fields[1] == "Folk" else { continue }
      let mean = tracks.compactMap { Double($0.fields[share]) }.reduce(0, +) / Double(tracks.count)
      #expect(try abs(#require(Double(record.fields[3])) - mean) < 1e-9)
    }
    #expect(table.records.allSatisfy { abs((Double($0.fields[seconds]) ?? 0) - 2) < 0.01 })
    let ledger = try CSVTable(path: folder + "/out/failures.csv")
    #expect(ledger.header == ["path", "code", "reason", "outcome", "seconds"])
    let left = ledger.records.filter { $0.fields[3] == "left-out" }
    #expect(
      left.count + table.records.count == Self.count && left.allSatisfy { $0.fields[1] == "unknown-format" })
  }

  @Test func otherOptionsAndInputsAreRefused() throws {
    let folder = try corpus()
    let model = try Fixture.shared.get().model
    _ = try CommandRunner.run(arguments("out"), in: folder)
    let before = try content(folder + "/out")
    for (words, status, message) in [
      (["--hop-seconds", "1"], 64, "belongs to another run (average, crops, hop or calibration)"),
      (["--mono", "left"], 64, "belongs to another run (mix of channels)"),
      (["--json"], 64, "--output writes JSON Lines and tables"),
    ] {
      let output = try CommandRunner.run(
        ["classify", "--model", model, "music", "--output", "out"] + words, in: folder)
      #expect(output.status == Int32(status) && output.messages.count == 1, "\(output.standardError)")
      #expect(output.messages.first?.contains(message) == true, "\(output.messages)")
    }
    let other = try CommandRunner.run(["classify", "music", "--output", "out"], in: folder)
    #expect(
      other.status == 64 && other.messages.first?.contains("another run (model") == true, "\(other.messages)")
    #expect(try content(folder + "/out") == before)
    // The table of an earlier run as a list would be written over.
    let table = try CommandRunner.run(
      ["classify", "--model", model, "out/classifications.csv", "--output", "out"], in: folder)
    #expect(table.status == 64 && table.messages.first?.contains("would replace the input") == true)
  }
}
