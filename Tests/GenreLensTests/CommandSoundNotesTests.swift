import Foundation
import GenreLens
import TestSupport
import Testing

/// What was noticed about a sound file that was used is said by every command that reads it, and fails none.
@Suite(.tags(.hand), .serialized) struct CommandSoundNotesTests {
  /// A WAV file of four seconds whose header promises eight.
  private func cutFile() throws -> (folder: String, path: String) {
    let folder = try CommandRunner.temporaryFolder()
    let path = folder + "/cut.wav"
    try wavFile(SyntheticSound.integers(count: 176_400)).dropLast(176_400).write(
      to: URL(fileURLWithPath: path))
    return (folder, path)
  }

  private let words = "the sound ends at 4.00 s, its header promises 8.00 s"

  private func json(_ output: CommandRunner.Output) throws -> [[String: Any]] {
    #expect(output.status == 0 && output.standardError.contains(words), "\(output.standardError)")
    let document = try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8))
    // `classify` has the failed files beside the others.
    return try #require(document as? [[String: Any]] ?? (document as? [String: [[String: Any]]])?["tracks"])
  }

  @Test func probeAndClassifySayIt() throws {
    let (_, path) = try cutFile()
    let model = try Fixture.shared.get().model
    for command in [["probe", "--json", path], ["classify", "--model", model, "--json", path]] {
      let notes = try #require(try json(CommandRunner.run(command))[0]["notes"] as? [[String: Any]])
      #expect(
        notes.count == 1 && notes[0]["code"] as? String == "cut-short" && notes[0]["seconds"] as? Double == 4)
    }
  }

  @Test func featuresKeepItInTheLedger() throws {
    let (folder, path) = try cutFile()
    for run in 0..<2 {
      // The second time nothing is decoded.
      let output = try CommandRunner.run(
        ["features", path, "--output", "x.npy", "--spec", "mfcc20"], in: folder)
      #expect(output.status == 0 && output.standardError.contains(words), "run \(run)")
      #expect(output.standardOutput.contains("a note about 1 file (see"))
      let ledger = try CSVTable(path: folder + "/x.failures.csv")
      #expect(ledger.records.map { Array($0.fields[1...]) } == [["cut-short", words, "used", "4.0"]])
    }
  }

  @Test func explainAndEvaluateSayIt() throws {
    let (folder, path) = try cutFile()
    let model = try Fixture.shared.get().model
    let explained = try CommandRunner.run(
      ["explain", path, "--model", model, "--no-audio", "--json", "--output", folder + "/made"])
    #expect(explained.status == 0 && explained.standardError.contains(words))
    let document = try JSONDecoder().decode(
      ExplanationDocument.self, from: Data(explained.standardOutput.utf8))
    #expect(document.notes.map(\.code) == [.cutShort])
    try "path,label\ncut.wav,Folk\n".write(toFile: folder + "/x.csv", atomically: true, encoding: .utf8)
    let evaluated = try CommandRunner.run(
      ["evaluate", "x.csv", "--model", model, "--split", "all", "--json"], in: folder)
    #expect(evaluated.status == 0 && evaluated.standardError.contains(words), "\(evaluated.standardError)")
    #expect(
      evaluated.standardOutput.contains("\"soundNotes\"") && evaluated.standardOutput.contains("cut-short"))
  }

  @Test func analyzeSaysItInItsDocumentAndPage() throws {
    let (folder, _) = try cutFile()
    let fixture = try Fixture.shared.get()
    try "path,label\ncut.wav,Folk\n".write(toFile: folder + "/x.csv", atomically: true, encoding: .utf8)
    let output = try CommandRunner.run(
      [
        "analyze", "x.csv", "--model", fixture.model, "--split", "all", "--output", "made", "--no-audio",
        "--robustness", "0", "--no-data-check",
      ], in: folder)
    #expect(output.status == 0 && output.standardError.contains(words), "\(output.standardError)")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/made/report.json"))
    let report = try JSONDecoder().decode(AnalysisResult.self, from: data)
    #expect(report.soundNotes.map(\.note.code) == [.cutShort])
    let page = try String(contentsOfFile: folder + "/made/report.html", encoding: .utf8)
    #expect(page.contains("Notes about sound files") && page.contains(words))
  }
}
