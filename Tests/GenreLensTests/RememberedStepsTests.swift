import Audio
import Foundation
import GenreLens
import Tensors
import TestSupport
import Testing

/// Commands that write into no folder, killed and stopped on the way: they continue after the files that were done, to the same words.
@Suite(.tags(.property), .serialized) struct RememberedStepsTests {
  private static let count = 40

  /// `list.csv` and the noises of two seconds that it names.
  private func corpus() throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    var rows: [[String]] = []
    for index in 0..<Self.count {
      var random = SeededGenerator(seed: UInt64(index))
      let samples = (0..<44_100).map { _ in Float(random.index(below: 2000)) / 2000 - 0.5 }
      try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: "\(folder)/\(index).wav")
      rows.append(["\(index).wav", index % 2 == 0 ? "Folk" : "Hip-Hop", "test", "group \(index / 4)"])
    }
    try CSVTable.write(header: ["path", "label", "split", "group"], rows: rows, to: folder + "/list.csv")
    return folder
  }

  /// The file of finished steps below a cache folder.
  private func steps(_ cache: String) -> String? {
    let folder = cache + "/genrelens"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.first { $0.hasSuffix(".steps") }.map { folder + "/" + $0 }
  }

  /// The job's line is none of them.
  private func stepCount(_ cache: String) -> Int {
    let bytes = steps(cache).flatMap { FileManager.default.contents(atPath: $0) } ?? Data()
    return max(0, bytes.count { $0 == 0x0A } - 1)
  }

  @Test(arguments: [
    "evaluate --model @model list.csv --split all --json", "data check list.csv --similar --json",
    "calibrate --model @model list.csv --split test --json --output warm.safetensors",
  ]) func killedItContinues(words: String) throws {
    let (folder, cache) = (try corpus(), try CommandRunner.temporaryFolder())
    let model = try Fixture.shared.get().model
    let arguments = words.split(separator: " ").map { $0 == "@model" ? model : String($0) }
    let environment = ["XDG_CACHE_HOME": cache]
    let whole = try CommandRunner.run(arguments, in: folder, environment: environment)
    #expect(whole.status == 0 || whole.status == ProcessStatus.badData.rawValue, "\(whole.standardError)")
    #expect(steps(cache) == nil)
    var (signals, most, attempts) = (0, 0, 1)
    while true {
      let before = stepCount(cache)
      let running = try CommandRunner.start(arguments, in: folder, environment: environment)
      while running.process.isRunning, stepCount(cache) < before + 4 { usleep(500) }
      // Killed and stopped by turns.
      if signals < 4 { kill(running.process.processIdentifier, signals % 2 == 0 ? SIGKILL : SIGTERM) }
      let output = try running.finish()
      if output.status == -SIGKILL || output.status == ProcessStatus.interrupted.rawValue {
        signals += 1
        // Nothing that was done is done again.
        #expect(stepCount(cache) >= before + 4)
        most = max(most, stepCount(cache))
        continue
      }
      #expect(output.standardOutput == whole.standardOutput && output.status == whole.status)
      #expect(steps(cache) == nil)
      if signals >= 2 || attempts == 8 { break }
      // On a busy machine this test may come too late to stop it: once more from the beginning.
      (signals, attempts) = (0, attempts + 1)
    }
    #expect(signals >= 2 && most >= 8, "\(signals) signals, \(most) steps")
  }

  /// Steps of other options, and of a file that changed, are not used.
  @Test func whatChangedIsHeardAgain() throws {
    let (folder, cache) = (try corpus(), try CommandRunner.temporaryFolder())
    let model = try Fixture.shared.get().model
    let arguments = ["evaluate", "--model", model, "list.csv", "--split", "all", "--json"]
    let environment = ["XDG_CACHE_HOME": cache]
    let running = try CommandRunner.start(arguments, in: folder, environment: environment)
    while running.process.isRunning, stepCount(cache) < 8 { usleep(500) }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.finish()
    // The first tracks are others now.
    for index in 0..<4 {
      let samples = (0..<44_100).map { Float(sin(Double($0) * 0.05 * Double(index + 1))) }
      try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: "\(folder)/\(index).wav")
    }
    let continued = try CommandRunner.run(arguments, in: folder, environment: environment)
    let fresh = try CommandRunner.run(
      arguments, in: folder, environment: ["XDG_CACHE_HOME": try CommandRunner.temporaryFolder()])
    #expect(continued.status == 0 && continued.standardOutput == fresh.standardOutput)
    // A cache folder that cannot be made costs nothing but the memory.
    let without = try CommandRunner.run(
      arguments, in: folder, environment: ["XDG_CACHE_HOME": "/proc/none", "HOME": "/proc/none"])
    #expect(without.status == 0 && without.standardOutput == fresh.standardOutput)
  }

  /// After 30 days, with the lock that a killed process leaves.
  @Test func whatNobodyContinuedGoes() throws {
    let cache = try CommandRunner.temporaryFolder()
    let folder = cache + "/genrelens"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, days) in [
      ("check-1.steps", 31), ("check-1.steps.lock", 31), ("check-2.steps", 29), ("check-2.steps.lock", 31),
      ("notes.txt", 31),
    ] {
      let date = Date(timeIntervalSinceNow: -86_400 * Double(days))
      #expect(
        FileManager.default.createFile(
          atPath: "\(folder)/\(name)", contents: nil, attributes: [.modificationDate: date]))
      try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: "\(folder)/\(name)")
    }
    let output = try CommandRunner.run(
      ["data", "check", "none.csv"], in: cache, environment: ["XDG_CACHE_HOME": cache])
    #expect(output.status == ProcessStatus.missingInput.rawValue)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
        "check-2.steps", "check-2.steps.lock", "notes.txt",
      ])
  }
}
