import Files
import Foundation
import GenreLens
import Tensors
import TestSupport
import Testing

/// `train --features-of` and `--initial-weights` as a user runs them.
@Suite(.tags(.property, .slow), .serialized) struct TransferCommandTests {
  /// A folder with `x.npy`, 40 maps of 8 x 12 of three genres, and a model of them, `base.safetensors`.
  private func folder() throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    var generator = SeededGenerator(seed: 4)
    var maps = Tensor(shape: [40, 8, 12])
    for item in 0..<40 {
      for bin in 0..<8 {
        for frame in 0..<12 { maps[item, bin, frame] = generator.normal() + (bin % 3 == item % 3 ? 1.5 : 0) }
      }
    }
    try NumpyFile.write(maps, to: folder + "/x.npy")
    let rows = (0..<40).map { ["\($0)", "clip\($0)", "genre\($0 % 3)", $0 % 5 > 2 ? "valid" : "train"] }
    try CSVTable.write(header: ["row", "path", "label", "split"], rows: rows, to: folder + "/x.csv")
    let base = try CommandRunner.run(
      [
        "train", "x.npy", "--epochs", "2", "--batch-size", "8", "--set", "network.channels=[4]", "--set",
        "network.kernel=[3,3]", "--set", "network.batchNormalization=true", "--set", "network.hiddenUnits=6",
        "--output", "base.safetensors", "--no-tensorboard",
      ], in: folder)
    #expect(base.status == 0, "\(base.standardError)")
    return folder
  }

  private let few = ["--epochs", "3", "--batch-size", "8", "--learning-rate", "0.02", "--no-tensorboard"]

  @Test func aHeadIsAModelLikeAnyOther() throws {
    let folder = try folder()
    let train = try CommandRunner.run(
      ["train", "x.npy", "--features-of", "base.safetensors", "--output", "head.safetensors"] + few,
      in: folder)
    #expect(train.status == 0, "\(train.standardError)")
    #expect(
      train.standardError.contains(
        "note: begun with the features of base.safetensors at relu2; the head is new"))
    let (base, head) = (
      try GenreModel(path: folder + "/base.safetensors"), try GenreModel(path: folder + "/head.safetensors")
    )
    #expect(head.network.parameters["conv1.weight"] == base.network.parameters["conv1.weight"])
    for arguments in [
      ["evaluate", "--model", "head.safetensors", "x.npy", "--split", "valid"],
      ["inspect", "head.safetensors"],
    ] {
      let output = try CommandRunner.run(arguments, in: folder)
      #expect(output.status == 0, "\(arguments): \(output.standardError)")
    }
    let inspect = try CommandRunner.run(["inspect", "head.safetensors"], in: folder).standardOutput
    #expect(inspect.contains("begun with     the features of base.safetensors at relu2"))
    #expect(inspect.contains("head.dense"))
    // A head on a head.
    let second = try CommandRunner.run(
      [
        "train", "x.npy", "--features-of", "head.safetensors", "--layer", "flatten", "--set", "headUnits=[4]",
        "--output", "second.safetensors",
      ] + few, in: folder)
    #expect(second.status == 0, "\(second.standardError)")
  }

  @Test func killedItEndsWithTheSameBytes() throws {
    let folder = try folder()
    func arguments(_ name: String) -> [String] {
      [
        "train", "x.npy", "--initial-weights", "base.safetensors", "--frozen-layers", "conv1,bn1", "--set",
        "layerRates={dense1: 0.5}", "--epochs", "20", "--patience", "20", "--batch-size", "8", "--no-card",
        "--no-tensorboard", "--checkpoint-seconds", "0", "--resume", "--output", name + ".safetensors",
      ]
    }
    let whole = try CommandRunner.run(arguments("whole"), in: folder)
    #expect(whole.status == 0, "\(whole.standardError)")
    let running = try CommandRunner.start(arguments("broken"), in: folder)
    while !FileManager.default.fileExists(atPath: folder + "/broken.training-state"),
      running.process.isRunning
    {
      Thread.sleep(forTimeInterval: 0.001)
    }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.finish()
    let rest = try CommandRunner.run(arguments("broken"), in: folder)
    #expect(rest.status == 0, "\(rest.standardError)")
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: folder + "/broken.safetensors"))
        == Data(contentsOf: URL(fileURLWithPath: folder + "/whole.safetensors")))
  }

  @Test func oneClearLine() throws {
    let folder = try folder()
    func line(_ more: String...) throws -> String {
      let output = try CommandRunner.run(
        ["train", "x.npy", "--output", "m.safetensors"] + few + more, in: folder)
      #expect(output.status != 0 && !FileManager.default.fileExists(atPath: folder + "/m.safetensors"))
      let lines = output.standardError.split(separator: "\n").filter {
        !$0.hasPrefix("Usage") && !$0.hasPrefix("  See")
      }
      #expect(lines.count == 1, "\(output.standardError)")
      return String(lines.first ?? "")
    }
    let features = ["--features-of", "base.safetensors"]
    #expect(try line(features[0], features[1], "--layer", "dens1").contains("no layer \"dens1\""))
    #expect(try line(features[0], features[1], "--initial-weights", "base.safetensors").contains("together"))
    #expect(try line("--layer", "relu2").contains("--layer belongs to --features-of"))
    #expect(try line("--features-of", "nothing.safetensors").contains("nothing.safetensors"))
    #expect(
      try line("--initial-weights", "base.safetensors", "--frozen-layers", "conv2").contains(
        "frozenLayers names \"conv2\", which no layer is called; did you mean conv1?"))
    let weights = ["--initial-weights", "base.safetensors"]
    #expect(
      try line(weights[0], weights[1], "--set", "layerRates={conv7: 0.1}").contains(
        "layerRates names \"conv7\""))
    #expect(try line(weights[0], weights[1], "--spec", "mfcc20").contains("stated are 20 MFCC x 130 frames"))
    // It would write over the model that it reads.
    let over = try CommandRunner.run(
      ["train", "x.npy", "--features-of", "base.safetensors", "--output", "base.safetensors"] + few,
      in: folder)
    #expect(over.status != 0 && over.messages.count == 1, "\(over.standardError)")
  }
}
