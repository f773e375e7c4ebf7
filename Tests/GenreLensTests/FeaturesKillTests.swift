import Audio
import Foundation
import GenreLens
import Tensors
import Testing

/// `genrelens features` under SIGKILL, Ctrl-C, and in shards: always the same bytes.
@Suite(.serialized) struct FeaturesKillTests {
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
      "features", "manifest.csv", "--spec", "spec.yaml", "--output", output + "/x.npy", "--all-windows",
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
    #expect(try content(folder + "/killed") == expected)
  }

  private func lineCount(_ path: String) -> Int {
    (try? Data(contentsOf: URL(fileURLWithPath: path)))?.count { $0 == 0x0A } ?? 0
  }
}
