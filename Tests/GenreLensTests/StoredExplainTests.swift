import Foundation
import GenreLens
import TestSupport
import Testing

/// `genrelens explain` of rows of a feature file.
@Suite(.tags(.hand), .serialized) struct StoredExplainTests {
  private static let model = CommandRunner.root + "/Checkpoints/folk-hiphop-mfcc20.safetensors"

  /// Three windows of each of two clips, with their starts, and the sound's path.
  private static let store: Result<(path: String, clips: [String]), any Error> = Result {
    let folder = try CommandRunner.temporaryFolder()
    let clips = ["Folk/alder-hill-trio-1", "Hip-Hop/ghost-turnstile-1"].map {
      "\(CommandRunner.root)/Data/\($0).mp3"
    }
    try CSVTable.write(
      header: ["path", "label"], rows: [[clips[0], "Folk"], [clips[1], "Hip-Hop"]],
      to: folder + "/manifest.csv")
    let made = try CommandRunner.run([
      "features", folder + "/manifest.csv", "--output", folder + "/x.npy", "--spec", "mfcc20",
    ])
    #expect(made.status == 0, "\(made.standardError)")
    return (folder + "/x.npy", clips)
  }

  private func explain(_ words: String, of path: String? = nil) throws -> (
    output: CommandRunner.Output, folder: String
  ) {
    let folder = try CommandRunner.temporaryFolder() + "/made"
    let output = try CommandRunner.run(
      ["explain", "--model", Self.model, try path ?? Self.store.get().path, "--output", folder]
        + words.split(separator: " ").map(String.init))
    return (output, folder)
  }

  private func document(_ folder: String) throws -> ExplanationDocument {
    try JSONDecoder().decode(
      ExplanationDocument.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/explanation.json")))
  }

  /// The windows of a clip are heard and explained as from its sound.
  @Test func aRecordingIsExplainedAsItsSound() throws {
    let clip = try Self.store.get().clips[1]
    let (output, folder) = try explain("--track \(clip)")
    try #require(output.status == 0, "\(output.standardError)")
    let (sound, other) = try explain("--no-audio", of: clip)
    try #require(sound.status == 0, "\(sound.standardError)")
    let (stored, heard) = (try document(folder), try document(other))
    #expect(stored.track.windows == heard.track.windows && stored.track.segments == heard.track.segments)
    #expect(stored.track.probabilities == heard.track.probabilities)
    #expect(stored.explainedWindow == heard.explainedWindow)
    // Only the sound tells what of it is in no window.
    #expect(stored.track.unheardSeconds == nil && heard.track.unheardSeconds != nil)
    #expect(stored.how == heard.how && stored.sounds == nil && stored.trueClass == "Hip-Hop")
    #expect(try NumpyFile.read(folder + "/map.npy").values == NumpyFile.read(other + "/map.npy").values)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(try names == FileManager.default.contentsOfDirectory(atPath: other).sorted())
    #expect(names.contains("explanation.html") && names.contains("explanation.png"))
    let page = try String(contentsOfFile: folder + "/explanation.html", encoding: .utf8)
    #expect(page.contains("The page has no sound of the whole track."))
    #expect(page.contains("Feature file") && !page.contains("data:audio"))
    #expect(output.standardOutput.contains("Hip-Hop"))
  }

  /// The timeline of a recording of a feature file is that of its sound.
  @Test func aRecordingIsClassifiedOverTimeAsItsSound() throws {
    let (store, clip) = (try Self.store.get().path, try Self.store.get().clips[0])
    let folder = try CommandRunner.temporaryFolder()
    var tables: [[[String]]] = []
    for words in [[clip], [store, "--track", clip], [store, "--row", "1"]] {
      let output = try CommandRunner.run(
        ["classify", "--model", Self.model] + words + ["--timeline", folder + "/\(tables.count)"])
      try #require(output.status == 0, "\(output.standardError)")
      #expect(output.standardOutput.hasPrefix("\(clip): Folk "))
      let path = folder + "/\(tables.count)/alder-hill-trio-1"
      tables.append(try CSVTable(path: path + ".windows.csv").records.map(\.fields))
      #expect(FileManager.default.fileExists(atPath: path + ".segments.csv"))
    }
    #expect(tables[0].count > 2 && tables[1] == tables[0] && tables[2] == tables[0])
    for (words, message) in [
      ([], "say which recording with --row or --track"),
      (["--row", "0", "--output", "x"], "--output hears sound"),
    ] {
      let output = try CommandRunner.run(["classify", "--model", Self.model, store] + words, in: folder)
      #expect(output.status == ProcessStatus.usage.rawValue && output.standardError.contains(message))
    }
  }

  /// Bare sound has no genres, and neither classes nor evidence need any.
  @Test func rowsWithoutGenresAreHeardToo() throws {
    let folder = try CommandRunner.temporaryFolder()
    let clip = try Self.store.get().clips[0]
    let made = try CommandRunner.run(
      ["features", clip, "--output", "x.npy", "--spec", "mfcc20"], in: folder)
    try #require(made.status == 0, "\(made.standardError)")
    let heard = try CommandRunner.run(
      ["classify", "--model", Self.model, "x.npy", "--row", "1"], in: folder)
    #expect(heard.status == 0 && heard.standardOutput.contains(": Folk "), "\(heard)")
    let (output, explained) = try explain("--row 0 --no-audio", of: folder + "/x.npy")
    try #require(output.status == 0, "\(output.standardError)")
    #expect(try document(explained).trueClass == nil)
    // What learns or judges needs them.
    let judged = try CommandRunner.run(["evaluate", "--model", Self.model, "x.npy"], in: folder)
    #expect(judged.status == ProcessStatus.badData.rawValue && judged.standardError.contains("no label"))
  }

  @Test func aRowIsItsWindow() throws {
    let (output, folder) = try explain("--row 1 --layer all --vectors")
    try #require(output.status == 0, "\(output.standardError)")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/explanation.json"))
    let document = try JSONDecoder().decode(LayersDocument.self, from: data)
    #expect(document.explainedWindow.number == 2 && document.track.windows.count > 2)
    #expect(document.explainedWindow.reason == "the one asked for by --row")
    #expect(document.startSeconds == document.track.windows[1].startSeconds)
  }

  /// Rows that say nothing of their start are shown one after the other, and the page says so.
  @Test func unknownStartsAreSaid() throws {
    let folder = try CommandRunner.temporaryFolder()
    let maps = try FeatureStore.open(Self.store.get().path)
    try NumpyFile.write(Tensor.stack((0..<3).map { maps.map($0) }), to: folder + "/y.npy")
    try CSVTable.write(
      header: ["row", "track_id", "genre"],
      rows: [["0", "7", "Folk"], ["1", "7", "Folk"], ["2", "8", "Folk"]],
      to: folder + "/y.csv")
    let (output, made) = try explain("--track 7 --spec mfcc20", of: folder + "/y.npy")
    try #require(output.status == 0, "\(output.standardError)")
    let document = try document(made)
    #expect(document.track.windows.count == 2 && document.track.windows[1].startSeconds > 2.9)
    let page = try String(contentsOfFile: made + "/explanation.html", encoding: .utf8)
    #expect(page.contains("Where in the recording its rows begin is not known"))
    #expect(page.contains("The maps are taken as stated, as "))
    let (unstated, nothing) = try explain("--track 7", of: folder + "/y.npy")
    #expect(unstated.status == ProcessStatus.badData.rawValue)
    #expect(unstated.messages.count == 1 && unstated.messages[0].contains("--spec mfcc20"))
    #expect(!FileManager.default.fileExists(atPath: nothing))
  }

  @Test(arguments: [
    ("", "say which recording with --row or --track"), ("--row 999", "no row 999"),
    ("--row -1", "--row"), ("--track nobody", "no recording \"nobody\""),
    ("--row 0 --track x", "give one of them"), ("--row 0 --start 1", "--start is for sound"),
    ("--row 0 --window 1", "give one of them"), ("--track @clip --window 99", "there is no window 99"),
    ("--row 0 --hop-seconds 1", "a hop is for sound"),
  ]) func whatIsNotThere(words: String, message: String) throws {
    let clip = try Self.store.get().clips[0]
    let (output, folder) = try explain(words.replacing("@clip", with: clip))
    #expect(output.status == ProcessStatus.usage.rawValue)
    #expect(output.standardError.contains(message), "\(output.standardError)")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func soundHasNoRows() throws {
    let (output, folder) = try explain("--row 0", of: CommandRunner.root + "/Data")
    #expect(output.status == ProcessStatus.usage.rawValue)
    #expect(output.standardError.contains("it is sound"), "\(output.standardError)")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  /// The index is read, so it is not written over.
  @Test func theStoreStays() throws {
    let folder = try CommandRunner.temporaryFolder()
    let store = try Self.store.get().path
    for ending in ["npy", "csv", "json"] {
      try FileManager.default.copyItem(
        atPath: store.replacing(".npy", with: "." + ending), toPath: folder + "/map." + ending)
    }
    let before = try Data(contentsOf: URL(fileURLWithPath: folder + "/map.npy"))
    let output = try CommandRunner.run([
      "explain", "--model", Self.model, folder + "/map.npy", "--row", "0", "--output", folder,
    ])
    #expect(output.status == ProcessStatus.usage.rawValue && output.standardError.contains("would replace"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/map.npy")) == before)
  }
}
