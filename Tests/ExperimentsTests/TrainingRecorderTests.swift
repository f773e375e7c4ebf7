import Datasets
import Features
import Files
import Foundation
import LibrarySupport
import Models
import Networks
import TestSupport
import Testing

@testable import Experiments
@testable import Training

@Suite(.tags(.hand), .serialized) struct TrainingRecorderTests {
  private func record(_ epoch: Int, loss: Float = 0.5) -> EpochRecord {
    EpochRecord(
      epoch: epoch, trainLoss: loss, trainAccuracy: 0.75, validLoss: 0.25, validAccuracy: 1,
      learningRate: 0.001,
      seconds: 1.5, clipsPerSecond: 100, gradientNorm: 2)
  }

  /// Of a few of the project's own clips, after one epoch.
  private static let model = Result { () throws -> GenreModel in
    var dataset = try Dataset.load(packageRoot + "/Data")
    dataset.clips = [Split.train, .valid, .test].flatMap { split in
      ["Folk", "Hip-Hop"].flatMap { label in
        dataset.clips(in: split).filter { $0.label == label }.prefix(split == .train ? 4 : 2)
      }
    }
    var plan = TrainingPlan()
    plan.features = .mfcc20
    (plan.training.epochs, plan.training.batchSize, plan.training.network.firstSame) = (1, 4, true)
    return try plan.train(on: dataset).model
  }

  private func run(_ history: [EpochRecord], label: String = "Folk") throws -> TrainingRun {
    let model = try Self.model.get()
    let tracks = [Split.train, .valid, .test].flatMap { split -> [Clip] in
      [label, "Hip-Hop"].map { Clip(name: "x", label: $0, split: split) }
    }
    let dataset = Dataset(path: "/secret/place/\(label).csv", clips: tracks)
    return TrainingRun(
      model: model, history: history, outcome: .completed,
      failures: [], notes: [],
      data: DataSummary(
        dataset, source: dataset, failures: [Failure(code: "unknown-format", message: "/secret/x: y")]))
  }

  private func paths() throws -> OutputPaths {
    OutputPaths(model: try temporaryFolder() + "/m.safetensors")
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func events(_ folder: String) throws -> [[EventFile.Event]] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
      try EventFile(folder + "/" + $0).events
    }
  }

  @Test func historyGrowsByWholeLinesWhileItTrains() throws {
    let paths = try paths()
    let recorder = TrainingRecorder(paths: paths)
    #expect(!FileManager.default.fileExists(atPath: paths.historyLines))
    for epoch in 1...3 {
      recorder.add(record(epoch, loss: 1 / Float(epoch)))
      let history = (1...epoch).map { record($0, loss: 1 / Float($0)) }
      #expect(EpochRecord.history(besideModel: paths.model) == history)
      #expect(try text(paths.historyLines) == history.jsonLines())
      #expect(try text(paths.historyTable) == history.csv())
    }
    let table = try text(paths.historyTable).split(separator: "\n")
    #expect(
      table[0]
        == "epoch,trainLoss,trainAccuracy,validLoss,validAccuracy,learningRate,gradientNorm,seconds,clipsPerSecond"
    )
    #expect(table[3] == "3,0.33333334,0.75,0.25,1.0,0.001,2.0,1.5,100.0")
  }

  @Test func eventsHoldTheHistory() throws {
    let paths = try paths()
    let recorder = TrainingRecorder(paths: paths) { 1_700_000_000 }
    for epoch in 1...2 { recorder.add(record(epoch)) }
    let file = try #require(try events(paths.tensorBoard).first)
    #expect(file[0].content == .fileVersion("brain.Event:2"))
    #expect(file[1].content == .sessionStart && file[1].step == 1)
    #expect(file.dropFirst(2).map(\.step) == [1, 2])
    let scalars = TensorBoardLog.scalars(of: record(2))
    #expect(file[3].content == .scalars(scalars.map { .init(tag: $0.tag, value: $0.value) }))
    #expect(
      scalars.map(\.tag) == [
        "train/loss", "train/accuracy", "valid/loss", "valid/accuracy", "learning_rate", "gradient_norm",
        "epoch_seconds",
        "clips_per_second",
      ])
    #expect(scalars.map(\.value) == [0.5, 0.75, 0.25, 1, 0.001, 2, 1.5, 100])
  }

  @Test func resumedTrainingHasEachEpochOnceAndASecondEventFile() throws {
    let paths = try paths()
    let first = TrainingRecorder(paths: paths) { 1_700_000_000 }
    for epoch in 1...4 { first.add(record(epoch)) }
    // Killed; its state knows two epochs.
    let second = TrainingRecorder(paths: paths) { 1_700_000_000 }
    second.goOn(from: [record(1), record(2)])
    for epoch in 3...5 { second.add(record(epoch, loss: 9)) }
    #expect(EpochRecord.history(besideModel: paths.model).map(\.epoch) == [1, 2, 3, 4, 5])
    #expect(EpochRecord.history(besideModel: paths.model).map(\.trainLoss) == [0.5, 0.5, 9, 9, 9])
    let files = try events(paths.tensorBoard)
    #expect(files.count == 2 && files[0].map(\.step) == [0, 1, 1, 2, 3, 4])
    #expect(files[1].map(\.step) == [0, 3, 3, 4, 5] && files[1][1].content == .sessionStart)
    // A training that begins anew keeps none of them, but what others put there.
    try "x".write(
      toFile: paths.tensorBoard + "/events.out.tfevents.1.other", atomically: true, encoding: .utf8)
    TrainingRecorder(paths: paths) { 5 }.add(record(1))
    let names = try FileManager.default.contentsOfDirectory(atPath: paths.tensorBoard).sorted()
    #expect(names == ["events.out.tfevents.0000000005.genrelens", "events.out.tfevents.1.other"])
  }

  @Test func modelsCanShareATensorBoardFolder() throws {
    let paths = try paths()
    var options = TrainingRecorder.Options()
    options.tensorBoard = .inFolder(
      URL(fileURLWithPath: paths.model).deletingLastPathComponent().path + "/runs")
    for _ in 1...2 { TrainingRecorder(paths: paths, options: options) { 7 }.add(record(1)) }
    #expect(try events(paths.stem.replacing("/m", with: "/runs/m")).count == 2)
    #expect(!FileManager.default.fileExists(atPath: paths.tensorBoard))
    options.tensorBoard = .none
    let other = OutputPaths(model: paths.stem + "2.safetensors")
    TrainingRecorder(paths: other, options: options).add(record(1))
    #expect(!FileManager.default.fileExists(atPath: other.tensorBoard))
  }

  @Test func whatCannotBeWrittenIsANoteEach() throws {
    let paths = try paths()
    for path in [paths.historyLines, paths.curve, paths.card] {
      try FileManager.default.createDirectory(atPath: path + "/x", withIntermediateDirectories: true)
    }
    try "file".write(toFile: paths.tensorBoard, atomically: true, encoding: .utf8)
    let recorder = TrainingRecorder(paths: paths)
    for epoch in 1...2 { recorder.add(record(epoch)) }
    let notes = recorder.finish(try run([record(1), record(2)]))
    #expect(notes.count == 4, "\(notes)")
    for path in [paths.tensorBoard, paths.historyLines, paths.curve, paths.card] {
      #expect(notes.contains { $0.hasPrefix(path + ": ") }, "\(path)")
    }
  }

  @Test func lostHistoryIsWrittenAgainAtTheEnd() throws {
    let paths = try paths()
    let recorder = TrainingRecorder(paths: paths)
    recorder.add(record(1))
    try FileManager.default.removeItem(atPath: paths.historyLines)
    recorder.add(record(2))
    #expect(recorder.finish(try run([record(1), record(2)])) == [])
    #expect(EpochRecord.history(besideModel: paths.model) == [record(1), record(2)])
  }

  @Test func cardTellsWhatItIs() throws {
    let folder = try temporaryFolder()
    let paths = OutputPaths(model: folder + "/a|b_[x](y) `c`'d.safetensors")
    let recorder = TrainingRecorder(paths: paths)
    #expect(recorder.finish(try run([record(1), record(2)], label: "Folk|*<b>\nx")) == [])
    let card = try text(paths.card)
    for words in [
      "# Model card: a\\|b\\_\\[x\\](y) \\`c\\`'d\n", "in windows of 3 seconds", "20 MFCC",
      "185618 parameters",
      "| Folk\\|\\*\\<b\\>\\\\nx | 1 | 1 | 1 |", "| `conv1` | convolution | 24 x 20 x 130 | 624 |",
      "The data set says which recording is in which part.", "1 files could not be used: 1 unknown-format.",
      "| `batchSize` | `4` | `64` | Windows of one step. |",
      "](./a%7Cb_%5Bx%5D%28y%29%20%60c%60%27d.curve.png)",
      "genrelens classify --model 'a|b_[x](y) `c`'\\''d.safetensors' song.mp3",
      "95 % interval, recording by recording: ",
      "genrelens train $'Folk|*<b>\\x0ax.csv' --config", "20 of 128 coefficients",
    ] {
      #expect(card.contains(words), "\(words)")
    }
    #expect(!card.contains("/secret") && !card.contains(folder))
    #expect(FileManager.default.fileExists(atPath: paths.curve))
    var options = TrainingRecorder.Options()
    options.writesCard = false
    let other = OutputPaths(model: folder + "/other.safetensors")
    #expect(TrainingRecorder(paths: other, options: options).finish(try run([record(1)])) == [])
    #expect(!FileManager.default.fileExists(atPath: other.card))
  }

  @Test func textsAreThemselvesInMarkdown() {
    #expect(Markdown.text("a_b*c|d") == "a\\_b\\*c\\|d")
    #expect(
      Markdown.text("- x") == "\\- x" && Markdown.text("12. x") == "12\\. x"
        && Markdown.text("a-b.") == "a-b.")
    #expect(Markdown.text("<script>&amp;") == "\\<script\\>\\&amp;")
    #expect(Markdown.text("a\u{202E}b\r\nc\u{0}") == "a\\\\u202eb\\\\r\\\\nc\\\\x00")
    #expect(Markdown.code("a`b|c") == "``a`b\\|c``" && Markdown.code("`") == "`` ` ``")
    #expect(Markdown.block(["```"]) == "````\n```\n````")
    #expect(
      Markdown.shell("-x") == "./-x" && Markdown.shell("a b'c") == "'a b'\\''c'" && Markdown.shell("") == "''"
    )
    #expect(Markdown.link("a b.png") == "./a%20b.png" && Markdown.link("é") == "./%C3%A9")
  }
}
