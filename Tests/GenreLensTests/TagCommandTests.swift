import Audio
import Foundation
import GenreLens
import TestSupport
import Testing

/// `genrelens tag`: what it writes, what it leaves alone, and that every byte comes back.
@Suite(.tags(.hand)) struct TagCommandTests {
  let folder: String
  static let folk = CommandRunner.root + "/Data/Folk/alder-hill-trio-1.mp3"
  static let model = CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.safetensors"

  init() throws {
    folder = try CommandRunner.temporaryFolder()
    try FileManager.default.createDirectory(atPath: folder + "/music", withIntermediateDirectories: true)
  }

  // MARK: - Files

  private func path(_ name: String) -> String { folder + "/music/" + name }

  private func bytes(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  private func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
  }

  /// A corpus clip with other tags in front and at the end.
  private func clip(_ name: String, front: [UInt8] = [], end: [UInt8] = []) throws {
    let sound = Array(try Data(contentsOf: URL(fileURLWithPath: Self.folk)))
    // The clips have tags of their own at both ends.
    let start =
      sound.starts(with: Array("ID3".utf8)) ? 10 + sound[6..<10].reduce(0) { $0 << 7 | Int($1) } : 0
    let stop = sound.suffix(128).starts(with: Array("TAG".utf8)) ? sound.count - 128 : sound.count
    try write(front + sound[start..<stop] + end, to: name)
  }

  private func genre(_ genre: String) -> [UInt8] { TagBytes.id3v2(4, [("TCON", TagBytes.utf8(genre))]) }

  /// All files with their bytes, hidden ones too.
  private func content() throws -> [String: Data] {
    try FileManager.default.contentsOfDirectory(atPath: folder + "/music").reduce(into: [:]) {
      content, name in
      content[name] = try Data(contentsOf: URL(fileURLWithPath: path(name)))
    }
  }

  private func times() throws -> [String: Date] {
    try FileManager.default.contentsOfDirectory(atPath: folder + "/music").reduce(into: [:]) { times, name in
      times[name] = try FileManager.default.attributesOfItem(atPath: path(name))[.modificationDate] as? Date
    }
  }

  private func tag(_ arguments: String...) throws -> CommandRunner.Output {
    try CommandRunner.run(
      ["tag"] + (arguments.contains("--undo") ? [] : ["--model", Self.model]) + arguments,
      in: folder + "/music")
  }

  @Test func foldersAndListsButNoStretches() throws {
    try clip("a.mp3")
    try clip("b.mp3", front: genre("Blues"))
    try write(Array("#EXTM3U\nb.mp3\n".utf8), to: "list.m3u")
    try write(Array("path,start_seconds,end_seconds\na.mp3,0,5\n".utf8), to: "cut.csv")
    let before = try content()
    let all = try tag(".", "--dry-run")
    #expect(all.status == 0 && all.standardOutput.split(separator: "\n").count == 2, "\(all)")
    let listed = try tag("list.m3u", "--dry-run")
    #expect(
      listed.standardOutput.hasPrefix("b.mp3: “Blues” would become")
        && listed.standardOutput.count { $0 == "\n" } == 1)
    let cut = try tag("cut.csv", "--dry-run")
    #expect(cut.status == 64 && cut.standardError.contains("a tag belongs to a whole file"))
    #expect(try content() == before)
  }

  private func genres(_ name: String) throws -> [String] { try AudioProbe(path: path(name)).tags.genres }

  // MARK: - What is written

  @Test func aDryRunChangesNothing() throws {
    try clip("a.mp3")
    try clip("b.mp3", front: genre("Rock"))
    let (before, dates) = (try content(), try times())
    let output = try tag("--dry-run", "a.mp3", "b.mp3")
    #expect(output.status == 0, "\(output)")
    let lines = output.standardOutput.split(separator: "\n")
    try #require(lines.count == 2)
    #expect(lines[0].hasPrefix("a.mp3: “Folk” would be written (the file has no genre); heard as Folk "))
    #expect(lines[1].hasPrefix("b.mp3: “Rock” would become “Folk”; heard as Folk "))
    #expect(try content() == before)
    #expect(try times() == dates)
  }

  /// Every kind of file that the tests can make; M4A and others where ffmpeg is installed.
  @Test func whatIsWrittenIsTakenBackByteForByte() throws {
    try clip("plain.mp3")
    try clip(
      "id3.mp3",
      front: TagBytes.id3v2(3, [("TIT2", TagBytes.latin1("T")), ("TCON", TagBytes.latin1("(17)"))]))
    try clip("id3v1.mp3", end: TagBytes.id3v1(title: "T", genre: 17))
    try clip("ape.mp3", end: TagBytes.ape([("Title", ["T"]), ("Genre", ["Rock"])]))
    try clip(
      "all.mp3", front: genre("Rock"),
      end: TagBytes.ape([("Genre", ["Rock"])]) + TagBytes.id3v1(title: "T", genre: 17))
    let samples = SyntheticSound.samples(count: 90_000)
    let strings = SoundFormat.strings.mapValues { $0 == "Folk" ? "Rock" : $0 }
    for (name, format, rate, strings) in [
      ("plain.wav", SoundFormat.wav, 22_050, [:]), ("list.wav", SoundFormat.wav, 22_050, strings),
      ("plain.aiff", SoundFormat.aiff, 22_050, [:]),
      ("x.flac", SoundFormat.flac, 22_050, strings),
      ("x.ogg", SoundFormat.vorbis, 22_050, strings), ("x.opus", 0x200064, 48_000, [:]),
    ] { try #require(writeSound(samples, format: format, rate: rate, strings: strings, to: path(name))) }
    if let ffmpeg = ["/usr/bin/ffmpeg"].first(where: FileManager.default.isExecutableFile) {
      let made = Process()
      made.executableURL = URL(fileURLWithPath: ffmpeg)
      made.arguments = ["-v", "error", "-i", path("x.flac"), "-metadata", "genre=Rock", path("x.m4a")]
      try made.run()
      made.waitUntilExit()
      try #require(made.terminationStatus == 0)
    }
    let before = try content()
    let names = before.keys.sorted()
    let output = try CommandRunner.run(
      ["tag", "--model", Self.model, "--write"] + names, in: folder + "/music")
    try #require(output.status == 0, "\(output)")
    #expect(
      output.standardOutput.hasSuffix(
        "to take it back: genrelens tag --undo \(folder)/music/genrelens-tags.jsonl\n")
        || output.standardOutput.contains("to take it back: genrelens tag --undo "))
    let after = try content()
    #expect(Set(after.keys) == Set(names + ["genrelens-tags.jsonl"]))
    for name in names {
      #expect(after[name] != before[name], "\(name)")
      let genre = try #require(try genres(name).first)
      #expect(
        output.standardOutput.contains("“\(genre)”")
          && output.standardOutput.contains("; heard as \(genre) "), "\(name)")
    }
    let undone = try tag("--undo", "genrelens-tags.jsonl")
    #expect(undone.status == 0, "\(undone)")
    var restored = try content()
    restored["genrelens-tags.jsonl"] = nil
    #expect(restored == before)
    // Once more changes nothing.
    let again = try tag("--undo", "genrelens-tags.jsonl")
    #expect(
      again.status == 0 && again.standardOutput.contains("plain.wav: nothing to restore, it is as it was"))
  }

  @Test func whatIsLeftAlone() throws {
    try clip("none.mp3")
    try clip("rock.mp3", front: genre("Rock"))
    try clip("folk.mp3", front: genre("folk"))
    let before = try content()
    let sure = try tag("--write", "--min-confidence", "1", "none.mp3", "rock.mp3")
    #expect(
      sure.status == 0
        && sure.standardOutput.contains(
          "none.mp3: stays without a genre: not sure enough, "),
      "\(sure)")
    #expect(sure.standardOutput.contains(" is less than 100.0 %; heard as Folk "))
    #expect(try content() == before)
    let empty = try tag("--write", "--only-empty", "none.mp3", "rock.mp3")
    #expect(empty.status == 0 && empty.standardOutput.contains("rock.mp3: “Rock” stays: it has a genre;"))
    #expect(try genres("none.mp3") == ["Folk"])
    #expect(try genres("rock.mp3") == ["Rock"])
    let old = try tag("--write", "--keep-old", "none.mp3", "rock.mp3", "folk.mp3")
    #expect(old.standardOutput.contains("folk.mp3: “folk” stays: it has this genre;"))
    #expect(try genres("rock.mp3") == ["Rock", "Folk"])
    #expect(try genres("none.mp3") == ["Folk"])
    // Two runs, one log: both are taken back.
    #expect(try tag("--undo", "genrelens-tags.jsonl").status == 0)
    #expect(try genres("none.mp3").isEmpty)
    #expect(try genres("rock.mp3") == ["Rock"])
    for (name, bytes) in before { #expect(try content()[name] == bytes) }
  }

  @Test func theJSONHasWhatWasDoneAndWhatFailed() throws {
    try clip("a.mp3", front: genre("Rock"))
    try write(Array("no sound".utf8), to: "b.mp3")
    let output = try tag("--write", "--json", "a.mp3", "b.mp3", "c.mp3")
    #expect(output.status == ProcessStatus.badData.rawValue)
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [String: Any])
    let track = try #require((document["tracks"] as? [[String: Any]])?.first)
    #expect(track["path"] as? String == "a.mp3" && track["outcome"] as? String == "written")
    #expect(track["genresBefore"] as? [String] == ["Rock"] && track["genresAfter"] as? [String] == ["Folk"])
    #expect(track["genre"] as? String == "Folk" && (track["confidence"] as? Double ?? 0) > 0.5)
    let failures = try #require(document["failures"] as? [[String: Any]])
    #expect(failures.count == 2 && failures[1]["code"] as? String == "missing")
    let ledger = try CSVTable(path: path("genrelens-tags.failures.csv"))
    #expect(ledger.records.map { $0.fields[0] } == ["b.mp3", "c.mp3"])
  }

  /// The ledger is that of the last run: where nothing failed there is none, and a file of somebody else's stays.
  @Test func noLedgerIsLeftWhereNothingFailed() throws {
    try clip("a.mp3")
    #expect(try tag("--write", "a.mp3", "gone.mp3").status == ProcessStatus.missingInput.rawValue)
    let ledger = "genrelens-tags.failures.csv"
    #expect(try CSVTable(path: path(ledger)).records.map { $0.fields[0] } == ["gone.mp3"])
    #expect(try tag("--write", "a.mp3").status == 0)
    #expect(!FileManager.default.fileExists(atPath: path(ledger)))
    try write(Array("mine".utf8), to: ledger)
    #expect(try tag("--write", "a.mp3").status == 0)
    #expect(try bytes(ledger) == Array("mine".utf8))
  }

  // MARK: - Files of other kinds

  @Test func linksAndProtectedFiles() throws {
    try clip("a.mp3")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: path("link.mp3"), withDestinationPath: "a.mp3")
    try clip("hard.mp3")
    try files.linkItem(atPath: path("hard.mp3"), toPath: path("other.mp3"))
    try clip("locked.mp3")
    try files.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path("locked.mp3"))
    let before = try content()
    let output = try tag("--write", "link.mp3", "a.mp3", "hard.mp3", "locked.mp3")
    #expect(output.status == ProcessStatus.badData.rawValue)
    #expect(output.standardError.contains("note: 1 name of a file that is named already"))
    try #require(output.messages.count == 2)
    #expect(output.messages[0].hasPrefix("genrelens: hard.mp3: has 2 names (hard links)"))
    #expect(output.messages[1] == "genrelens: locked.mp3: is write-protected: not written")
    // The link is one still, and its file has the tag.
    #expect(try files.destinationOfSymbolicLink(atPath: path("link.mp3")) == "a.mp3")
    #expect(try genres("a.mp3") == ["Folk"])
    for name in ["hard.mp3", "other.mp3", "locked.mp3"] { #expect(try content()[name] == before[name]) }
    #expect(try tag("--undo", "genrelens-tags.jsonl").status == 0)
    #expect(try content()["a.mp3"] == before["a.mp3"])
  }

  /// Permissions and attributes of a file go over to the one that takes its place.
  @Test func permissionsStay() throws {
    try clip("a.mp3")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path("a.mp3"))
    #expect(try tag("--write", "a.mp3").status == 0)
    let after = try FileManager.default.attributesOfItem(atPath: path("a.mp3"))
    #expect(after[.posixPermissions] as? Int == 0o640)
  }

  @Test func aFileThatWasChangedSinceStays() throws {
    try clip("a.mp3")
    try clip("b.mp3")
    let before = try content()
    #expect(try tag("--write", "a.mp3", "b.mp3").status == 0)
    try write(bytes("a.mp3") + [0], to: "a.mp3")
    let changed = try bytes("a.mp3")
    let undone = try tag("--undo", "genrelens-tags.jsonl")
    #expect(undone.status == ProcessStatus.badData.rawValue)
    #expect(undone.messages.count == 1)
    #expect(undone.messages[0].hasSuffix("a.mp3: was changed after it was tagged: not restored"))
    #expect(try bytes("a.mp3") == changed)
    #expect(try content()["b.mp3"] == before["b.mp3"])
    try FileManager.default.removeItem(atPath: path("a.mp3"))
    let gone = try tag("--undo", "genrelens-tags.jsonl")
    #expect(gone.status == ProcessStatus.missingInput.rawValue && gone.messages.count == 1)
  }

  // MARK: - Logs

  @Test func logsThatAreNone() throws {
    try clip("a.mp3")
    let before = try bytes("a.mp3")
    try write(Array("words\n".utf8), to: "words.jsonl")
    for arguments in [["--undo", "words.jsonl"], ["--write", "--log", "words.jsonl", "a.mp3"]] {
      let output = try CommandRunner.run(
        ["tag"] + (arguments[0] == "--undo" ? [] : ["--model", Self.model]) + arguments, in: folder + "/music"
      )
      #expect(output.status == ProcessStatus.badData.rawValue, "\(output)")
      #expect(output.messages == ["genrelens: words.jsonl: line 1 is none of a log of genrelens tag"])
    }
    #expect(try bytes("a.mp3") == before)
    #expect(try tag("--undo", "gone.jsonl").status == ProcessStatus.missingInput.rawValue)
    // A log whose bytes are others' restores nothing.
    #expect(try tag("--write", "a.mp3").status == 0)
    let tagged = try bytes("a.mp3")
    let log = try String(decoding: bytes("genrelens-tags.jsonl"), as: UTF8.self)
    let other = log.replacing(/"restore":.*\]/, with: #""restore":["AAAA"]"#)
    #expect(other != log)
    try write(Array(other.utf8), to: "genrelens-tags.jsonl")
    let refused = try tag("--undo", "genrelens-tags.jsonl")
    #expect(refused.status == ProcessStatus.badData.rawValue && refused.messages.count == 1)
    #expect(refused.messages[0].contains("the log does not hold what it was"))
    #expect(try bytes("a.mp3") == tagged)
    let same = try tag("--write", "--log", "a.mp3", "a.mp3")
    #expect(same.status == ProcessStatus.usage.rawValue)
    #expect(try bytes("a.mp3") == tagged)
  }

  @Test(arguments: [
    (["a.mp3"], "name one of --dry-run, --write and --undo"),
    (["a.mp3", "--write", "--dry-run"], "name one of --dry-run, --write and --undo"),
    (["--write"], "name the sound files"),
    (["a.mp3", "--dry-run", "--log", "x.jsonl"], "--log belongs to --write"),
    (["a.mp3", "--write", "--min-confidence", "80"], "must be 0 to 1"),
    (["a.mp3", "--undo", "x.jsonl"], "no files and no other options"),
  ]) func optionsThatDoNotGoTogether(words: [String], message: String) throws {
    try clip("a.mp3")
    let before = try content()
    let output = try CommandRunner.run(["tag"] + words, in: folder + "/music")
    #expect(output.status == ProcessStatus.usage.rawValue)
    #expect(output.messages.count == 1 && output.standardError.contains(message), "\(output)")
    #expect(try content() == before)
  }

  // MARK: - Killed

  /// Killed at any moment, each file is whole, old or new, and the log takes all of it back.
  @Test func killedAtAnyMoment() throws {
    let names = (0..<12).map { "\($0).mp3" }
    for name in names { try clip(name, front: genre("Rock")) }
    let before = try content()
    var random = SystemRandomNumberGenerator()
    for round in 0..<4 {
      let log = path("genrelens-tags.jsonl")
      let running = try CommandRunner.start(
        ["tag", "--model", Self.model, "--write"] + names, in: folder + "/music")
      let target = 1 + 3 * round
      while running.process.isRunning, (try? lines(log)) ?? 0 < target { usleep(500) }
      usleep(UInt32.random(in: 0..<30_000, using: &random))
      kill(running.process.processIdentifier, SIGKILL)
      let output = try running.finish()
      #expect(output.status == -SIGKILL || output.status == 0)
      for name in names {
        let now = try Data(bytes(name))
        if now != before[name] { #expect(try genres(name) == ["Folk"], "\(name)") }
      }
      // A line that was being written has no end.
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
      try handle.seekToEnd()
      if round == 1 { try handle.write(contentsOf: Data("{\"path\":\"0.m".utf8)) }
      try handle.close()
    }
    let finished = try CommandRunner.run(
      ["tag", "--model", Self.model, "--write"] + names, in: folder + "/music")
    #expect(finished.status == 0, "\(finished)")
    for name in names { #expect(try genres(name) == ["Folk"]) }
    #expect(try tag("--undo", "genrelens-tags.jsonl").status == 0)
    var after = try content()
    after["genrelens-tags.jsonl"] = nil
    // Nothing hidden is left either.
    #expect(after == before)
  }

  private func lines(_ path: String) throws -> Int {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count
  }

  @Test func ctrlCEndsAfterTheFile() throws {
    let names = (0..<12).map { "\($0).mp3" }
    for name in names { try clip(name) }
    let running = try CommandRunner.start(
      ["tag", "--model", Self.model, "--write"] + names, in: folder + "/music")
    while running.process.isRunning, (try? lines(path("genrelens-tags.jsonl"))) ?? 0 < 2 { usleep(500) }
    kill(running.process.processIdentifier, SIGINT)
    let output = try running.finish()
    #expect(output.status == ProcessStatus.interrupted.rawValue, "\(output)")
    let count = output.standardOutput.split(separator: "\n").filter {
      $0.contains("is now") || $0.contains("was written")
    }.count
    #expect(count >= 2 && count < 12)
    #expect(try lines(path("genrelens-tags.jsonl")) == count)
    #expect(try names.filter { try genres($0) == ["Folk"] }.count == count)
  }
}
