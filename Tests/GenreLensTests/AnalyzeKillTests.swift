import Audio
import Foundation
import GenreLens
import Tensors
import TestSupport
import Testing

/// `genrelens analyze` and `benchmark-explanations` under SIGKILL and SIGTERM: they continue after the steps that were done, and end with
/// the same bytes.
@Suite(.tags(.property, .slow), .serialized) struct AnalyzeKillTests {
  private static let count = 20

  /// A folder with noises of four seconds, one of which is no sound, and a manifest: eight of each genre to test.
  private func corpus() throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    var rows: [[String]] = []
    for index in 0..<Self.count {
      let path = "\(folder)/\(index).wav"
      if index == 7 {
        try "no sound".write(toFile: path, atomically: false, encoding: .utf8)
      } else {
        try noise(index, to: path)
      }
      rows.append([
        "\(index).wav", index % 2 == 0 ? "Folk" : "Hip-Hop", index < 4 ? "train" : "test", "g\(index / 2)",
      ])
    }
    try CSVTable.write(
      header: ["path", "label", "split", "group"], rows: rows, to: folder + "/manifest.csv")
    return folder
  }

  private func noise(_ seed: Int, to path: String) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let samples = (0..<88_200).map { place in
      // The odd ones are darker.
      let sound = Float(random.index(below: 2000)) / 2000 - 0.5
      return seed % 2 == 0 ? sound : sound * sin(Float(place) / 40)
    }
    try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: path)
  }

  private func analysis(_ output: String) throws -> [String] {
    [
      "analyze", "--model", try Fixture.shared.get().model, "manifest.csv", "--output", output,
      "--robustness",
      "14", "--shown", "3",
    ]
  }

  /// Stored maps, by a method that needs many passes for a map.
  private func analysisOfMaps(_ output: String) throws -> [String] {
    [
      "analyze", "--model", try Fixture.shared.get().model, try Fixture.shared.get().features, "--split",
      "all",
      "--output", output, "--robustness", "3", "--method", "score-cam",
    ]
  }

  private func benchmark(_ output: String) throws -> [String] {
    [
      "benchmark-explanations", "--model", try Fixture.shared.get().model, try Fixture.shared.get().features,
      "--split", "all", "--methods", "grad-cam,saliency,gradient-x-input", "--layers", "conv2,conv3",
      "--subset", "5", "--output", output,
    ]
  }

  /// All files below a folder with their bytes, hidden ones too.
  private func content(_ folder: String) throws -> [String: Data] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).reduce(into: [:]) { content, name in
      let path = folder + "/" + name
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      guard attributes[.type] as? FileAttributeType == .typeRegular else { return }
      content[name] = try Data(contentsOf: URL(fileURLWithPath: path))
    }
  }

  private func expectSame(_ found: [String: Data], _ expected: [String: Data]) {
    #expect(found.keys.sorted() == expected.keys.sorted())
    for (name, bytes) in expected { #expect(found[name] == bytes, "\(name)") }
  }

  private func size(_ path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  /// The names of the steps that are written down in a folder, in their order.
  private func steps(in folder: String) throws -> [String] {
    struct Step: Decodable { let step: String }
    let path = folder + "/.genrelens.steps"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let lines = try Data(contentsOf: URL(fileURLWithPath: path)).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // After the last line end is what a killed write left, or nothing.
    return try lines.dropLast().map { try JSONDecoder().decode(Step.self, from: $0).step }
  }

  /// Kills a command again and again, each time when it has done some steps more, until it is through.
  ///
  /// - Returns: how often, and how many steps were done.
  private func killUntilDone(
    _ arguments: [String], writing output: String, in folder: String, seed: UInt64
  ) throws -> (kills: Int, steps: Int) {
    let file = "\(folder)/\(output)/.genrelens.steps"
    var (random, kills, done) = (SeededGenerator(seed: seed), 0, [String]())
    while true {
      let before = size(file)
      let running = try CommandRunner.start(arguments, in: folder)
      var count = 1 + random.index(below: 3)
      var last = before
      while running.process.isRunning, count > 0 {
        let now = size(file)
        if now != last { (count, last) = (count - 1, now) }
        usleep(500)
      }
      usleep(UInt32(random.index(below: 20_000)))
      if kills < 25 { kill(running.process.processIdentifier, SIGKILL) }
      let ended = try running.finish()
      guard ended.status == -SIGKILL else {
        #expect(ended.status == 0, "\(ended.standardError)")
        return (kills, done.count)
      }
      kills += 1
      if !done.isEmpty, !FileManager.default.fileExists(atPath: file) {
        // It was through, and killed on its way out: steps are removed when the output is in place.
        #expect(try content("\(folder)/\(output)").keys.contains { !$0.hasPrefix(".genrelens") })
        #expect(try CommandRunner.run(arguments, in: folder).status == 0)
        return (kills, done.count)
      }
      // What was done before is there, and no step was done twice.
      let now = try steps(in: "\(folder)/\(output)")
      #expect(now.starts(with: done) && Set(now).count == now.count)
      done = now
    }
  }

  private func killAgainAndAgain(
    in folder: String, atLeast count: Int, seed: UInt64, _ arguments: (String) throws -> [String]
  ) throws {
    let whole = try CommandRunner.run(try arguments("whole"), in: folder)
    #expect(whole.status == 0, "\(whole.standardError)")
    let expected = try content(folder + "/whole")
    #expect(!expected.keys.contains { $0.split(separator: "/").contains { $0.hasPrefix(".") } })
    let (kills, steps) = try killUntilDone(
      try arguments("killed"), writing: "killed", in: folder, seed: seed)
    #expect(kills >= 3 && steps >= count, "\(kills) kills, \(steps) steps")
    expectSame(try content(folder + "/killed"), expected)
  }

  @Test func killedAgainAndAgainItEndsWithTheSameBytes() throws {
    try killAgainAndAgain(in: corpus(), atLeast: 20, seed: 3, analysis)
  }

  @Test func killedInExplanationsOfManyPassesToo() throws {
    try killAgainAndAgain(in: CommandRunner.temporaryFolder(), atLeast: 8, seed: 4, analysisOfMaps)
  }

  @Test func aKilledBenchmarkEndsWithTheSameBytes() throws {
    try killAgainAndAgain(in: CommandRunner.temporaryFolder(), atLeast: 10, seed: 5, benchmark)
  }

  /// Stopped in order: one status whichever signal asked for it, no report, and no file but those that continue it.
  @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsItInOrder(signal: Int32) throws {
    let folder = try corpus()
    let (whole, arguments) = (try analysis("whole"), try analysis("stopped"))
    #expect(try CommandRunner.run(whole, in: folder).status == 0)
    let running = try CommandRunner.start(arguments, in: folder)
    let file = folder + "/stopped/.genrelens.steps"
    while running.process.isRunning, size(file) == 0 { usleep(500) }
    usleep(50_000)
    kill(running.process.processIdentifier, signal)
    let output = try running.finish()
    // It was through before the signal came.
    guard output.status != 0 else { return }
    #expect(output.status == 130 && output.messages.count == 1, "\(output.standardError)")
    let left = try content(folder + "/stopped").keys.filter { !$0.hasPrefix("features.") }
    #expect(left == [".genrelens.steps"])
    let done = try steps(in: folder + "/stopped")
    #expect(done.count > 1)

    // Once more, until some further steps are done, and to the end.
    let again = try CommandRunner.start(arguments, in: folder)
    let before = size(file)
    while again.process.isRunning, size(file) <= before { usleep(500) }
    kill(again.process.processIdentifier, SIGKILL)
    if try again.finish().status == -SIGKILL {
      let now = try steps(in: folder + "/stopped")
      #expect(now.starts(with: done) && Set(now).count == now.count)
    }
    #expect(try CommandRunner.run(arguments, in: folder).status == 0)
    expectSame(try content(folder + "/stopped"), try content(folder + "/whole"))
  }

  /// A sound that changed meanwhile is heard again, and nothing of what it was is left in the report.
  @Test func aSoundThatChangedIsHeardAgain() throws {
    let folder = try corpus()
    let running = try CommandRunner.start(try analysis("out"), in: folder)
    let file = folder + "/out/.genrelens.steps"
    while running.process.isRunning, size(file) < 100_000 { usleep(500) }
    kill(running.process.processIdentifier, SIGKILL)
    let killed = try running.finish()
    try noise(100, to: folder + "/9.wav")
    #expect(try CommandRunner.run(try analysis("out"), in: folder).status == 0)
    #expect(try CommandRunner.run(try analysis("whole"), in: folder).status == 0)
    #expect(killed.status == -SIGKILL)
    expectSame(try content(folder + "/out"), try content(folder + "/whole"))
  }
}
