import Foundation
import GenreLens
import TestSupport
import Testing

/// `genrelens data` as a user runs it.
@Suite(.tags(.hand), .serialized) struct CommandDataTests {
  static let tracks = CommandRunner.root + "/Tests/DatasetsTests/Golden/fma/tracks.csv"

  private func json(_ output: CommandRunner.Output) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [String: Any])
  }

  private func write(_ text: String, to path: String) throws {
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// The archive's layout with text in place of sound, and its list of sums; a file is wrong, another one missing.
  private func archive() throws -> (folder: String, clips: Int) {
    let folder = try CommandRunner.temporaryFolder()
    var source = try FMAMetadata(path: Self.tracks)
    var (list, clips) = ("", 0)
    while let track = try source.next() {
      guard track.subset == .small, track.topGenre != nil, FMATrack.knownBad[track.id] == nil else {
        continue
      }
      let text = "clip \(track.id)"
      var digest = try SHA1()
      digest.update(text)
      list += "\(digest.finish())  \(track.relativePath)\n"
      clips += 1
      if clips == 2 { continue }
      try write(clips == 1 ? "damaged" : text, to: folder + "/fma_small/" + track.relativePath)
    }
    try write(list, to: folder + "/fma_small/checksums")
    return (folder, clips)
  }

  @Test func fmaFromArchiveToManifest() throws {
    let (folder, clips) = try archive()
    let arguments = [
      "data", "fma", "--audio", "fma_small/", "--metadata", Self.tracks, "--checksums", "fma_small/checksums",
      "--output", "out/fma.csv", "--json",
    ]
    let first = try CommandRunner.run(arguments, in: folder)
    #expect(first.status == 0, "\(first.standardError)")
    let summary = try json(first)
    #expect(summary["clips"] as? Int == clips - 2)
    let leftOut = summary["leftOut"] as? [String: Int]
    #expect(leftOut == ["checksum-mismatch": 1, "missing": 1, "known-bad": 6])
    let manifest = try String(contentsOfFile: folder + "/out/fma.csv", encoding: .utf8)
    #expect(manifest.contains("\n../fma_small/000/0000"))
    #expect(try Dataset.load(folder + "/out/fma.csv").isSplit)
    #expect(try CSVTable(path: folder + "/out/fma.left-out.csv").records.count == 8)

    // Again: the journal knows every file, and the manifest is the same.
    let second = try CommandRunner.run(arguments, in: folder)
    let notes = try #require(try json(second)["notes"] as? [String])
    #expect(notes.contains { $0.hasSuffix("\(clips - 1) known from before") }, "\(notes)")
    #expect(try String(contentsOfFile: folder + "/out/fma.csv", encoding: .utf8) == manifest)
  }

  /// Killed at any moment and started again, the verification ends with the same manifest and hashes nothing twice.
  @Test func killedVerificationGoesOn() throws {
    let (folder, _) = try archive()
    func arguments(_ name: String) -> [String] {
      [
        "data", "fma", "--audio", "fma_small", "--metadata", Self.tracks, "--checksums",
        "fma_small/checksums",
        "--jobs", "1", "--output", name,
      ]
    }
    #expect(try CommandRunner.run(arguments("whole.csv"), in: folder).status == 0)
    for delay in [0.005, 0.02, 0.05, 0.1] {
      let running = try CommandRunner.start(arguments("killed.csv"), in: folder)
      Thread.sleep(forTimeInterval: delay)
      kill(running.process.processIdentifier, SIGKILL)
      _ = try running.finish()
      #expect(try CommandRunner.run(arguments("killed.csv"), in: folder).status == 0)
      for name in [".csv", ".left-out.csv"] {
        let (killed, whole) = (folder + "/killed" + name, folder + "/whole" + name)
        #expect(
          try Data(contentsOf: URL(fileURLWithPath: killed)) == Data(contentsOf: URL(fileURLWithPath: whole)))
      }
      try FileManager.default.removeItem(atPath: folder + "/killed.sha1-journal")
    }
  }

  @Test func folderIsSplitByGroupAndChecked() throws {
    let folder = try CommandRunner.temporaryFolder()
    for (genre, offset) in [("Folk", 0), ("Rock", 100)] {
      for artist in 0..<6 {
        let path = "\(folder)/music/\(genre)/\(genre)\(artist)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for song in 0..<2 {
          let seed = UInt32(offset + 2 * artist + song)
          try wavFile(SyntheticSound.integers(count: 23_000, seed: seed))
            .write(to: URL(fileURLWithPath: "\(path)/\(song).wav"))
        }
      }
    }
    let made = try CommandRunner.run(
      [
        "data", "folder", "music", "--group-by", "parent", "--split", "60/20/20", "--seed", "3", "--output",
        "m.csv",
      ],
      in: folder)
    #expect(
      made.status == 0 && made.standardOutput.hasPrefix("m.csv: 24 clips, 2 genres, 12 groups\n"), "\(made)")
    let config = folder + "/spec.yaml"
    try "sampleCount: 22050\n".write(toFile: config, atomically: true, encoding: .utf8)
    let fit = try CommandRunner.run(
      ["data", "check", "m.csv", "--spec", config, "--few-clips", "2", "--output", "r/report.json"],
      in: folder)
    #expect(fit.status == 0, "\(fit.standardError)")
    #expect(fit.standardOutput.hasSuffix("fit for training\n"), "\(fit.standardOutput)")
    let report = try JSONDecoder().decode(
      DatasetCheckReport.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/r/report.json")))
    #expect(report.isFit && report.clips.count == 24)

    // A clip of train copied over one of test: not fit, and --json says the same.
    let tracks = try Dataset.load(folder + "/m.csv")
    let (train, test) = (
      try #require(tracks.clips(in: .train).first?.path), try #require(tracks.clips(in: .test).first?.path)
    )
    try Data(contentsOf: URL(fileURLWithPath: train)).write(to: URL(fileURLWithPath: test))
    let leak = try CommandRunner.run(["data", "check", "m.csv", "--spec", config, "--json"], in: folder)
    #expect(leak.status == ProcessStatus.badData.rawValue && leak.messages.isEmpty)
    let object = try json(leak)
    #expect(object["isFit"] as? Bool == false)
    let findings = try #require(object["findings"] as? [[String: Any]])
    #expect(
      findings.contains { $0["code"] as? String == "sound-leak" && $0["severity"] as? String == "error" })

    let strict = try CommandRunner.run(["data", "check", "m.csv", "--strict"], in: folder)
    #expect(strict.status == ProcessStatus.badData.rawValue)
    #expect(strict.standardOutput.contains("error: mostly-padding 24: "))
    #expect(strict.standardOutput.contains("    ... and 19 more\n"))
  }

  @Test func gtzanAndTables() throws {
    let folder = try CommandRunner.temporaryFolder()
    for name in ["rock/rock.00000.wav", "rock/rock.00040.wav", "pop/pop.00000.wav"] {
      try write("x", to: folder + "/g/" + name)
    }
    let gtzan = try CommandRunner.run(["data", "gtzan", "g", "--output", "g.csv"], in: folder)
    #expect(
      gtzan.status == 0 && gtzan.standardOutput.hasPrefix("g.csv: 3 clips, 2 genres, left out: 927 missing"))
    #expect(gtzan.standardError.contains("note: 927 clips of the collection are not there"))
    try write(
      "file,style,year\nrock/rock.00000.wav,Rock,1999\npop/pop.00000.wav,Pop,\n", to: folder + "/list.csv")
    let table = try CommandRunner.run(
      [
        "data", "csv", "list.csv", "--path-column", "file", "--label-column", "style", "--root", "g",
        "--output", "t.csv",
      ], in: folder)
    #expect(table.status == 0, "\(table.standardError)")
    #expect(
      try String(contentsOfFile: folder + "/t.csv", encoding: .utf8)
        == "path,label,split,group,year\ng/rock/rock.00000.wav,Rock,,,1999\ng/pop/pop.00000.wav,Pop,,,\n")
  }

  @Test(arguments: [
    ("data fma --audio no --metadata no.csv --output x.csv", 66, "no: no such folder"),
    ("data fma --audio . --metadata no.csv --output x.csv", 66, "no.csv: no such file"),
    ("data fma --audio . --metadata list.csv --output x.csv", 65, "list.csv:3: ends within"),
    (
      "data fma --audio . --metadata list.csv --checksums list.csv --output x.csv", 65,
      "list.csv:1: not a SHA-1 sum"
    ),
    ("data fma --audio . --metadata list.csv --output x.npy", 64, "--output must end in .csv"),
    ("data fma --audio . --metadata list.csv --subset tiny --output x.csv", 64, "--subset tiny"),
    ("data gtzan . --output x.csv", 65, "not GTZAN"),
    ("data gtzan . --split mine --output x.csv", 64, "fault-filtered and none"),
    ("data folder . --output x.csv --split 80/20", 64, "such as 80/10/10"),
    ("data folder . --output x.csv --seed 2", 64, "--seed belongs to --split"),
    ("data folder no --output x.csv", 66, "no: no such folder"),
    ("data folder one --group-pattern ( --output x.csv", 64, "no regular expression"),
    ("data folder one --split 80/10/10 --output x.csv", 65, "only one genre"),
    (
      "data csv list.csv --output x.csv", 65,
      "list.csv:1: a manifest needs a column of labels (label, genre, genre_top"
    ),
    ("data csv list.csv --path-column song --output x.csv", 65, "no column 'song'; there are file, style"),
    ("data csv list.csv --path-column file --label-column style --output list.csv", 64, "would replace"),
    ("data csv list.csv --split 80/10/10 --split-column s --output x.csv", 64, "do not go together"),
    ("data check no", 66, "no: no such file or folder"),
    ("data check one --jobs 0", 64, "--jobs must be 1"),
    ("data check one --spec mfcc99", 64, "unknown feature spec"),
    ("data folder one --output /proc/no/x.csv", 74, "/proc/no: the folder cannot be made"),
  ]) func badInputIsOneLineAndNoFile(arguments: String, status: Int32, words: String) throws {
    let folder = try CommandRunner.temporaryFolder()
    try write("file,style\na.mp3,Folk\n", to: folder + "/list.csv")
    try write("x", to: folder + "/one/Folk/a.mp3")
    let output = try CommandRunner.run(arguments.split(separator: " ").map(String.init), in: folder)
    #expect(output.status == status && output.standardOutput.isEmpty)
    #expect(output.messages.count == 1 && output.messages[0].contains(words), "\(output.standardError)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["list.csv", "one"])
  }

  @Test func checkIsStoppedByAnInterrupt() throws {
    let folder = try CommandRunner.temporaryFolder()
    try FileManager.default.createDirectory(atPath: folder + "/d/Folk", withIntermediateDirectories: true)
    let sound = wavFile(SyntheticSound.integers(count: 22_050 * 60))
    for index in 0..<40 { try sound.write(to: URL(fileURLWithPath: "\(folder)/d/Folk/\(index).wav")) }
    let running = try CommandRunner.start(
      ["data", "check", "d", "--output", "r.json", "--jobs", "1"], in: folder)
    // Not before it listens: its first progress.
    let limit = Date().addingTimeInterval(30)
    while !running.standardError.contains("check: "), Date() < limit { Thread.sleep(forTimeInterval: 0.01) }
    kill(running.process.processIdentifier, SIGINT)
    let output = try running.finish()
    #expect(output.status == ProcessStatus.interrupted.rawValue, "\(output.standardError)")
    #expect(output.standardOutput.isEmpty && output.standardError.contains("stopped; nothing was written"))
    #expect(!FileManager.default.fileExists(atPath: folder + "/r.json"))
  }
}
