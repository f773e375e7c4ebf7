import Foundation
import GenreLens
import TestSupport
import Testing

/// A Hip-Hop track with a Folk intro: `explain` answers for the track and not for its first seconds.
@Suite(.tags(.hand), .serialized) struct ExplainedTrackTests {
  private static let model = CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.safetensors"

  /// Six seconds of a Folk clip, then three Hip-Hop clips.
  private static let song: Result<String, any Error> = Result {
    let parts = try [
      ("Folk/alder-hill-trio-1", 6.0), ("Hip-Hop/ghost-turnstile-1", nil),
      ("Hip-Hop/kilowatt-proverb-1", nil), ("Hip-Hop/night-bus-theory-1", nil),
    ].map { name, seconds in
      try Waveform.load(path: "\(CommandRunner.root)/Data/\(name).mp3", seconds: seconds).samples
    }
    let path = try CommandRunner.temporaryFolder() + "/intro.flac"
    try Waveform(samples: parts.flatMap(\.self), sampleRateHz: 22_050).write(.flac, to: path)
    return path
  }

  private func explain(
    _ words: String, into folder: String? = nil
  ) throws -> (output: CommandRunner.Output, folder: String) {
    let folder = try folder ?? CommandRunner.temporaryFolder() + "/made"
    let output = try CommandRunner.run(
      ["explain", "--model", Self.model, try Self.song.get(), "--output", folder]
        + words.split(separator: " ").map(String.init))
    return (output, folder)
  }

  private func document(_ folder: String) throws -> ExplanationDocument {
    try JSONDecoder().decode(
      ExplanationDocument.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/explanation.json")))
  }

  @Test func theWholeTrackIsJudgedFirst() throws {
    let (output, folder) = try explain("")
    try #require(output.status == 0, "\(output.standardError)")
    let document = try document(folder)
    // What the first three seconds would have said.
    let first = try #require(document.track.windows.first)
    let folk = try #require(document.track.classes.firstIndex(of: "Folk"))
    #expect(first.probabilities[folk] > 0.9)
    #expect(document.track.label == "Hip-Hop" && document.explainedClass == "Hip-Hop")
    let hipHop = 1 - folk
    let best = document.track.windows.map { $0.probabilities[hipHop] }.max()
    let window = document.track.windows[document.explainedWindow.number - 1]
    #expect(window.probabilities[hipHop] == best && document.explainedWindow.number > 2)
    #expect(document.startSeconds == window.startSeconds)
    #expect(
      document.track.segments.first?.label == "Folk" && document.track.segments.last?.label == "Hip-Hop")

    let lines = output.standardOutput.split(separator: "\n").map(String.init)
    #expect(lines[0].contains("intro.flac: Hip-Hop  (Hip-Hop "))
    #expect(lines[1].hasPrefix("explained: window \(document.explainedWindow.number) of "))
    #expect(lines[1].contains("which speaks most for Hip-Hop"))
    #expect(lines.contains { $0.hasPrefix("elsewhere: Folk from 0:00.0 to ") })
    #expect(!output.standardOutput.contains("Hip-Hop 0."))

    let page = try String(contentsOfFile: folder + "/" + document.files.page, encoding: .utf8)
    #expect(page.contains("Heard as Hip-Hop: "))
    #expect(page.contains("For other classes in "))
    #expect(page.contains("data:audio/flac;base64,") && !page.contains("src=\"./"))
  }

  /// The same classification as `classify`, window by window.
  @Test func theVerdictIsThatOfClassify() throws {
    let (output, folder) = try explain("--no-audio --hop-seconds 1")
    try #require(output.status == 0, "\(output.standardError)")
    let document = try document(folder)
    let classified = try CommandRunner.run(
      ["classify", "--model", Self.model, try Self.song.get(), "--json", "--hop-seconds", "1"])
    struct Document: Decodable { let tracks: [TrackClassification] }
    let tracks = try JSONDecoder().decode(Document.self, from: Data(classified.standardOutput.utf8)).tracks
    let track = try #require(tracks.first)
    #expect(document.track.windows == track.windows && document.track.probabilities == track.probabilities)
    #expect(track.windows.count > 20 && track.hopSeconds == 1)
  }

  @Test func aWindowCanBeAskedFor() throws {
    let (output, folder) = try explain("--window 1 --no-audio")
    try #require(output.status == 0, "\(output.standardError)")
    let one = try document(folder)
    #expect(one.startSeconds == 0 && one.explainedWindow.number == 1 && one.explainedClass == "Hip-Hop")
    #expect(one.how.predictedClass == "Folk" && one.how.probability < 0.1)
    #expect(output.standardOutput.contains("the one asked for by --window"))
    let (_, other) = try explain("--start 4.5 --class Folk --no-audio")
    let start = try document(other)
    #expect(start.startSeconds == 4.5 && start.explainedClass == "Folk" && start.track.label == "Hip-Hop")
  }

  /// A start between the track's windows is shown where it is, and the page is of all the sound, whatever the windows leave out.
  @Test func thePageIsOfTheWholeSound() throws {
    let sound = try Waveform.load(path: try Self.song.get(), seconds: nil)
    let (output, folder) = try explain("--start 4.5 --hop-seconds 10")
    try #require(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("explained: the window from 0:04.5, the one asked for by --start"))
    let heard = try #require(try document(folder).track.windows.last?.endSeconds)
    let seconds = Double(sound.samples.count) / 22_050
    #expect(heard < seconds - 1, "the windows must leave something out")
    let page = try String(contentsOfFile: folder + "/explanation.html", encoding: .utf8)
    #expect(page.contains("<h3>From 0:04.5 to 0:07.5</h3>"))
    #expect(page.contains("data-seconds=\"\(seconds)\""))
    #expect(
      page.contains(
        String(format: "style=\"left:%.3f%%;width:%.3f%%\"", 100 * 4.5 / seconds, 100 * 3 / seconds)))
  }

  @Test func oneWindowIsNotWindows() throws {
    let short = try CommandRunner.temporaryFolder() + "/short.wav"
    let sound = try Waveform.load(path: try Self.song.get(), seconds: 3)
    try sound.writeWAV(to: short)
    let output = try CommandRunner.run(
      [
        "explain", "--model", Self.model, short, "--no-audio", "--output",
        CommandRunner.temporaryFolder() + "/made",
      ])
    #expect(output.standardOutput.contains("; 1 window)"), "\(output.standardOutput)\(output.standardError)")
  }

  @Test(arguments: [
    ("--window 99", "there is no window 99"), ("--window 0", "there is no window 0"),
    ("--window 1 --start 3", "give one of them"), ("--start=-1", "0 or more"),
  ]) func windowsThatAreNotThere(words: String, message: String) throws {
    let (output, folder) = try explain(words)
    #expect(output.status == ProcessStatus.usage.rawValue)
    #expect(output.standardError.contains(message), "\(output.standardError)")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  /// What an earlier run wrote and this one does not is gone; what is not ours stays.
  @Test func nothingOfAnEarlierRunStaysBeside() throws {
    let (first, folder) = try explain("--vectors")
    try #require(first.status == 0, "\(first.standardError)")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/notes.txt"))
    // A name of ours that no explanation wrote there.
    try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/layers.png"))
    #expect(FileManager.default.fileExists(atPath: folder + "/kept.wav"))
    let (second, _) = try explain("--no-audio", into: folder)
    try #require(second.status == 0, "\(second.standardError)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(
      names == [
        "bands.csv", "evidence.audacity.txt", "evidence.csv", "explanation.html", "explanation.json",
        "explanation.png", "layers.png", "map.npy",
        "mel.npy",
        "notes.txt", "times.csv", "upsampled.npy",
      ])
  }
}
