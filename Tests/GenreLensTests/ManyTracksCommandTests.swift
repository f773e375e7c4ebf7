import Foundation
import GenreLens
import TestSupport
import Testing

/// `genrelens classify` of folders, lists and many files.
@Suite(.tags(.hand)) struct ManyTracksCommandTests {
  /// A folder with copies of the fixture's two clips, `a/0.mp3` to `b/5.mp3`, and `a/none.mp3` that is no sound.
  private func music() throws -> (folder: String, model: String) {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    for name in ["a", "b"] {
      try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: false)
    }
    for index in 0..<6 {
      try FileManager.default.copyItem(
        atPath: fixture.clips[index % 2], toPath: "\(folder)/\(index < 3 ? "a" : "b")/\(index).mp3")
    }
    try "no sound".write(toFile: folder + "/a/none.mp3", atomically: false, encoding: .utf8)
    return (folder, fixture.model)
  }

  private static let names = ["a/0.mp3", "a/1.mp3", "a/2.mp3", "a/none.mp3", "b/3.mp3", "b/4.mp3", "b/5.mp3"]

  private func lines(_ output: CommandRunner.Output) -> [String] {
    output.standardOutput.split(separator: "\n").map(String.init)
  }

  @Test func aFolderIsHeardInOrderAndWhatFailsIsSaid() throws {
    let (folder, model) = try music()
    let output = try CommandRunner.run(["classify", "--model", model, "a", "b", "a/0.mp3"], in: folder)
    #expect(output.status == ProcessStatus.badData.rawValue)
    #expect(
      output.messages.count == 1 && output.messages[0].hasPrefix("genrelens: a/none.mp3: not a sound file"))
    #expect(output.standardError.contains("note: 1 name of a file that is named already"))
    #expect(
      lines(output).map { String($0.prefix { $0 != ":" }) } == Self.names.filter { $0 != "a/none.mp3" })
  }

  @Test func everyNumberOfThreadsPrintsTheSameBytes() throws {
    let (folder, model) = try music()
    var found: [String: Set<String>] = [:]
    for format in [[], ["--json"], ["--jsonl"]] {
      for threads in ["1", "2", "5"] {
        let output = try CommandRunner.run(
          ["classify", "--model", model, "a", "b", "--threads", threads] + format, in: folder)
        #expect(output.status == ProcessStatus.badData.rawValue, "\(output.standardError)")
        found[format.joined(), default: []].insert(output.standardOutput)
      }
    }
    #expect(found.count == 3 && found.values.allSatisfy { $0.count == 1 && $0.first?.isEmpty == false })
  }

  @Test func bothKindsOfJSONHaveTheFailures() throws {
    let (folder, model) = try music()
    let whole = try CommandRunner.run(["classify", "--model", model, "a", "b", "--json"], in: folder)
    struct Document: Decodable {
      let tracks: [TrackClassification]
      let failures: [FailedTrack]
    }
    let document = try JSONDecoder().decode(Document.self, from: Data(whole.standardOutput.utf8))
    #expect(document.tracks.map(\.path) == Self.names.filter { $0 != "a/none.mp3" })
    #expect(document.failures.map(\.path) == ["a/none.mp3"])
    #expect(
      document.failures[0].code == "unknown-format" && document.failures[0].reason.hasPrefix("not a sound"))

    let output = try CommandRunner.run(["classify", "--model", model, "a", "b", "--jsonl"], in: folder)
    let objects = try lines(output).map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(objects.compactMap { $0["path"] as? String } == Self.names)
    #expect(objects.map { $0["label"] == nil } == Self.names.map { $0 == "a/none.mp3" })
    #expect(objects[3]["code"] as? String == "unknown-format")
  }

  @Test func stretchesAreHeardByThemselves() throws {
    let (folder, model) = try music()
    try "path,start_seconds,end_seconds\na/0.mp3,0,3.1\na/0.mp3,3.5,9.6\na/0.mp3,,\n".write(
      toFile: folder + "/parts.csv", atomically: false, encoding: .utf8)
    let output = try CommandRunner.run(
      ["classify", "--model", model, "parts.csv", "--jsonl", "--timeline", "time", "--formats", "csv"],
      in: folder)
    try #require(output.status == 0, "\(output.standardError)")
    let tracks = try lines(output).map {
      try JSONDecoder().decode(TrackClassification.self, from: Data($0.utf8))
    }
    #expect(tracks.map(\.segment?.startSeconds) == [0, 3.5, nil])
    #expect(tracks.map { $0.windows.first?.startSeconds } == [0, 3.5, 0])
    #expect(tracks.map(\.windows.count) == [1, 2, 3])
    #expect(tracks[0].windows[0] == tracks[2].windows[0] && tracks[1].windows != tracks[2].windows)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder + "/time").sorted() == [
        "0 0.0-3.1 s.windows.csv", "0 3.5-9.6 s.windows.csv", "0.windows.csv",
      ])
  }

  @Test(arguments: [
    (["empty"], 65, "empty: no sound file in it"), (["*.ogg"], 66, "*.ogg: no file matches"),
    (["gone.m3u"], 66, "gone.m3u: no such playlist"), (["-"], 65, "standard input: no name in it"),
    (["a", "--null"], 64, "--null belongs to -"), (["a", "--json", "--jsonl"], 64, "exclude each other"),
    (["a", "--threads", "0"], 64, "--threads must be 1 to 1024"),
  ])
  func whatNamesNothingIsOneLine(_ words: [String], _ status: Int, _ message: String) throws {
    let (folder, model) = try music()
    try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: false)
    let output = try CommandRunner.run(["classify", "--model", model] + words, in: folder)
    #expect(output.status == Int32(status) && output.standardOutput.isEmpty, "\(output.standardError)")
    #expect(output.messages.count == 1 && output.messages[0].contains(message), "\(output.messages)")
  }

  @Test func modelsAreSetSideBySide() throws {
    let (folder, model) = try music()
    let other = CommandRunner.root + "/Checkpoints/fma8-smel20.safetensors"
    func run(_ words: String...) throws -> CommandRunner.Output {
      try CommandRunner.run(["classify", "--model", model, "--model", other, "a"] + words, in: folder)
    }
    struct Document: Decodable {
      let tracks: [ComparedTrack]
      let failures: [FailedTrack]
    }
    let document = try JSONDecoder().decode(Document.self, from: Data(run("--json").standardOutput.utf8))
    #expect(document.failures.map(\.path) == ["a/none.mp3"] && document.tracks.count == 3)
    // Each verdict is that of the model alone.
    for (index, path) in [model, other].enumerated() {
      let alone = try GenreModel(path: path).classify(document.tracks.map { folder + "/" + $0.path })
      #expect(document.tracks.map { $0.verdicts[index].label } == alone.values.map(\.label))
      #expect(document.tracks.map { $0.verdicts[index].probabilities } == alone.values.map(\.probabilities))
      #expect(document.tracks.map { $0.verdicts[index].windowCount } == alone.values.map(\.windows.count))
    }
    for track in document.tracks {
      #expect(track.verdicts.map(\.model) == ["model", "fma8-smel20"])
      #expect(track.agree == (track.verdicts[0].label == track.verdicts[1].label))
    }
    let table = try CSVTable(parsing: Data(run("--csv").standardOutput.utf8), path: "table")
    #expect(
      table.header.prefix(7) == [
        "path", "start_seconds", "end_seconds", "agree", "label_model", "probability_model", "p_model_Folk",
      ])
    for (record, track) in zip(table.records, document.tracks) {
      #expect(record.fields[0] == track.path && record.fields[3] == (track.agree ? "yes" : "no"))
      #expect(record.fields[4] == track.verdicts[0].label)
    }
    let text = try lines(run())
    #expect(text.count == 3)
    for (line, track) in zip(text, document.tracks) {
      #expect(
        line.hasPrefix("\(track.path): model: \(track.verdicts[0].label) ")
          && line.contains(" | fma8-smel20: "))
      #expect(line.hasSuffix("(they differ)") != track.agree)
    }
    for words in [["--output", "x"], ["--timeline", "x"], ["--model", model]] {
      let refused = try CommandRunner.run(
        ["classify", "--model", model, "--model", other, "a"] + words, in: folder)
      #expect(refused.status == 64 && refused.messages.count == 1, "\(refused.standardError)")
    }
  }

  @Test func aTableOfOneModelIsThatOfItsLines() throws {
    let (folder, model) = try music()
    let output = try CommandRunner.run(["classify", "--model", model, "b", "--csv"], in: folder)
    let table = try CSVTable(parsing: Data(output.standardOutput.utf8), path: "table")
    let tracks = try GenreModel(path: model).classify((3..<6).map { "\(folder)/b/\($0).mp3" }).values
    #expect(table.header == TrackTable(labels: ["Folk", "Hip-Hop"]).header && output.status == 0)
    #expect(table.records.map { $0.fields[3] } == tracks.map(\.label))
    #expect(table.records.map { Double($0.fields[5]) } == tracks.map { $0.probabilities["Folk"] })
  }
}
