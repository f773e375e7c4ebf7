import Foundation
import GenreLens
import TestSupport
import Testing

/// `genrelens explain`: the regions of evidence in time and frequency, and the length of the sound in what is written for other programs.
@Suite(.tags(.hand)) struct EvidenceCommandTests {
  private static let model = CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.safetensors"
  private static let clip = CommandRunner.root + "/Data/Hip-Hop/ghost-turnstile-1.mp3"
  private static let formats = AnnotationFormat.allCases.map(\.rawValue).joined(separator: ",")

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func numbers(_ line: Substring) -> [Double] {
    line.split(separator: "\t").compactMap { Double($0) }
  }

  @Test func everyFormatHasTheSameRegions() throws {
    let folder = try CommandRunner.temporaryFolder() + "/made"
    let output = try CommandRunner.run([
      "explain", "--model", Self.model, Self.clip, "--start", "3", "--no-audio", "--output", folder,
      "--annotations", Self.formats,
    ])
    try #require(output.status == 0, "\(output.standardError)")
    let document = try JSONDecoder().decode(
      ExplanationDocument.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/explanation.json")))
    let regions = document.evidence.regions
    #expect(
      !regions.isEmpty && document.evidence.question == "Hip-Hop" && document.evidence.source == .melView)
    #expect(
      document.files.evidence
        == ["evidence.csv"] + AnnotationFormat.allCases.map { "evidence.\($0.ending)" })
    for region in regions {
      // The explained window is 3 seconds long and starts at 3.
      #expect(region.startSeconds >= 3 && region.endSeconds <= 6.1 && region.startSeconds < region.endSeconds)
      #expect(region.lowHz >= 0 && region.lowHz < region.highHz && region.highHz <= 11_025)
      #expect(region.share >= 0.02 && region.share <= 1)
    }
    #expect(regions.reduce(0) { $0 + $1.share } <= 1)
    let table = try CSVTable(path: folder + "/evidence.csv").records.map(\.fields)
    #expect(table.map { Double($0[4]) } == regions.map(\.share) && table.allSatisfy { $0[5] == "Hip-Hop" })
    let labels = try text(folder + "/evidence.audacity.txt").split(separator: "\n")
    try #require(labels.count == 2 * regions.count)
    for (index, region) in regions.enumerated() {
      let (times, range) = (numbers(labels[2 * index]), numbers(labels[2 * index + 1]))
      // Files have microseconds.
      #expect(abs(times[0] - region.startSeconds) < 1e-6 && abs(times[1] - region.endSeconds) < 1e-6)
      #expect(labels[2 * index + 1].hasPrefix("\\\t"))
      #expect(abs(range[0] - region.lowHz) < 1e-6 && abs(range[1] - region.highHz) < 1e-6)
    }
    #expect(try text(folder + "/evidence.raven.txt").split(separator: "\n").count == regions.count + 1)
    #expect(
      try text(folder + "/evidence.sonic-visualiser.csv").hasPrefix(
        "START,END,EXTENT START,EXTENT END,LABEL\n"))
    #expect(try text(folder + "/evidence.vtt").contains(" Hz\n"))

    // What this run does not write, of an earlier one, is gone.
    let again = try CommandRunner.run([
      "explain", "--model", Self.model, Self.clip, "--start", "3", "--no-audio", "--output", folder,
    ])
    #expect(again.status == 0)
    #expect(FileManager.default.fileExists(atPath: folder + "/evidence.audacity.txt"))
    #expect(!FileManager.default.fileExists(atPath: folder + "/evidence.jams"))
  }

  @Test func anUnknownFormatIsToldBeforeTheWork() throws {
    let folder = try CommandRunner.temporaryFolder() + "/made"
    let output = try CommandRunner.run([
      "explain", "--model", Self.model, Self.clip, "--output", folder, "--annotations", "audacity,ravn",
    ])
    #expect(output.status == ProcessStatus.usage.rawValue && output.messages.count == 1)
    #expect(
      output.standardError.contains("unknown format \"ravn\"")
        && output.standardError.contains("did you mean raven?"))
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  /// Windows of 3 seconds, one every 3, say nothing of the last second of 10; the sound is 10 seconds long all the same.
  @Test func theLengthIsTheSounds() throws {
    let folder = try CommandRunner.temporaryFolder()
    let sound = try Waveform.load(path: Self.clip, seconds: 10)
    try sound.writeWAV(to: folder + "/x.wav")
    let output = try CommandRunner.run([
      "classify", "--model", Self.model, folder + "/x.wav", "--timeline", folder + "/time", "--formats",
      "jams", "--json",
    ])
    try #require(output.status == 0, "\(output.standardError)")
    struct Classified: Decodable { let tracks: [TrackClassification] }
    let track = try #require(
      JSONDecoder().decode(Classified.self, from: Data(output.standardOutput.utf8)).tracks.first)
    #expect(track.seconds == Double(sound.samples.count) / 22_050)
    #expect((track.windows.last?.endSeconds ?? 0) < 9.5)
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder + "/time/x.jams")))
        as? [String: Any])
    let file = try #require(document["file_metadata"] as? [String: Any])
    #expect(abs((file["duration"] as? Double ?? 0) - track.seconds) < 1e-9)
  }
}
