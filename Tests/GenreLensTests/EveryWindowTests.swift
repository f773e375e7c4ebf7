import Analysis
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Jobs

/// `explain --windows all` and `--layer all`: every window's files, the evidence over the track, and one page.
@Suite(.tags(.hand, .slow), .serialized) struct EveryWindowTests {
  private func explain(_ words: String, into folder: String? = nil) throws -> (CommandRunner.Output, String) {
    let fixture = try Fixture.shared.get()
    let folder = try folder ?? CommandRunner.temporaryFolder() + "/made"
    let output = try CommandRunner.run(
      ["explain", "--model", fixture.model, fixture.clips[0], "--output", folder]
        + words.split(separator: " ").map(String.init))
    return (output, folder)
  }

  private func data(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  @Test func everyWindowHasItsFilesAndTheEvidenceIsTheirMean() throws {
    let (output, folder) = try explain("--windows all --hop-seconds 1.5 --no-audio")
    try #require(output.status == 0, "\(output.standardError)")
    let document = try JSONDecoder().decode(
      ExplanationDocument.self, from: data(folder + "/explanation.json"))
    let every = try #require(document.everyWindow)
    #expect(every.windows.map(\.startSeconds) == document.track.windows.map(\.startSeconds))
    #expect(every.windows.count > 4)
    let classIndex = try #require(document.track.classes.firstIndex(of: document.explainedClass))
    for (window, heard) in zip(every.windows, document.track.windows) {
      // Single precision, alone and in a batch.
      #expect(abs(window.probability - heard.probabilities[classIndex]) < 1e-6)
    }
    for file in document.allFiles {
      #expect(FileManager.default.fileExists(atPath: folder + "/" + file), "\(file)")
    }
    // The chosen window is the same by itself and among all.
    let chosen = every.windows[document.explainedWindow.number - 1]
    for name in ["map.npy", "mel.npy", "bands.csv"] {
      #expect(try data(folder + "/" + name) == data("\(folder)/windows/000\(chosen.number)/\(name)"))
    }
    // 1.5 s are 64.6 frames: the second window begins at frame 65, and what both heard is their mean.
    let evidence = try NumpyArray(path: folder + "/" + every.map).tensor()
    let maps = try every.windows[..<2].map { try NumpyArray(path: folder + "/" + $0.upsampled).tensor() }
    let (bins, frames) = (maps[0].shape[0], maps[0].shape[1])
    #expect(evidence.shape[0] == bins && evidence.shape[1] > 4 * 65)
    func value(_ bin: Int, _ frame: Int) -> Float { evidence.values[bin * evidence.shape[1] + frame] }
    for bin in [0, 3, bins - 1] {
      #expect(value(bin, 20) == maps[0].values[bin * frames + 20])
      let mean = (Double(maps[0].values[bin * frames + 100]) + Double(maps[1].values[bin * frames + 35])) / 2
      #expect(abs(Double(value(bin, 100)) - mean) <= 1e-6 * mean)
    }
    let curve = try CSVTable(path: folder + "/" + every.evidence)
    #expect(curve.records.count == evidence.shape[1] && curve.records[20].fields[3] == "1")
    #expect(curve.records[100].fields[3] == "2")
    let table = try CSVTable(path: folder + "/" + every.table)
    #expect(table.records.map { $0.fields[0] } == every.windows.map { "\($0.number)" })

    let page = try String(contentsOfFile: folder + "/explanation.html", encoding: .utf8)
    for window in every.windows { #expect(page.contains("id=\"window-\(window.number)\"")) }
    #expect(page.contains("Evidence for \(document.explainedClass) over the whole track"))

    // Fewer windows, and then one: nothing stays.
    let (fewer, _) = try explain("--windows all --no-audio", into: folder)
    try #require(fewer.status == 0, "\(fewer.standardError)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder + "/windows").sorted() == [
        "0001", "0002", "0003",
      ])
    let (one, _) = try explain("--no-audio", into: folder)
    #expect(one.status == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
        "bands.csv", "evidence.audacity.txt", "evidence.csv", "explanation.html", "explanation.json",
        "explanation.png", "map.npy", "mel.npy",
        "times.csv",
        "upsampled.npy",
      ])
  }

  @Test func everyLayerHasAPageWithSounds() throws {
    let (output, folder) = try explain("--layer all")
    try #require(output.status == 0, "\(output.standardError)")
    let document = try JSONDecoder().decode(LayersDocument.self, from: data(folder + "/explanation.json"))
    let page = try String(contentsOfFile: folder + "/" + document.page, encoding: .utf8)
    #expect(document.layers.count > 1)
    for layer in document.layers { #expect(page.contains(" at <bdi>\(layer.name)</bdi>"), "\(layer.name)") }
    #expect(page.contains("Every layer") && page.contains("data:audio/flac;base64,"))
    for file in document.allFiles {
      #expect(FileManager.default.fileExists(atPath: folder + "/" + file), "\(file)")
    }
    let table = try CSVTable(path: folder + "/evidence.csv")
    #expect(document.evidenceFiles == ["evidence.csv", "evidence.audacity.txt"])
    #expect(table.records.count == document.evidence.regions.count)
    #expect(output.standardOutput.contains("by frequency, grad-cam at \(document.layers.last?.name ?? ""): "))
    #expect(document.sounds != nil && output.standardOutput.contains("made/explanation.html: "))
  }

  @Test(arguments: [
    ("--windows all --layer all", "give one of them"), ("--windows 3", "--windows takes all"),
  ]) func optionsThatMeanNothing(words: String, message: String) throws {
    let (output, folder) = try explain(words)
    #expect(output.status == ProcessStatus.usage.rawValue && output.standardError.contains(message))
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  /// Somebody's own file of one of our names stops the command; what a killed process had begun to put in place does not.
  @Test func filesThatNoExplanationWroteAreNeverReplaced() throws {
    let folder = try CommandRunner.temporaryFolder()
    try "mine".write(toFile: folder + "/original.wav", atomically: false, encoding: .utf8)
    for _ in 0..<2 {
      let (refused, _) = try explain("", into: folder)
      #expect(refused.status == ProcessStatus.usage.rawValue && refused.messages.count == 1)
      #expect(
        refused.messages[0].contains("/original.wav: is not from an earlier run"), "\(refused.messages)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["original.wav"])
      #expect(try data(folder + "/original.wav") == Data("mine".utf8))
    }
    let (silent, _) = try explain("--no-audio", into: folder)
    #expect(silent.status == 0, "\(silent.standardError)")
    // An earlier explanation that does not name it, and one that does.
    #expect(try explain("", into: folder).0.status == ProcessStatus.usage.rawValue)
    try FileManager.default.removeItem(atPath: folder + "/original.wav")
    #expect(try explain("", into: folder).0.status == 0 && explain("", into: folder).0.status == 0)

    // Killed while files are put in place: some have their names, the document waits.
    let part = folder + "/.genrelens.part"
    try FileManager.default.createDirectory(atPath: part, withIntermediateDirectories: false)
    try FileManager.default.moveItem(atPath: folder + "/explanation.json", toPath: part + "/explanation.json")
    let (continued, _) = try explain("", into: folder)
    #expect(continued.status == 0, "\(continued.standardError)")
    // And where nothing is known of them.
    try FileManager.default.removeItem(atPath: folder + "/explanation.json")
    #expect(try explain("", into: folder).0.status == ProcessStatus.usage.rawValue)
  }
}
