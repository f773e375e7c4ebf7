import Foundation
import GenreLens
import TestSupport
import Testing

/// What commands say of sound that is next to nothing, of channels that cancel, and of segments.
@Suite(.tags(.hand)) struct HeardSoundTests {
  private func wav(_ name: String, _ samples: [Int16], channels: Int = 1) throws -> String {
    let path = try CommandRunner.temporaryFolder() + "/" + name
    try wavFile(samples, channels: channels).write(to: URL(filePath: path))
    return path
  }

  @Test func aSampleIsNoSong() throws {
    let fixture = try Fixture.shared.get()
    let path = try wav("one.wav", [16_000])
    let text = try CommandRunner.run(["classify", "--model", fixture.model, path])
    #expect(
      text.standardOutput.contains(
        "from 0.000045 s of sound in a window of 3 s: mostly added silence"), "\(text)")
    #expect(text.messages.contains { $0.contains("mostly added silence") })
    let model = try GenreModel(path: fixture.model)
    let track = try #require(try model.classify([path]).values.first)
    #expect(track.isMostlyPadding && abs(track.paddedSeconds - 3) < 0.001)
    let document = try model.explain(path, output: try CommandRunner.temporaryFolder() + "/x")
    #expect(document.flags.contains("mostly-padding"))
  }

  @Test func shortRowsAreCountedAndFound() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    let short = try wav("short.wav", Array(SyntheticSound.integers(count: 9_000)))
    try CSVTable.write(
      header: ["path", "label"],
      rows: fixture.clips.enumerated().map { [$1, $0 == 0 ? "Folk" : "Hip-Hop"] } + [[short, "Folk"]],
      to: folder + "/clips.csv")
    let files = try FeatureFiles.extract(
      of: [folder + "/clips.csv"], by: FeatureExtraction(spec: .mfcc20), output: folder + "/x.npy")
    #expect(files.notes.map(\.note.code) == [.mostlyPadding])
    let model = try GenreModel(path: fixture.model)
    for path in [folder + "/clips.csv", folder + "/x.npy"] {
      let evaluation = try model.evaluate(on: .load(path), selection: .all)
      #expect(evaluation.notes.contains { $0.hasPrefix("1 track is mostly added silence") }, "\(path)")
      #expect(evaluation.soundNotes.map(\.note.code) == [.mostlyPadding])
      let padded = evaluation.predictions.compactMap(\.paddedSeconds)
      #expect(padded.count == 1 && abs(padded[0] - 2.592) < 0.001)
      var check = DatasetCheck()
      check.windowSeconds = 3
      let report = try check.run(.load(path))
      #expect(report.findings.first { $0.code == .mostlyPadding }?.items.count == 1, "\(path)")
    }
  }

  @Test func channelsThatCancelAreNamedAndOneOfThemHeard() throws {
    let fixture = try Fixture.shared.get()
    let sound = SyntheticSound.integers(count: 88_200)
    let path = try wav("opposite.wav", sound.flatMap { [$0, -$0] }, channels: 2)
    let refused = try CommandRunner.run(["classify", "--model", fixture.model, path])
    #expect(refused.status == 65 && refused.standardError.contains("cancel each other"), "\(refused)")
    #expect(refused.standardError.contains("--mono loudest"))
    let heard = try CommandRunner.run(["classify", "--model", fixture.model, path, "--mono", "loudest"])
    #expect(heard.status == 0, "\(heard)")
    #expect(try CommandRunner.run(["classify", path, "--mono", "centre"]).status == 64)
    let mono = try wav("mono.wav", sound)
    let model = try GenreModel(path: fixture.model)
    let (one, other) = (
      try model.hearing(.left).classify([path]).values, try model.classify([mono]).values
    )
    #expect(one[0].probabilities == other[0].probabilities)
    let report = try DatasetCheck().run(.gather([path]))
    #expect(report.findings.contains { $0.code == .channelsCancel })
    #expect(!report.findings.contains { $0.code == .silent })
    // The store says how it was made.
    let folder = try CommandRunner.temporaryFolder()
    let made = try CommandRunner.run(
      ["features", path, "--spec", "mfcc20", "--mono", "right", "--output", folder + "/x.npy"])
    #expect(made.status == 0, "\(made)")
    #expect(try FeatureStore.open(folder + "/x.npy").spec?.mono == .right)
    _ = try FeatureFiles.convert(folder + "/x.npy", to: folder + "/s.npy", spec: .smel20)
    #expect(try FeatureStore.open(folder + "/s.npy").spec?.mono == .right)
  }

  @Test func explainSaysThatChannelsCancelInPart() throws {
    let fixture = try Fixture.shared.get()
    let sound = SyntheticSound.integers(count: 88_200)
    // The mean is a tenth of the left channel: 20.9 dB below it.
    let path = try wav("part.wav", sound.flatMap { [$0, Int16(-0.82 * Double($0))] }, channels: 2)
    let folder = try CommandRunner.temporaryFolder()
    for (name, options) in [("one", []), ("layers", ["--layer", "all"])] {
      let output = try CommandRunner.run(
        ["explain", path, "--model", fixture.model, "--no-audio", "--output", folder + "/" + name] + options)
      #expect(output.status == 0, "\(output)")
      #expect(output.messages.count { $0.contains("cancel each other in good part") } == 1, "\(output)")
      let document = try String(contentsOfFile: folder + "/\(name)/explanation.json", encoding: .utf8)
      #expect(document.contains("\"code\" : \"channels-cancel\""), "\(name)")
    }
  }

  @Test func segmentsAreEvaluatedExplainedAndShown() throws {
    let fixture = try Fixture.shared.get()
    let folder = try CommandRunner.temporaryFolder()
    var rows: [[String]] = []
    for (clip, label) in zip(fixture.clips, ["Folk", "Hip-Hop"]) {
      for (start, end) in [(0.0, 4.0), (4.0, 7.5)] { rows.append([clip, label, "\(start)", "\(end)"]) }
    }
    let manifest = folder + "/clips.csv"
    try CSVTable.write(header: ["path", "label", "start_seconds", "end_seconds"], rows: rows, to: manifest)
    _ = try FeatureFiles.extract(
      of: [manifest], by: FeatureExtraction(spec: .mfcc20), output: folder + "/x.npy")
    let model = try GenreModel(path: fixture.model)
    let sound = try model.evaluate(on: .load(manifest), selection: .all)
    let stored = try model.evaluate(on: .load(folder + "/x.npy"), selection: .all)
    #expect(sound.predictions.count == 4 && sound.windows.count == 4)
    #expect(Set(sound.predictions.map(\.path)).count == 4)
    #expect(
      Set(sound.predictions.compactMap(\.group)).count == 2, "segments of a file are no independent tracks")
    for (one, other) in zip(sound.predictions, stored.predictions) {
      #expect(one.name == other.name && one.name.hasSuffix(" s"))
      #expect(one.probabilities == other.probabilities, "\(one.name)")
    }
    let report = try CommandRunner.run([
      "analyze", "--model", fixture.model, manifest, "--split", "all", "--output", folder + "/report",
    ])
    #expect(report.status == 0, "\(report)")
    let table = try CSVTable(path: folder + "/report/predictions.csv")
    let path = try #require(table.column("name"))
    #expect(table.records.map { $0.fields[path] } == sound.predictions.map(\.name))
  }
}
