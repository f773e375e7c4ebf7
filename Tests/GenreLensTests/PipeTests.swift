import Foundation
import GenreLens
import TestSupport
import Testing

/// Pipes, devices and folders in the place of files: refused at once as inputs, never replaced as outputs; links are followed.
///
/// A command that waited for the other end of a pipe would not end: ``Running/finish()`` reports that.
@Suite(.tags(.hand, .hostile), .serialized) struct PipeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let arguments: String
    let status: ProcessStatus
    let words: String

    init(_ arguments: String, _ status: ProcessStatus, _ words: String) {
      (self.arguments, self.status, self.words) = (arguments, status, words)
    }

    var testDescription: String { arguments }
  }

  private static let inputs: [Case] = [
    Case("train pipe.npy --output m.safetensors", .badData, "pipe.npy: not a NumPy file: it is a pipe"),
    Case(
      "train described.npy --output m.safetensors", .badData,
      "described.json: not a description of feature maps: it is a pipe"),
    Case("train pipe.csv --output m.safetensors", .badData, "pipe.csv: not a CSV file: it is a pipe"),
    Case(
      "train s.npy --config pipe --output m.safetensors", .badData, "pipe: not a configuration: it is a pipe"),
    Case(
      "train s.npy --config folder --output m.safetensors", .badData,
      "folder: not a configuration: it is a folder"),
    Case(
      "features @clip --spec pipe.yaml --output x.npy", .badData,
      "pipe.yaml: not a configuration: it is a pipe"),
    Case(
      "features @clip --spec folder.yaml --output x.npy", .badData,
      "folder.yaml: not a configuration: it is a folder"),
    Case("search s.npy --space pipe --output out", .badData, "pipe: not a configuration: it is a pipe"),
    Case("inspect pipe", .badData, "pipe: not a checkpoint: it is a pipe"),
    Case("probe pipe", .badData, "pipe: this is a device or pipe"),
    Case("compare pipe pipe", .badData, "pipe: no report: it is a pipe"),
    Case(
      "data fma --audio folder --metadata s.csv --checksums pipe --output f.csv", .badData,
      "pipe: not a list of checksums: it is a pipe"),
    Case("features @clip --output folder.npy", .inputOutput, "folder.npy: cannot write: it is a folder"),
    Case("features @clip --output pipe.npy", .inputOutput, "pipe.csv: cannot write: it is a pipe"),
    Case("features @clip --output described.npy", .inputOutput, "described.json: cannot write: it is a pipe"),
    Case("features @clip --output null.npy", .inputOutput, "null.npy: cannot write: it is a device"),
    Case(
      "train s.npy --output pipe.safetensors", .inputOutput, "pipe.safetensors: cannot write: it is a pipe"),
    Case("data folder music --output pipe.csv", .inputOutput, "pipe.csv: cannot write: it is a pipe"),
    Case(
      "explain --model @model @clip --output out-pipe", .inputOutput,
      "out-pipe/map.npy: cannot write: it is a pipe"),
  ]

  @Test(arguments: inputs) func refused(_ one: Case) throws {
    let (fixture, folder) = (try Fixture.shared.get(), try makeFolder())
    let files = ["@model": fixture.model, "@clip": fixture.clips[0]]
    let before = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
    let output = try CommandRunner.run(
      one.arguments.split(separator: " ").map { files[String($0)] ?? String($0) }, in: folder)
    #expect(output.status == one.status.rawValue, "\(output.standardError)")
    #expect(output.messages.count == 1 && output.messages[0].contains(one.words), "\(output.standardError)")
    #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == before)
    for name in ["pipe", "pipe.npy", "pipe.csv", "pipe.safetensors", "described.json", "out-pipe/map.npy"] {
      var status = stat()
      #expect(
        unsafe lstat(folder + "/" + name, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO, "\(name)")
    }
  }

  private func makeFolder() throws -> String {
    let (folder, fixture) = (try CommandRunner.temporaryFolder(), try Fixture.shared.get())
    let files = FileManager.default
    for name in ["folder", "folder.yaml", "folder.npy", "out-pipe", "music/Folk"] {
      try files.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
    }
    try files.copyItem(atPath: fixture.clips[0], toPath: folder + "/music/Folk/a.mp3")
    for name in [
      "pipe", "pipe.npy", "pipe.csv", "pipe.yaml", "pipe.safetensors", "described.json", "out-pipe/map.npy",
    ] {
      #expect(unsafe mkfifo(folder + "/" + name, 0o600) == 0)
    }
    for ending in ["npy", "csv", "json"] {
      try files.copyItem(
        atPath: String(fixture.features.dropLast(3)) + ending, toPath: folder + "/s." + ending)
    }
    for ending in ["npy", "csv"] {
      try files.copyItem(atPath: folder + "/s." + ending, toPath: folder + "/described." + ending)
    }
    try files.createSymbolicLink(atPath: folder + "/null.npy", withDestinationPath: "/dev/null")
    return folder
  }

  /// Every kind of output through a link: the link stays, what it leads to is new.
  @Test func linksAreWrittenThrough() throws {
    let (fixture, folder) = (try Fixture.shared.get(), try CommandRunner.temporaryFolder())
    let files = FileManager.default
    try files.createDirectory(atPath: folder + "/far", withIntermediateDirectories: true)
    let names = [
      "x.npy", "x.csv", "m.safetensors", "m.md", "m.history.jsonl", "m.curve.png", "list.csv", "check.json",
      "out/map.npy", "out/kept.wav", "out/explanation.png", "out/explanation.json",
    ]
    for name in ["out", "music/Folk", "music/Jazz"] {
      try files.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
    }
    for (name, clip) in zip(["music/Folk", "music/Jazz"], fixture.clips) {
      try files.copyItem(atPath: clip, toPath: folder + "/" + name + "/a.mp3")
    }
    for name in names {
      let target = folder + "/far/" + name.replacing("/", with: "-")
      // Half of them lead to files that are there.
      if name.count % 2 == 0 { try "old".write(toFile: target, atomically: false, encoding: .utf8) }
      try files.createSymbolicLink(atPath: folder + "/" + name, withDestinationPath: target)
    }
    for arguments in [
      ["features", fixture.manifest, "--spec", "mfcc20", "--output", "x.npy"],
      ["train", "x.npy", "--output", "m.safetensors", "--config", fixture.folder + "/config.yaml"],
      ["data", "folder", "music", "--output", "list.csv"],
      ["data", "check", "x.npy", "--output", "check.json"],
      ["explain", "--model", "m.safetensors", fixture.clips[0], "--output", "out"],
    ] {
      let output = try CommandRunner.run(arguments, in: folder)
      // The check says that so few clips are not fit for training.
      #expect(output.status == 0 || arguments[1] == "check", "\(output.standardError)")
    }
    for name in names {
      var status = stat()
      #expect(
        unsafe lstat(folder + "/" + name, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK, "\(name)")
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/far/" + name.replacing("/", with: "-")))
      #expect(data.count > 10, "\(name)")
    }
    #expect(try FeatureStore.open(folder + "/x.npy").count == 48)
    // The history grew line by line through its link.
    #expect(EpochRecord.history(besideModel: folder + "/m.safetensors").count == 3)
    let rest = try files.subpathsOfDirectory(atPath: folder).filter {
      $0.split(separator: "/").last?.hasPrefix(".") == true
    }
    #expect(rest.isEmpty, "\(rest)")
  }
}
