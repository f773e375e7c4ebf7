import Foundation
import GenreLens
import Tensors
import TestSupport
import Testing

/// `train` that is killed, stopped, refused or out of space, from the command line.
@Suite(.tags(.property, .slow), .serialized) struct CommandResumeTests {
  /// A feature file of small maps and settings in which every part of a training's state matters.
  private struct Job {
    let folder: String
    let config: String
    var model: String { folder + "/m.safetensors" }
    var state: String { folder + "/m.training-state" }
    static let results = [
      "m.curve.png", "m.history.csv", "m.history.jsonl", "m.md", "m.safetensors", "m.tensorboard",
    ]

    init(_ settings: String = Job.settings) throws {
      folder = try CommandRunner.temporaryFolder()
      config = folder + "/c.yaml"
      try settings.write(toFile: config, atomically: true, encoding: .utf8)
      try Self.writeMaps(folder + "/x.npy", seed: 1)
    }

    static let settings = """
      epochs: 5
      batchSize: 4
      optimizer: sgd
      nesterov: true
      schedule: one-cycle
      learningRate: 0.05
      averagingDecay: 0.9
      gradientClipNorm: 1
      balancedSampling: true
      network: {channels: [4, 6], kernel: [3, 3], batchNormalization: true, hiddenUnits: 8}
      augmentation: {timeShiftFrames: 3, noise: 0.1, mixup: 0.2}
      """

    /// 40 maps of 8 x 12 of three genres, one of them rare.
    static func writeMaps(_ path: String, seed: UInt64) throws {
      var generator = SeededGenerator(seed: seed)
      let labels = (0..<40).map { $0 % 9 == 8 ? 2 : $0 % 2 }
      var maps = Tensor(shape: [40, 8, 12])
      for item in 0..<40 {
        for bin in 0..<8 {
          for frame in 0..<12 {
            maps[item, bin, frame] = generator.normal() + (bin % 3 == labels[item] ? 1.5 : 0)
          }
        }
      }
      try NumpyFile.write(maps, to: path)
      let rows = (0..<40).map {
        ["\($0)", "clip\($0)", "genre\(labels[$0])", $0 % 5 > 2 ? "valid" : "train"]
      }
      try CSVTable.write(
        header: ["row", "path", "label", "split"], rows: rows, to: path.replacing(".npy", with: ".csv"))
    }

    func arguments(_ more: [String] = []) -> [String] {
      ["train", "x.npy", "--config", "c.yaml", "--output", "m.safetensors"] + more
    }

    func start(_ more: [String] = []) throws -> Running {
      // Threads that wait without turning: the test measures nothing, and others need the processors.
      try CommandRunner.start(
        ["OMP_WAIT_POLICY=passive", CommandRunner.program] + arguments(more), in: folder,
        program: "/usr/bin/env")
    }

    func run(_ more: [String] = []) throws -> CommandRunner.Output { try start(more).finish() }

    func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: model)) }

    func timelessHistory() -> [EpochRecord] {
      EpochRecord.history(besideModel: model).map {
        var record = $0
        (record.seconds, record.clipsPerSecond) = (0, nil)
        return record
      }
    }

    /// What lies in the folder beside the data.
    func files() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder).filter {
        !["x.npy", "x.csv", "c.yaml"].contains($0)
      }
      .sorted()
    }
  }

  /// Kills at seeded random moments, from the process's start to the writing of the model; then once to the end.
  @Test func killedAtAnyMomentItEndsWithTheSameBytes() throws {
    let job = try Job()
    // The model, its history and curve: what is compared, and little beside it.
    let plain = ["--no-card", "--no-tensorboard"]
    let began = Date()
    #expect(try job.run(plain).status == 0)
    let seconds = Date().timeIntervalSince(began)
    let (expected, history) = (try job.bytes(), job.timelessHistory())
    #expect(history.count == 5)
    var generator = SeededGenerator(seed: 6)
    var (kills, ends, resumed) = (0, 0, 0)
    while kills < 12, ends < 40 {
      let running = try job.start(["--resume", "--checkpoint-seconds", "0.01"] + plain)
      Thread.sleep(forTimeInterval: Double(generator.uniform()) * 1.1 * seconds)
      if running.process.isRunning {
        kill(running.process.processIdentifier, SIGKILL)
        kills += 1
      }
      let output = try running.finish()
      #expect([0, -9].contains(output.status), "\(output.standardError)")
      if FileManager.default.fileExists(atPath: job.state) { resumed += 1 }
      guard output.status == 0 else { continue }
      // A complete one; the next begins anew.
      ends += 1
      #expect(try job.bytes() == expected)
      #expect(job.timelessHistory() == history)
      for name in try job.files() { try FileManager.default.removeItem(atPath: job.folder + "/" + name) }
    }
    #expect(kills == 12 && resumed > 0)
    #expect(try job.run(["--resume"] + plain).status == 0)
    #expect(try job.bytes() == expected)
    #expect(job.timelessHistory() == history)
    // Neither a state nor anything half written is left.
    #expect(try job.files() == Job.results.filter { !["m.md", "m.tensorboard"].contains($0) })
  }

  @Test func finishedTrainingSaysSo() throws {
    let job = try Job()
    #expect(try job.run(["--resume"]).status == 0)
    let before = try job.bytes()
    let again = try job.run(["--resume"])
    #expect(again.status == 0 && again.standardOutput.contains("finished before: all epochs run"))
    #expect(!again.standardError.contains("epoch"))
    #expect(try job.bytes() == before)
    // Other settings are another training.
    let other = try job.run(["--resume", "--seed", "2"])
    #expect(other.status == 0 && !other.standardOutput.contains("finished before"))
    #expect(try job.bytes() != before)
  }

  @Test(arguments: [SIGTERM, SIGINT]) func stoppedTrainingGoesOn(signal: Int32) throws {
    let job = try Job()
    #expect(try job.run().status == 0)
    let expected = try job.bytes()
    try FileManager.default.removeItem(atPath: job.model)
    let running = try job.start()
    while !running.standardError.contains("training:"), running.process.isRunning {
      Thread.sleep(forTimeInterval: 0.005)
    }
    kill(running.process.processIdentifier, signal)
    let stopped = try running.finish()
    // It may have been done by then, or not yet have an epoch.
    #expect([0, 130].contains(stopped.status), "\(stopped.standardError)")
    let resumed = try job.run(["--resume"])
    #expect(resumed.status == 0, "\(resumed.standardError)")
    #expect(try job.bytes() == expected)
    #expect(!FileManager.default.fileExists(atPath: job.state))
  }

  /// Leaves a state of this job behind.
  private func leaveState(_ job: Job) throws {
    let running = try job.start(["--checkpoint-seconds", "0"])
    while !FileManager.default.fileExists(atPath: job.state), running.process.isRunning {
      Thread.sleep(forTimeInterval: 0.001)
    }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.finish()
    try #require(FileManager.default.fileExists(atPath: job.state))
  }

  @Test func stateOfAnotherTrainingIsRefused() throws {
    let job = try Job()
    try leaveState(job)
    let state = try Data(contentsOf: URL(fileURLWithPath: job.state))
    func refused(_ more: [String], _ words: String) throws {
      let output = try job.run(["--resume"] + more)
      #expect(output.status == ProcessStatus.badData.rawValue)
      #expect(output.messages.count == 1 && output.messages[0].contains(words), "\(output.standardError)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: job.state)) == state)
    }
    try refused(["--learning-rate", "0.1"], "learningRate is 0.05 there and 0.1 here")
    try refused(["--epochs", "9"], "epochs is 5 there and 9 here")
    try refused(["--genres", "genre0,genre1"], "its classes are genre0, genre1, genre2, here genre0, genre1")
    try Job.writeMaps(job.folder + "/x.npy", seed: 2)
    try refused([], "other maps or labels")
    try Data(state.prefix(1000)).write(to: URL(fileURLWithPath: job.state))
    let output = try job.run(["--resume"])
    #expect(output.status == ProcessStatus.badData.rawValue && output.messages.count == 1)
    // Without --resume it is no matter.
    #expect(try job.run().status == 0)
    // Neither a state nor anything half written is left.
    #expect(try job.files() == Job.results)
  }

  @Test func twoTrainingsOnOneOutput() throws {
    let job = try Job(Job.settings.replacing("epochs: 5", with: "epochs: 100000") + "\npatience: 100000\n")
    let first = try job.start()
    while !first.standardError.contains("training:"), first.process.isRunning {
      Thread.sleep(forTimeInterval: 0.01)
    }
    let second = try job.run()
    #expect(second.status == ProcessStatus.busy.rawValue)
    #expect(
      second.messages == [
        "genrelens: m.safetensors: another process is writing this file: let it finish, or end it first"
      ])
    kill(first.process.processIdentifier, SIGKILL)
    _ = try first.finish()
    // The lock died with its holder.
    let third = try job.run(["--epochs", "1"])
    #expect(third.status == 0, "\(third.standardError)")
  }

  /// A limit on the size of files stands for a full disk: writes fail with one line, and nothing that was there is lost.
  @Test func outOfSpace() throws {
    let job = try Job()
    #expect(try job.run().status == 0)
    let expected = try job.bytes()
    // The state is several times the model's size. Between both: it cannot be kept, the training ends well.
    let kilobytes = expected.count / 1024 + 2
    let unkept = try limited(job, kilobytes: kilobytes, ["--checkpoint-seconds", "0"])
    #expect(unkept.status == 0, "\(unkept.standardError)")
    #expect(unkept.standardError.contains("note: the training's state could not be kept"))
    #expect(try job.bytes() == expected)
    // Below the model's size: the model that was there stays, and the state, and a resumed training ends.
    try leaveState(job)
    let state = try Data(contentsOf: URL(fileURLWithPath: job.state))
    let full = try limited(job, kilobytes: 1, ["--resume"])
    #expect(full.status == ProcessStatus.inputOutput.rawValue, "\(full.standardError)")
    #expect(full.messages.count == 1 && full.messages[0].contains("m.safetensors: cannot write"))
    #expect(try job.bytes() == expected)
    #expect(try Data(contentsOf: URL(fileURLWithPath: job.state)) == state)
    #expect(try job.files().allSatisfy { !$0.hasPrefix(".") })
    try FileManager.default.removeItem(atPath: job.model)
    #expect(try job.run(["--resume"]).status == 0)
    #expect(try job.bytes() == expected)
  }

  private func limited(_ job: Job, kilobytes: Int, _ more: [String]) throws -> CommandRunner.Output {
    let words = ([CommandRunner.program] + job.arguments(more)).map { "'\($0)'" }.joined(separator: " ")
    // bash counts in kilobytes.
    return try CommandRunner.run(
      ["-c", "ulimit -f \(kilobytes) && exec env OMP_WAIT_POLICY=passive \(words)"], in: job.folder,
      program: "/bin/bash")
  }

  /// The best epoch is kept, one line says where numbers ended, and the status says that they did. The L2 term grows with
  /// the rate, until a step more than undoes each weight.
  @Test func divergenceKeepsTheBestEpoch() throws {
    let job = try Job(
      """
      epochs: 30
      batchSize: 10
      optimizer: sgd
      momentum: 0
      weightDecay: 1000
      learningRate: 1
      schedule: one-cycle
      oneCycle: {startDivisor: 100000, cyclesMomentum: false, risingShare: 1}
      network: {channels: [4], kernel: [3, 3], hiddenUnits: 8, dropout: 0, order: relu-pool}
      """)
    let output = try job.run()
    #expect(
      output.status == ProcessStatus.diverged.rawValue, "\(output.standardOutput) \(output.standardError)")
    #expect(output.standardOutput.contains("diverged in epoch"))
    #expect(output.messages.count == 1)
    let line = try #require(output.messages.first)
    #expect(line.contains(" is not finite") && line.contains("learning rate"), "\(line)")
    let model = try GenreModel(path: job.model)
    #expect(model.provenance.outcome == "diverged" && model.provenance.bestEpoch >= 1)
    #expect(model.network.parameters.isFinite && !FileManager.default.fileExists(atPath: job.state))
  }
}
