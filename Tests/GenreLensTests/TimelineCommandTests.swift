import Foundation
import GenreLens
import TestSupport
import Testing

/// `genrelens classify --timeline`.
@Suite(.tags(.hand)) struct TimelineCommandTests {
  @Test func everyFormatIsWrittenOfEachTrack() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder() + "/time"
    let formats = TimelineOptions.Output.allCases.map(\.name).joined(separator: ",")
    let output = try CommandRunner.run(
      [
        "classify", "--model", fixture.model, "--timeline", folder, "--formats", formats, "--hop-seconds",
        "0.5",
      ]
        + fixture.clips.prefix(2))
    try #require(output.status == 0, "\(output.standardError)")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { fileExtension($0) != "" }
    #expect(paths.count == 2 * TimelineOptions.Output.allCases.count, "\(paths)")
    for path in paths {
      #expect(try !Data(contentsOf: URL(fileURLWithPath: folder + "/" + path)).isEmpty, "\(path)")
    }
    let stem =
      folder + "/"
      + (try #require(paths.first { $0.hasSuffix(".windows.csv") }))
      .dropLast(".windows.csv".count)
    let table = try CSVTable(path: stem + ".windows.csv")
    let lines = try String(contentsOfFile: stem + ".windows.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(table.records.count == lines.count && lines.count > 3)
    for (record, line) in zip(table.records, lines) {
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["startSeconds"] as? Double == Double(record.fields[0]))
      #expect(object["label"] as? String == record.fields[2])
      let sum = record.fields.dropFirst(3).dropLast().reduce(0) { $0 + (Double($1) ?? .nan) }
      #expect(abs(sum - 1) < 1e-5)
    }
    let segments = try CSVTable(path: stem + ".segments.csv")
    #expect(!segments.records.isEmpty)
  }

  @Test(arguments: [
    (["--formats", "csv"], "--formats belongs to --timeline"),
    (["--timeline", "x", "--formats", "mp4"], "unknown format"),
    (["--timeline", "x", "--margin", "2"], "the margin must be 0 to 1"),
    (["--timeline", "x", "--minimum-seconds=-1"], "the shortest segment must be"),
  ]) func optionsWithoutMeaning(words: [String], message: String) throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let output = try CommandRunner.run(
      ["classify", "--model", fixture.model, fixture.clips[0]] + words, in: folder)
    #expect(output.status == ProcessStatus.usage.rawValue)
    #expect(output.standardError.contains(message), "\(output.standardError)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }

  /// Tracks of one name in two folders keep apart, and so do two endings of one name.
  @Test func filesOfOneNameKeepApart() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let paths = ["a/1.mp3", "b/1.mp3", "b/2.mp3", "b/2.flac"].map { folder + "/" + $0 }
    for path in paths {
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: fixture.clips[0], toPath: path)
    }
    let output = try CommandRunner.run(
      ["classify", "--model", fixture.model, "--timeline", folder + "/time", "--formats", "segments"] + paths)
    try #require(output.status == 0, "\(output.standardError)")
    let made = try FileManager.default.subpathsOfDirectory(atPath: folder + "/time")
      .filter { $0.hasSuffix(".csv") }.sorted()
    #expect(
      made == ["a/1.segments.csv", "b/1.segments.csv", "b/2.flac.segments.csv", "b/2.mp3.segments.csv"])
  }
}
