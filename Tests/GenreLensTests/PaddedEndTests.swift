import Audio
import Foundation
import GenreLens
import TestSupport
import Testing

/// The end of a sound: what of it is in no window is said, and a last window with added silence is marked.
@Suite(.tags(.hand), .serialized) struct PaddedEndTests {
  private static let model = CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.safetensors"

  /// The beginning of a clip, so many seconds of it.
  private func sound(_ seconds: Double) throws -> (folder: String, path: String) {
    let folder = try CommandRunner.temporaryFolder()
    let clip = try Waveform.load(
      path: CommandRunner.root + "/Data/Hip-Hop/ghost-turnstile-1.mp3", sampleRateHz: 22_050)
    try Waveform(samples: Array(clip.samples.prefix(Int(22_050 * seconds))), sampleRateHz: 22_050)
      .writeWAV(to: folder + "/x.wav")
    return (folder, folder + "/x.wav")
  }

  private func run(_ words: String, in folder: String) throws -> CommandRunner.Output {
    let output = try CommandRunner.run(
      words.replacing("@model", with: Self.model).split(separator: " ").map(String.init), in: folder)
    #expect(output.status == 0, "\(words): \(output.standardError)")
    return output
  }

  private func track(_ words: String, in folder: String) throws -> [String: Any] {
    let data = Data(try run(words + " --json", in: folder).standardOutput.utf8)
    let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return try #require((document["tracks"] as? [[String: Any]])?.first)
  }

  @Test func whatIsInNoWindowIsSaid() throws {
    let (folder, _) = try sound(4.43)
    let words = "classify --model @model x.wav --hop-seconds 0.5"
    let track = try track(words, in: folder)
    let windows = try #require(track["windows"] as? [[String: Any]])
    #expect(windows.count == 3 && windows.last?["endSeconds"] as? Double == 4)
    #expect(track["unheardSeconds"] as? Double == 0.43 && track["paddedSeconds"] as? Double == 0)
    #expect(windows.allSatisfy { $0["paddedSeconds"] == nil })
    #expect(
      try run(words, in: folder).standardOutput.contains("3 windows, the last 0.43 s are in no window)"))
    let lines = try run(words + " --csv", in: folder).standardOutput.split(separator: "\n")
    #expect(lines[0].hasSuffix(",windows,seconds,padded_seconds,unheard_seconds,training"))
    #expect(lines[1].contains(",3,4.0,0.0,0.43,"))

    let told = try run("explain --model @model x.wav --hop-seconds 0.5 --no-audio --output y", in: folder)
    #expect(told.standardOutput.contains("the last 0.43 s are in no window"))
    let document = try JSONDecoder().decode(
      ExplanationDocument.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/y/explanation.json")))
    #expect(document.track.unheardSeconds == 0.43)
    let page = try String(contentsOfFile: folder + "/y/explanation.html", encoding: .utf8)
    #expect(page.contains("The last 0.43 s are in no window."))
  }

  /// Of two windows one speaks most for each class; the one that is nearly half added silence is only explained when
  /// asked for.
  @Test func addedSilenceIsNotExplainedUnlessAskedFor() throws {
    let (folder, _) = try sound(4.6)
    let reasons = try ["Folk", "Hip-Hop"].map { name in
      let told = try run(
        "explain --model @model x.wav --class \(name) --no-audio --output \(name)", in: folder)
      #expect(told.standardOutput.contains("explained: window 1 of 2"), "\(told.standardOutput)")
      #expect(!told.standardOutput.contains("silence: "))
      return told.standardOutput.contains("of those that are not in good part added silence")
    }
    #expect(reasons.count { $0 } == 1)
    let asked = try run("explain --model @model x.wav --window 2 --no-audio --output two", in: folder)
    #expect(
      asked.standardOutput.contains("silence: the last 1.4 s of this window were added behind the sound"))
  }

  /// Regions lie in the sound, and their shares are those of the evidence in it; what lies in the silence is a figure of its own.
  @Test func evidenceInAddedSilenceIsNoRegions() throws {
    let (folder, _) = try sound(4.6)
    let output = try run(
      "explain --model @model x.wav --window 2 --no-audio --annotations audacity --output two", in: folder)
    let document = try JSONDecoder().decode(
      ExplanationDocument.self,
      from: Data(contentsOf: URL(fileURLWithPath: folder + "/two/explanation.json")))
    // Of MFCC, a cell of the mel axis counts by its size.
    let mel = try NumpyFile.read(folder + "/two/mel.npy").map { abs($0) }
    let map = try NumpyFile.read(folder + "/two/map.npy")
    // 1.6 s of sound: the middles of 69 frames, of 512 samples each, are in it.
    #expect(mel.shape[1] == 130)
    let silence = try #require(EvidenceRegion.share(of: mel, after: 69))
    let told = try #require(document.evidence.addedSilenceShare)
    #expect(silence > 0 && abs(told - silence) < 1e-6)
    let cell = (bands: mel.shape[0] / 16, frames: max(130 / map.shape[map.shape.rank - 1], 130 / 32))
    let expected = EvidenceRegion.regions(of: mel, cell: cell, heardFrames: 69)
    let regions = document.evidence.regions
    #expect(!regions.isEmpty && regions.count == expected.count)
    for (region, wanted) in zip(regions, expected) {
      #expect(region.endSeconds <= 4.6 + 1e-9 && abs(region.share - wanted.share) < 1e-6)
    }
    let table = try CSVTable(path: folder + "/two/evidence.csv").records.map(\.fields)
    #expect(table.compactMap { Double($0[4]) } == regions.map(\.share))
    #expect(output.standardOutput.contains(" s of this window were added behind the sound and hold "))
    let page = try String(contentsOfFile: folder + "/two/explanation.html", encoding: .utf8)
    #expect(page.contains("of the explained window. It holds "))
    // A window of sound alone has none of it.
    _ = try run("explain --model @model x.wav --window 1 --no-audio --output one", in: folder)
    let whole = try String(contentsOfFile: folder + "/one/explanation.json", encoding: .utf8)
    #expect(!whole.contains("addedSilenceShare"))
  }

  @Test func aSoundThatIsAllInWindowsSaysNothing() throws {
    let (folder, _) = try sound(6)
    #expect(try track("classify --model @model x.wav", in: folder)["unheardSeconds"] == nil)
    #expect(try !run("classify --model @model x.wav", in: folder).standardOutput.contains("no window"))
  }

  @Test func aPaddedLastWindowIsMarked() throws {
    let (folder, _) = try sound(4.6)
    let track = try track("classify --model @model x.wav --timeline time --formats csv,jsonl", in: folder)
    let windows = try #require(track["windows"] as? [[String: Any]])
    #expect(windows.count == 2 && windows[0]["paddedSeconds"] == nil && track["unheardSeconds"] == nil)
    // Stored and written seconds are those of whole samples.
    #expect(abs(try #require(windows[1]["paddedSeconds"] as? Double) - 1.4) < 1e-3)
    let table = try CSVTable(path: folder + "/time/x.windows.csv")
    let column = try #require(table.column("padded_seconds"))
    #expect(table.records[0].fields[column] == "0.0")
    #expect(abs((Double(table.records[1].fields[column]) ?? .nan) - 1.4) < 1e-3)
    let lines = try String(contentsOfFile: folder + "/time/x.windows.jsonl", encoding: .utf8)
      .split(separator: "\n")
    #expect(!lines[0].contains("paddedSeconds") && lines[1].contains("\"paddedSeconds\":1.4"))

    _ = try run("explain --model @model x.wav --window 2 --windows all --no-audio --output y", in: folder)
    let all = try CSVTable(path: folder + "/y/windows.csv")
    let padded = try #require(all.column("padded_seconds"))
    #expect(all.records.map { Double($0.fields[padded]).map { ($0 * 10).rounded() } } == [0, 14])
    let page = try String(contentsOfFile: folder + "/y/explanation.html", encoding: .utf8)
    #expect(page.contains("Silence of 1.4 s was added behind the sound of the explained window."))
    #expect(page.contains("0:04.6 (1.40&#160;s of silence added)"))
  }
}
