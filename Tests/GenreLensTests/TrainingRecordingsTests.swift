import Foundation
import GenreLens
import TestSupport
import Testing

/// Figures say which of their recordings made the model.
@Suite(.tags(.hand)) struct TrainingRecordingsTests {
  private func made(_ line: String, _ recordings: MadeRecordings) throws -> String {
    let output = try recordings.run(line)
    #expect(output.status == 0, "\(line): \(output.standardError)")
    return output.standardOutput
  }

  private func training(_ line: String, _ recordings: MadeRecordings) throws -> [String] {
    let found = try recordings.json(line)["training"] as? [String: Any]
    return ["trained", "choseEpoch", "unknown"].map { "\(found?[$0] ?? "none")" } + [
      "\(found?["words"] ?? "none")"
    ]
  }

  @Test func soundIsKnownWhereverItIsHeard() throws {
    let made = try MadeRecordings()
    _ = try self.made(
      "train set.csv --config plan.yaml --epochs 1 --output m.safetensors --features-store x.npy", made)
    let words = "10 of 20 recordings trained this model, 4 chose its epoch"
    for set in ["set.csv", "x.npy"] {
      #expect(
        try training("evaluate --model m.safetensors \(set) --split all --json", made) == [
          "10", "4", "0", words,
        ])
      let text = try self.made("evaluate --model m.safetensors \(set) --split all", made)
      #expect(text.split(separator: "\n")[1] == Substring(words))
      #expect(
        try training("evaluate --model m.safetensors \(set) --split test --json", made)
          == ["0", "0", "0", "none of 6 recordings trained this model"])
    }
    #expect(
      try training("evaluate --model m.safetensors set.csv --split valid --json", made)[3]
        == "4 of 4 recordings chose this model's epoch, none trained it")

    // Elsewhere, under other names, in a data set without splits, and with other tags.
    try FileManager.default.createDirectory(
      atPath: made.folder + "/new/Beat", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      atPath: made.folder + "/new/Tone", withIntermediateDirectories: true)
    let trained = made.folder + "/new/Beat/renamed.wav"
    try FileManager.default.copyItem(atPath: made.folder + "/Beat-3.wav", toPath: trained)
    var bytes = [UInt8](try made.bytes("Tone-1.wav"))
    let info = Array("INFO".utf8) + Array("INAM".utf8) + TagBytes.little(6) + Array("Title\0".utf8)
    bytes += Array("LIST".utf8) + TagBytes.little(info.count) + info
    bytes.replaceSubrange(4..<8, with: TagBytes.little(bytes.count - 8))
    try Data(bytes).write(to: URL(fileURLWithPath: made.folder + "/new/Tone/tagged.wav"))
    try FileManager.default.copyItem(
      atPath: made.folder + "/Tone-8.wav", toPath: made.folder + "/new/Tone/stranger.wav")
    #expect(
      try training("evaluate --model m.safetensors new --split all --json", made)[3]
        == "2 of 3 recordings trained this model")
    // First windows of the same sound, and maps without any trace of where they are from.
    _ = try self.made("features set.csv --spec spec.yaml --output first.npy --windows first", made)
    #expect(try training("evaluate --model m.safetensors first.npy --split all --json", made)[3] == words)
    let table = try CSVTable(path: made.folder + "/x.csv")
    let (row, label, path) = try (
      #require(table.column("row")), #require(table.column("label")), #require(table.column("path"))
    )
    try CSVTable.write(
      header: ["row", "label", "track_id"],
      rows: table.records.map { [$0.fields[row], $0.fields[label], $0.fields[path]] },
      to: made.folder + "/bare.csv")
    for ending in ["npy", "json"] {
      try FileManager.default.copyItem(
        atPath: "\(made.folder)/x.\(ending)", toPath: "\(made.folder)/bare.\(ending)")
    }
    #expect(try training("evaluate --model m.safetensors bare.npy --split all --json", made)[3] == words)

    // A model of maps alone says of sound what can be said.
    _ = try self.made("train bare.npy --config plan.yaml --epochs 1 --output bare.safetensors", made)
    let stored = try training("evaluate --model bare.safetensors bare.npy --split test --json", made)
    #expect(stored[3].hasPrefix("none of"))
    let heard = try training("evaluate --model bare.safetensors set.csv --split all --json", made)
    #expect(heard[0] != "0" && heard[2] != "0" && heard[3].contains("it is unknown"), "\(heard)")
  }

  @Test func everyCommandSaysIt() throws {
    let made = try MadeRecordings()
    _ = try self.made(
      "train set.csv --config plan.yaml --epochs 1 --output m.safetensors --features-store x.npy", made)
    let words = "10 of 20 recordings trained this model, 4 chose its epoch"
    let text = try self.made(
      "analyze --model m.safetensors set.csv --split all --robustness 0 --output report", made)
    #expect(text.contains("\n\(words)\n"))
    let page = try String(decoding: made.bytes("report/report.html"), as: UTF8.self)
    #expect(page.contains("<div class=\"flattered\">\(words).</div>"))
    #expect(!page.contains("if the model was trained on this data set"))
    _ = try self.made("analyze --model m.safetensors x.npy --split test --robustness 0 --output test", made)
    let test = try String(decoding: made.bytes("test/report.html"), as: UTF8.self)
    #expect(test.contains("<div class=\"name\">None of 6 recordings trained this model.</div>"))
    let comparison = try self.made("compare report test --output both", made)
    #expect(
      comparison.contains("; \(words)\n")
        && comparison.contains("; none of 6 recordings trained this model\n"))
    let sides = try String(decoding: made.bytes("both/comparison.html"), as: UTF8.self)
    #expect(sides.contains("\(words).</div>"))
    let benchmark = try self.made(
      "benchmark-explanations --model m.safetensors x.npy --split all --metrics masking --limit 20 --output bench",
      made)
    #expect(benchmark.contains(words))
    let calibration = try self.made(
      "calibrate --model m.safetensors x.npy --split all --output warm.safetensors", made)
    #expect(calibration.contains("\n\(words)\n"))
    // The copy still knows.
    let warm = try GenreModel(path: made.folder + "/warm.safetensors")
    let cold = try GenreModel(path: made.folder + "/m.safetensors")
    #expect(warm.recordings == cold.recordings && warm.recordings?.train.count == 10)
    // A model of an earlier version says nothing.
    var old = try GenreModel(path: made.folder + "/m.safetensors")
    old.recordings = nil
    try old.write(to: made.folder + "/old.safetensors")
    let unknown = "unknown which recordings trained this model: its file does not say"
    #expect(try training("evaluate --model old.safetensors x.npy --split test --json", made)[3] == unknown)
    let warning = try self.made(
      "analyze --model old.safetensors x.npy --split train --robustness 0 --output old", made)
    #expect(warning.contains("\n\(unknown)\n"))
    let oldPage = try String(decoding: made.bytes("old/report.html"), as: UTF8.self)
    #expect(
      oldPage.contains("class=\"flattered\">Unknown which")
        && oldPage.contains("if the model was trained on this data set"))
  }
}
