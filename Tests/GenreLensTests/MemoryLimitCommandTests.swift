import Foundation
import GenreLens
import TestSupport
import Testing

/// Little memory, and files that ask for much: one line and a status, soon.
@Suite(.tags(.hand, .hostile), .serialized) struct MemoryLimitCommandTests {
  /// A model of a few kilobytes whose one convolution is `convolution`.
  private static func model(_ convolution: Convolution) throws -> String {
    let architecture = Architecture(
      name: "hostile", inputShape: [1, 20, 130],
      chain: [
        ("conv1", convolution), ("gap", GlobalAveragePooling()), ("flatten", Flatten()),
        ("dense1", Dense(outputCount: 2)),
      ])
    let model = GenreModel(
      network: try Network(architecture, seed: 1), labels: ["A", "B"], featureSpec: .mfcc20,
      normalization: FeatureNormalization(
        granularity: .none, mean: Tensor(shape: [20, 1]), std: Tensor(repeating: 1, shape: [20, 1])))
    let path = try CommandRunner.temporaryFolder() + "/hostile.safetensors"
    try model.write(to: path)
    return path
  }

  @Test func aSmallModelThatAsksForGigabytesIsRefused() throws {
    let clip = try Fixture.shared.get().clips[0]
    for convolution in [
      Convolution(outputChannels: 1, kernel: [1, 1], padding: [8000, 8000]),
      Convolution(outputChannels: 100_000, kernel: [1, 1]),
    ] {
      let path = try Self.model(convolution)
      for command in ["classify", "explain"] {
        let output = try CommandRunner.run(
          [command, clip, "--model", path, "--max-memory", "2GB"]
            + (command == "explain" ? ["--output", "never"] : []))
        #expect(output.status == ProcessStatus.badData.rawValue, "\(output.standardError)")
        #expect(
          output.messages.count == 1 && output.standardError.contains("GB (conv1 "), "\(output.standardError)"
        )
        #expect(output.standardError.contains("--max-memory "))
      }
      // To look at it costs nothing.
      #expect(try CommandRunner.run(["inspect", path]).status == 0)
    }
  }

  @Test func theOptionMovesTheLimit() throws {
    let fixture = try Fixture.shared.get()
    func classify(_ size: String) throws -> CommandRunner.Output {
      try CommandRunner.run(["classify", fixture.clips[0], "--model", fixture.model, "--max-memory", size])
    }
    let refused = try classify("1MB")
    #expect(refused.status == ProcessStatus.badData.rawValue, "\(refused.standardError)")
    #expect(refused.standardError.contains("a pass of one map needs"), "\(refused.standardError)")
    #expect(refused.standardError.contains("more than the limit of 1.0 MB: --max-memory "))
    // Smaller passes say the same.
    let (small, large) = (try classify("10MB"), try classify("1GB"))
    #expect(small.status == 0 && large.status == 0 && small.standardOutput == large.standardOutput)
    #expect(try classify("much").status == ProcessStatus.usage.rawValue)
  }

  @Test func featuresAndTrainingsThatAskForGigabytesAreRefused() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    try "fftLength: 65536\nmelBandCount: 32768\nbinCount: 20\nhopLength: 128\nsampleCount: 67108864\n".write(
      toFile: folder + "/spec.yaml", atomically: true, encoding: .utf8)
    let features = try CommandRunner.run(
      ["features", fixture.clips[0], "--spec", "spec.yaml", "--output", "x.npy"], in: folder)
    #expect(features.status == ProcessStatus.badData.rawValue, "\(features.standardError)")
    #expect(
      features.messages.count == 1 && features.standardError.contains("(mel bands 68.7 GB)"),
      "\(features.standardError)")
    let training = try CommandRunner.run(
      [
        "train", fixture.features, "--output", "m.safetensors", "--set", "network.channels=[1000]", "--set",
        "network.firstSame=true", "--batch-size", "1024",
      ], in: folder)
    #expect(training.status == ProcessStatus.badData.rawValue, "\(training.standardError)")
    #expect(training.standardError.contains("a smaller batchSize needs less"), "\(training.standardError)")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(!left.contains("x.npy") && !left.contains("m.safetensors"))
  }

  /// Under `ulimit -v`, in kilobytes.
  private static func run(_ arguments: [String], limit: Int) throws -> CommandRunner.Output {
    try CommandRunner.run(
      ["-c", "ulimit -v \(limit) && exec \"$0\" \"$@\"", CommandRunner.program] + arguments,
      program: "/bin/sh")
  }

  /// Above what a command needs at least, memory may still run out: the runtime's own words are not added.
  @Test func memoryThatRunsOutIsOneLine() throws {
    let folder = try CommandRunner.temporaryFolder()
    let values = Tensor(shape: [64, 128, 1200])
    try NumpyFile.write(values, to: folder + "/x.npy")
    let rows = (0..<64).map { ["\($0)", ["A", "B"][$0 % 2], $0 < 48 ? "train" : "valid"] }
    try CSVTable.write(header: ["row", "label", "split"], rows: rows, to: folder + "/x.csv")
    let output = try Self.run(
      ["train", folder + "/x.npy", "--output", folder + "/m.safetensors", "--batch-size", "32"],
      limit: 530_000)
    #expect(output.status == ProcessStatus.noMemory.rawValue, "\(output.standardError)")
    #expect(
      output.standardError
        == "genrelens: out of memory: the address space is limited to 542 MB (ulimit -v)\n")
  }

  @Test(arguments: [250_000, 350_000, 490_000]) func aLowLimitOfTheAddressSpaceEndsEveryCommand(limit: Int)
    throws
  {
    let fixture = try Fixture.shared.get()
    for arguments in [["probe", fixture.clips[0]], ["inspect", fixture.model], ["--version"]] {
      let output = try Self.run(arguments, limit: limit)
      #expect(output.status == 0 && output.standardError.isEmpty, "\(arguments): \(output.standardError)")
    }
    for arguments in [
      ["classify", fixture.clips[0], "--model", fixture.model],
      ["features", fixture.clips[0], "--output", "/tmp/never.npy"],
      ["analyze", "--model", fixture.model, fixture.features, "--output", "/tmp/never"],
    ] {
      let output = try Self.run(arguments, limit: limit)
      #expect(output.status == ProcessStatus.noMemory.rawValue, "\(arguments): \(output.standardError)")
      #expect(output.standardError.contains("MB (ulimit -v): this command needs 512 MB at least"))
      #expect(output.standardError.split(separator: "\n").count == 1)
    }
  }
}
