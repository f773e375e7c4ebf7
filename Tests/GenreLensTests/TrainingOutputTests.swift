import Foundation
import LibrarySupport
import TestSupport
import Testing

@testable import GenreLens
@testable import Training

/// What a training leaves beside its model.
@Suite(.tags(.hand), .serialized) struct TrainingOutputTests {
  @Test func storedConfigurationTrainsTheSameModelAgain() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let printed = try CommandRunner.run(["inspect", fixture.model, "--config"])
    #expect(printed.status == 0, "\(printed.standardError)")
    // The features of the file that was trained on, not the plan's default.
    #expect(printed.standardOutput.contains("\n  sampleCount: 66150\n"))
    try printed.standardOutput.write(toFile: folder + "/again.yaml", atomically: true, encoding: .utf8)
    let again = try CommandRunner.run(
      ["train", fixture.features, "--output", "again.safetensors", "--config", "again.yaml"], in: folder)
    #expect(again.status == 0, "\(again.standardError)")
    let files = try [fixture.model, folder + "/again.safetensors"].map {
      try Data(contentsOf: URL(fileURLWithPath: $0))
    }
    #expect(files[0] == files[1])
  }

  @Test func modelsOfEarlierVersionsTellWhatTheyKnow() throws {
    let path = CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.safetensors"
    let plan = try #require(try GenreModel(path: path).trainingPlan)
    // The file that it was trained with; it does not hold all keys.
    var expected = try TrainingPlan(path: CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.yaml")
    expected.training.architecture = plan.training.architecture
    #expect(plan == expected)
    let printed = try CommandRunner.run(["inspect", path, "--config"])
    #expect(printed.status == 0 && printed.standardOutput.contains("\ngenres: [Folk, Hip-Hop]\n"))
  }

  private func read(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  private func eventFiles(_ folder: String) throws -> [EventFile] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
      try EventFile(folder + "/" + $0)
    }
  }

  @Test func everyFileStandsBesideTheModel() throws {
    let fixture = try Fixture.shared.get()
    let paths = OutputPaths(model: fixture.model)
    let history = EpochRecord.history(besideModel: fixture.model)
    #expect(history.map(\.epoch) == [1, 2, 3])
    #expect(try read(paths.historyTable) == Data(history.csv().utf8))
    #expect(try read(paths.curve).starts(with: [0x89, 0x50, 0x4E, 0x47]))
    let events = try #require(try eventFiles(paths.tensorBoard).first).events
    #expect(events.dropFirst(2).map(\.step) == [1, 2, 3])
    #expect(
      events.dropFirst(2).map(\.content)
        == history.map { epoch in
          .scalars(TensorBoardLog.scalars(of: epoch).map { .init(tag: $0.tag, value: $0.value) })
        })
    let card = String(decoding: try read(paths.card), as: UTF8.self)
    for words in [
      "# Model card: model\n", "| Folk | 4 | 2 | 2 |", "| Hip-Hop | 4 | 2 | 2 |", "| all | 8 | 4 | 4 |",
      "of 4 recordings",
      "| `batchSize` | `4` | `64` |", "genrelens train features.npy --config model.yaml",
    ] {
      #expect(card.contains(words), "\(words)")
    }
    #expect(!card.contains(fixture.folder) && !card.contains(CommandRunner.root))
  }

  @Test func optionsLeaveFilesOut() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let train = ["train", fixture.features, "--config", fixture.folder + "/config.yaml", "--epochs", "1"]
    let bare = try CommandRunner.run(
      train + ["--output", "bare.safetensors", "--no-card", "--no-tensorboard"], in: folder)
    #expect(bare.status == 0, "\(bare.standardError)")
    let shared = try CommandRunner.run(
      train + ["--output", "shared.safetensors", "--tensorboard", "runs"], in: folder)
    #expect(shared.status == 0)
    #expect(try eventFiles(folder + "/runs/shared").count == 1)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
    #expect(
      names.sorted() == [
        "bare.curve.png", "bare.history.csv", "bare.history.jsonl", "bare.safetensors", "runs",
        "shared.curve.png",
        "shared.history.csv", "shared.history.jsonl", "shared.md", "shared.safetensors",
      ])
    let both = try CommandRunner.run(
      train + ["--output", "x.safetensors", "--tensorboard", "runs", "--no-tensorboard"], in: folder)
    #expect(both.status == ProcessStatus.usage.rawValue)
  }

  @Test func aKilledTrainingLeavesWholeLinesAndRecords() throws {
    let fixture = try Fixture.shared.get()
    let paths = OutputPaths(model: try CommandRunner.temporaryFolder() + "/m.safetensors")
    let running = try CommandRunner.start(
      [
        "train", fixture.features, "--output", paths.model, "--config", fixture.folder + "/config.yaml",
        "--epochs",
        "100000", "--patience", "100000",
      ], in: NSTemporaryDirectory())
    let limit = Date().addingTimeInterval(60)
    while EpochRecord.history(besideModel: paths.model).count < 3, running.process.isRunning, Date() < limit {
      Thread.sleep(forTimeInterval: 0.01)
    }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.finish()
    let text = try String(contentsOfFile: paths.historyLines, encoding: .utf8)
    let history = EpochRecord.history(besideModel: paths.model)
    #expect(history.count >= 3)
    #expect(try text == history.jsonLines())
    let steps = try #require(try eventFiles(paths.tensorBoard).first).events.dropFirst(2).map(\.step)
    // The kill may fall between the line and the record.
    #expect(steps == (1...Int64(steps.count)).map { $0 } && history.count - steps.count <= 1)
    #expect(!FileManager.default.fileExists(atPath: paths.model))
  }

  @Test func obstaclesAreNotesAndTheModelIsThere() throws {
    let fixture = try Fixture.shared.get()
    let paths = OutputPaths(model: try CommandRunner.temporaryFolder() + "/m.safetensors")
    for path in [paths.historyTable, paths.card] {
      try FileManager.default.createDirectory(atPath: path + "/x", withIntermediateDirectories: true)
    }
    let output = try CommandRunner.run([
      "train", fixture.features, "--output", paths.model, "--config", fixture.folder + "/config.yaml",
    ])
    #expect(output.status == 0, "\(output.standardError)")
    for path in [paths.historyTable, paths.card] {
      #expect(output.standardError.contains("note: \(path): "), "\(output.standardError)")
    }
    #expect(try read(paths.model) == read(fixture.model))
  }
}
