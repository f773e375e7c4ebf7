import Foundation
import GenreLens
import TestSupport
import Testing

/// All windows of recordings train the model, each recording weighs the same, and every figure counts recordings.
@Suite(.tags(.hand)) struct WholeRecordingTests {
  private func made(_ line: String, _ recordings: MadeRecordings) throws -> String {
    let output = try recordings.run(line)
    #expect(output.status == 0, "\(line): \(output.standardError)")
    return output.standardOutput
  }

  @Test func featuresAreOfAllWindowsAndSaySo() throws {
    let made = try MadeRecordings()
    let all = MadeRecordings.windows.reduce(0, +)
    #expect(
      try self.made("features set.csv --spec spec.yaml --output x.npy", made)
        == "x.npy: \(2 * all) maps of 20 recordings (all windows)\n")
    let index = try CSVTable(path: made.folder + "/x.csv")
    let path = try #require(index.column("path"))
    let counts = Dictionary(grouping: index.records) { $0.fields[path] }.mapValues(\.count)
    for (number, count) in MadeRecordings.windows.enumerated() {
      #expect(counts["Beat-\(number).wav"] == count && counts["Tone-\(number).wav"] == count)
    }
    #expect(
      try self.made("features set.csv --spec spec.yaml --output first.npy --windows first", made)
        == "first.npy: 20 maps of 20 recordings (the first window of each)\n")
    #expect(
      try self.made("features set.csv --spec spec.yaml --output two.npy --max-windows 2", made)
        == "two.npy: \(2 * MadeRecordings.windows.map { min($0, 2) }.reduce(0, +)) maps of 20 recordings (at most 2)\n"
    )
    // The five windows of the longest recording: its first and its last.
    let two = try CSVTable(path: made.folder + "/two.csv")
    let start = try #require(two.column("start_seconds"))
    #expect(
      two.records.filter { $0.fields[1] == "Beat-4.wav" }.map { Double($0.fields[start]) } == [0, 4])
    #expect(try FeatureStore.open(made.folder + "/two.npy").description?.windows == "at most 2")
    // Taken from the store that is there, with the same bytes.
    let before = try made.bytes("two.csv")
    let again = try self.made("features set.csv --spec spec.yaml --output two.npy --max-windows 2", made)
    let after = try made.bytes("two.csv")
    #expect(again.contains("those of 20 unchanged files") && after == before)
  }

  @Test(arguments: [
    "--windows last", "--windows first --hop-seconds 1", "--max-windows 0", "--hop-seconds 0",
  ])
  func whatCannotBeTakenIsRefused(options: String) throws {
    let made = try MadeRecordings()
    let output = try made.run("features set.csv --spec spec.yaml --output x.npy \(options)")
    #expect(
      output.status == 64 && !FileManager.default.fileExists(atPath: made.folder + "/x.npy"), "\(output)")
    guard !options.contains("max-windows") else { return }
    let training = try made.run("train set.csv --config plan.yaml --output m.safetensors \(options)")
    #expect(training.status == 64 && training.messages.count == 1, "\(training)")
  }

  @Test func figuresCountRecordings() throws {
    let made = try MadeRecordings()
    let line = try self.made(
      "train set.csv --config plan.yaml --output m.safetensors --features-store x.npy --no-tensorboard", made)
    let windows = MadeRecordings.windows
    #expect(
      line.contains("of 4 recordings, trained on 10 (\(2 * windows.prefix(5).reduce(0, +)) windows)"),
      "\(line)")
    let model = try GenreModel(path: made.folder + "/m.safetensors")
    let provenance = model.provenance
    #expect(provenance.trainCount == 10 && provenance.validCount == 4 && provenance.testCount == 6)
    #expect(provenance.trainWindows == 24 && provenance.validWindows == 8)
    let card = try String(decoding: made.bytes("m.md"), as: UTF8.self)
    #expect(
      card.contains("| all | 10 | 4 | 6 |") && card.contains("| windows of them | 24 | 8 | 12 |"), "\(card)")
    // What chose the epoch is what classify and evaluate say of the same recordings.
    let valid = try model.evaluate(on: .load(made.folder + "/set.csv"), selection: .split(.valid))
    #expect(valid.report.count == 4 && valid.windows.count == 8)
    #expect(Float(valid.report.accuracy) == provenance.validAccuracy)
    let loss = try #require(valid.report.logLoss)
    #expect(abs(Float(loss) - (provenance.validLoss ?? 0)) < 1e-5)
    // By settings in the file too: from the same sound, the same bytes again.
    let first = try made.bytes("m.safetensors")
    let config = try self.made("inspect m.safetensors --config", made)
    try Data(config.utf8).write(to: URL(fileURLWithPath: made.folder + "/again.yaml"))
    _ = try self.made("train set.csv --config again.yaml --output again.safetensors", made)
    let again = try made.bytes("again.safetensors")
    #expect(again == first)
  }

  /// A set of sound, its features, and a report on either have one figure.
  @Test func evaluateAndAnalyzeSayTheSame() throws {
    let made = try MadeRecordings()
    _ = try self.made(
      "train set.csv --config plan.yaml --epochs 2 --output m.safetensors --features-store x.npy", made)
    let sound = try made.json("evaluate --model m.safetensors set.csv --split all --json")
    let stored = try made.json("evaluate --model m.safetensors x.npy --split all --json")
    _ = try self.made(
      "analyze --model m.safetensors set.csv --split all --robustness 0 --output report", made)
    _ = try self.made("analyze --model m.safetensors x.npy --split all --robustness 0 --output other", made)
    let reports = try ["report", "other"].map { folder in
      let document =
        try JSONSerialization.jsonObject(with: made.bytes(folder + "/report.json")) as? [String: Any]
      return try #require(document?["report"] as? [String: Any])
    }
    for key in ["accuracy", "count", "logLoss", "confusion"] {
      let texts = ([sound, stored] + reports).map { "\($0[key] ?? "none")" }
      #expect(Set(texts).count == 1, "\(key): \(texts)")
    }
    #expect(sound["count"] as? Int == 20 && sound["unit"] as? String == "recording")
    // A store of first windows cannot give that figure, and says so.
    _ = try self.made("features set.csv --spec spec.yaml --output first.npy --windows first", made)
    let first = try made.run("evaluate --model m.safetensors first.npy --split all")
    #expect(
      first.standardError.contains("note: the feature file holds the first window of each recording"),
      "\(first)")
    let whole = try made.run("evaluate --model m.safetensors x.npy --split all")
    #expect(whole.status == 0 && !whole.standardError.contains("holds"))
  }

  /// Killed and continued: the same windows in the same order.
  @Test func resumedTrainingDrawsTheSameWindows() throws {
    let made = try MadeRecordings()
    _ = try self.made("features set.csv --spec spec.yaml --output x.npy", made)
    let line =
      "train x.npy --config plan.yaml --epochs 30 --windows-per-recording 2 --no-tensorboard --output"
    _ = try self.made("\(line) whole.safetensors", made)
    let running = try CommandRunner.start(
      ["train", "x.npy"]
        + "\(line) cut.safetensors --checkpoint-seconds 0".split(separator: " ").dropFirst(2).map(String.init),
      in: made.folder)
    let state = made.folder + "/cut.training-state"
    let limit = Date().addingTimeInterval(60)
    while running.process.isRunning, !FileManager.default.fileExists(atPath: state), Date() < limit {
      usleep(500)
    }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.finish()
    _ = try self.made("\(line) cut.safetensors --resume", made)
    let (cut, uncut) = (try made.bytes("cut.safetensors"), try made.bytes("whole.safetensors"))
    #expect(cut == uncut)
  }
}
