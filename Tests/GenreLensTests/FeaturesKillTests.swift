import Audio
import Foundation
import GenreLens
import Tensors
import TestSupport
import Testing

/// `genrelens features` under SIGKILL, Ctrl-C, and in shards: always the same bytes.
@Suite(.tags(.property, .slow), .serialized) struct FeaturesKillTests {
  private static let count = 60

  /// Half a second at 8 kHz: 8 x 32 maps.
  private static let spec =
    "sampleRateHz: 8000\nsampleCount: 4000\nfftLength: 256\nhopLength: 128\nmelBandCount: 16\nbinCount: 8\n"

  /// A folder with short tones, some that are no sound, a manifest with splits and a spec.
  private func corpus() throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    var rows: [[String]] = []
    for index in 0..<Self.count {
      let name = "\(index).wav"
      if index % 9 == 4 {
        try "no sound".write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
      } else {
        let samples = (0..<24_000).map { sin(Float($0) * Float(2 + index) / 40) / 2 }
        try Waveform(samples: samples, sampleRateHz: 8000).writeWAV(to: "\(folder)/\(name)")
      }
      rows.append([name, index % 2 == 0 ? "A" : "B", index % 3 == 0 ? "valid" : "train", "g\(index / 2)"])
    }
    try CSVTable.write(
      header: ["path", "label", "split", "group"], rows: rows, to: folder + "/manifest.csv")
    try Self.spec.write(toFile: folder + "/spec.yaml", atomically: false, encoding: .utf8)
    return folder
  }

  private func arguments(_ output: String, _ others: String...) -> [String] {
    [
      "features", "manifest.csv", "--spec", "spec.yaml", "--output", output + "/x.npy",
      "--stretch", "0.9", "--threads", "2",
    ] + others
  }

  /// The files in a folder with their bytes, hidden ones too.
  private func content(_ folder: String) throws -> [String: Data] {
    try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: [:]) { content, name in
      content[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
  }

  @Test func killedAgainAndAgainItEndsWithTheSameBytes() throws {
    let folder = try corpus()
    let whole = try CommandRunner.run(arguments("whole"), in: folder)
    #expect(whole.status == 0, "\(whole.standardError)")
    let expected = try content(folder + "/whole")
    #expect(
      expected.keys.sorted() == ["x.csv", "x.failures.csv", "x.json", "x.npy", "x.sources.csv"])
    var (random, kills) = (SeededGenerator(seed: 20), 0)
    let journal = folder + "/killed/.x.npy.journal"
    while true {
      let before = lineCount(journal)
      let running = try CommandRunner.start(arguments("killed"), in: folder)
      // Some files more than there were, and then at any moment.
      let target = before + random.index(below: 5)
      while running.process.isRunning, lineCount(journal) < target { usleep(500) }
      usleep(UInt32(random.index(below: 4000)))
      let isEnd = kills >= 20 && lineCount(journal) >= Self.count
      if !isEnd { kill(running.process.processIdentifier, SIGKILL) }
      let output = try running.finish()
      if output.status == 0 { break }
      #expect(output.status == -SIGKILL, "\(output.standardError)")
      kills += 1
    }
    #expect(kills >= 10)
    let found = try content(folder + "/killed")
    #expect(found.keys.sorted() == expected.keys.sorted())
    for name in expected.keys { #expect(found[name] == expected[name], "\(name)") }
  }

  @Test func ctrlCKeepsWhatIsDoneAndSaysSo() throws {
    let folder = try corpus()
    let journal = folder + "/stopped/.x.npy.journal"
    let running = try CommandRunner.start(arguments("stopped", "--pitch", "-2,1"), in: folder)
    while running.process.isRunning, lineCount(journal) < 4 { usleep(500) }
    running.process.interrupt()
    let output = try running.finish()
    guard output.status != 0 else { return }  // it was through before the signal came
    #expect(output.status == 130, "\(output.standardError)")
    #expect(output.messages.count == 1 && output.messages[0].contains("files are kept"), "\(output.messages)")
    let rest = try CommandRunner.run(arguments("stopped", "--pitch", "-2,1"), in: folder)
    let whole = try CommandRunner.run(arguments("whole", "--pitch", "-2,1"), in: folder)
    #expect(rest.status == 0 && whole.status == 0 && rest.standardOutput.contains("from the earlier run"))
    #expect(try content(folder + "/stopped") == (try content(folder + "/whole")))
  }

  @Test func aStoreThatSomebodyWritesIsRefused() throws {
    let folder = try corpus()
    try FileManager.default.createDirectory(atPath: folder + "/held", withIntermediateDirectories: false)
    let descriptor = unsafe open(folder + "/held/.x.npy.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    #expect(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
    let refused = try CommandRunner.run(arguments("held"), in: folder)
    #expect(refused.status == ProcessStatus.busy.rawValue && refused.messages.count == 1)
    #expect(refused.messages.first?.contains("another process is writing") == true)
    #expect(try content(folder + "/held").keys.sorted() == [".x.npy.lock"])
    close(descriptor)
    #expect(try CommandRunner.run(arguments("held"), in: folder).status == 0)
    #expect(try content(folder + "/held").keys.allSatisfy { !$0.hasPrefix(".") })
  }

  @Test func shardsAreMergedByTheCommand() throws {
    let folder = try corpus()
    let whole = try CommandRunner.run(arguments("whole", "--float16"), in: folder)
    #expect(whole.status == 0, "\(whole.standardError)")
    for shard in ["2/3", "1/3", "3/3"] {
      let output = try CommandRunner.run(arguments("parts", "--float16", "--shard", shard), in: folder)
      #expect(output.status == 0 && output.standardOutput.contains("x.shard-\(shard.prefix(1))-of-3.npy"))
    }
    func merge(_ shards: String...) throws -> CommandRunner.Output {
      try CommandRunner.run(
        ["features", "merge", "merged/x.npy"] + shards.map { "parts/x.shard-\($0)-of-3.npy" }, in: folder)
    }
    let missing = try merge("1", "2")
    #expect(missing.status == 65 && missing.messages.first?.contains("1 of 3 shards is missing: 3") == true)
    let merged = try merge("3", "1", "2")
    #expect(merged.status == 0, "\(merged.standardError)")
    #expect(try content(folder + "/merged") == (try content(folder + "/whole")))
    #expect(try FeatureStore.open(folder + "/merged/x.npy").description?.element == "<f2")
  }

  @Test func optionsWithoutMeaningAreRefused() throws {
    for (others, words) in [
      (["--shard", "4/3"], "such as 2/8"), (["--stretch", "1"], "a rate must be"),
      (["--pitch", "0"], "semitones"),
      (["--pitch", "1,1"], "twice"),
    ] as [([String], String)] {
      let output = try CommandRunner.run(["features", "a.wav", "--output", "x.npy"] + others)
      #expect(
        output.status == 64 && output.messages.first?.contains(words) == true, "\(output.standardError)")
    }
    let help = try CommandRunner.run(["features", "--help"])
    #expect(help.standardOutput.contains("--float16") && help.standardOutput.contains("features merge"))
    let mergeHelp = try CommandRunner.run(["features", "merge", "--help"])
    #expect(mergeHelp.standardOutput.contains("Example: genrelens features merge"))
  }

  private func lineCount(_ path: String) -> Int {
    (try? Data(contentsOf: URL(fileURLWithPath: path)))?.count { $0 == 0x0A } ?? 0
  }
}
