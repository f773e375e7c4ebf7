import Analysis
import Audio
import Datasets
import Experiments
import Features
import Files
import Foundation
import Jobs
import LibrarySupport
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// Bad input of `genrelens analyze`: it is refused in one line with nothing left behind, or reported as far as it goes.
@Suite(.tags(.hostile, .slow)) struct AnalyzeHostileTests {
  /// A set of made-up maps, a model of it, and a way to analyse one with the other.
  private struct Made {
    let folder: String
    let model: GenreModel
    var path: String { folder + "/x.npy" }
    var report: String { folder + "/report" }

    init() throws {
      let store = try SmallStore(groups: 24, testGroups: 6, frames: 24)
      (folder, model) = (store.folder, try SmallStore.plan().train(on: try store.dataset()).model)
    }

    func analyze(
      _ selection: ClipSelection = .split(.test), _ change: (inout AnalysisOptions) -> Void
    ) throws -> AnalysisResult {
      var options = AnalysisOptions()
      options.robustnessTracks = 0
      change(&options)
      return try model.analyzeErrors(
        on: try Dataset.load(path), selection: selection, options: options, output: report
      ).result
    }

    /// Writes a table and returns its path.
    func table(_ name: String, _ lines: [String]) throws -> String {
      let path = folder + "/" + name
      try FileManager.default.createDirectory(
        atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true
      )
      try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }

    /// Expects one line with these words, and no folder.
    func expectRefusal(_ words: String, _ change: (inout AnalysisOptions) -> Void) throws {
      let error = #expect(throws: (any Error).self) { try analyze(.split(.test), change) }
      let message = error.map { Failure($0).message } ?? ""
      #expect(message.contains(words), "\(message)")
      #expect(!FileManager.default.fileExists(atPath: report), "\(words): a folder is left")
    }
  }

  @Test func badTablesAndLayersAreRefusedBeforeAnythingIsWritten() throws {
    let made = try Made()
    try made.expectRefusal("no layer") { $0.layer = "nowhere" }
    let slices = [
      ("no such file", made.folder + "/nothing.csv"),
      ("no column path", try made.table("a.csv", ["x,y", "1,2"])),
      ("none of its lines names", try made.table("b.csv", ["path,y", "stranger,2"])),
    ]
    for (words, path) in slices { try made.expectRefusal(words) { $0.slicesPath = path } }
    let clip = try #require(try Dataset.load(made.path).clips.first)
    let row = { (numbers: String) in "\(clip.path ?? clip.name),\(clip.label),\(numbers)" }
    let folds = [
      ("sum to 1.8", ["path,label,p_A,p_B", row("0.9,0.9")]),
      ("sum to 0", ["path,label,p_A,p_B", row("0,0")]),
      ("no numbers from 0 to 1", ["path,label,p_A,p_B", row("nan,1")]),
      ("about a track of the data set", ["path,label,p_A,p_B", "stranger.mp3,A,0.5,0.5"]),
      ("about a track of the data set", ["path,label,p_A,p_B"]),
      ("is not one of X, Y", ["path,label,p_X,p_Y", row("0.5,0.5")]),
      ("two or more of p_GENRE", ["path,label,p_A", row("1")]),
    ]
    for (number, (words, lines)) in folds.enumerated() {
      let path = try made.table("fold-\(number).csv", lines)
      try made.expectRefusal(words) { $0.crossValidationPath = path }
    }
  }

  /// A table in another folder may write paths as the data set does.
  @Test func aTableElsewhereJoinsByThePathsOfTheDataSet() throws {
    let made = try Made()
    var rows = try CSVTable(path: made.folder + "/x.csv").records.map { $0.fields }
    let clips = rows.map { "clips/\($0[1]).mp3" }
    for index in rows.indices { rows[index][1] = clips[index] }
    try CSVTable.write(
      header: ["row", "path", "label", "split", "group"], rows: rows, to: made.folder + "/x.csv")
    let tone = { (index: Int) in index % 3 == 0 ? "bright" : "dark" }
    let path = try made.table(
      "tables/tones.csv",
      ["path,tone"] + clips.indices.map { "\(clips[$0]),\(tone($0))" }
        + ["\(clips[0]),odd", "\(clips[1]),dark"])
    let problems = try #require(try made.analyze { $0.slicesPath = path }.dataProblems)
    let column = try #require(problems.slices?.columns.first { $0.name == "tone" })
    // What two lines say differently is not known.
    #expect(Set(column.slices.map(\.words)) == ["dark", "bright"])
    #expect(column.missing.count == problems.notes.count { $0.contains("1 track is ambiguous there") })
  }

  /// Every name is of two clips of the data set.
  @Test func aNameOfSeveralTracksIsAmbiguous() throws {
    let made = try Made()
    var rows = try CSVTable(path: made.folder + "/x.csv").records.map { $0.fields }
    for index in rows.indices { rows[index][1] = "\(["one", "two"][index % 2])/\(index / 2).mp3" }
    try CSVTable.write(
      header: ["row", "path", "label", "split", "group"], rows: rows, to: made.folder + "/x.csv")
    let names = try made.table("names.csv", ["name,y"] + rows.indices.map { "\($0 / 2).mp3,\($0)" })
    try made.expectRefusal("tracks are ambiguous there: the name is of several tracks") {
      $0.slicesPath = names
    }
  }

  @Test func aCrossValidationCountsForTracksOfTheDataSetOnly() throws {
    let made = try Made()
    let tracks = try Dataset.load(made.path).clips
    var lines = tracks.map { "\($0.path ?? $0.name),\($0.label),\($0.label == "A" ? "0.9,0.1" : "0.1,0.9")" }
    lines[0] = lines[0].replacing(",A,0.9,0.1", with: ",B,0.1,0.9")
    let path = try made.table(
      "folds/predictions.csv", ["path,label,p_A,p_B"] + lines + ["stranger.mp3,A,0.1,0.9"])
    let problems = try #require(try made.analyze { $0.crossValidationPath = path }.dataProblems)
    let issues = try #require(problems.labelIssues)
    #expect(issues.trackCount == 72 && issues.entries.map(\.path) == [tracks[0].path ?? tracks[0].name])
    #expect(
      issues.entries.first?.split == tracks[0].split?.rawValue && issues.entries.first?.suggested == "B")
    #expect(problems.notes.contains { $0.hasPrefix("1 lines of") && $0.contains("does not have") })
    #expect(problems.notes.contains { $0.hasPrefix("1 tracks have another label") })
  }

  @Test func figuresOfTracksKnownFromTrainingAreMarked() throws {
    let made = try Made()
    #expect(try made.analyze { _ in }.notes.allSatisfy { $0.hasPrefix("neither the model") })
    let train = try #require(try made.analyze(.split(.train)) { _ in }.overlap)
    #expect(train.isRecorded && train.trained == train.count && train.count > 0)
    let all = try #require(try made.analyze(.all) { _ in }.overlap)
    #expect(all.trained == train.count && all.choseEpoch > 0 && all.count > all.trained + all.choseEpoch)
    let valid = try made.analyze(.split(.valid)) { _ in }
    let chosen = try #require(valid.overlap)
    #expect(chosen.choseEpoch == chosen.count && chosen.choseEpoch == all.choseEpoch)
    #expect(chosen.words.hasSuffix("chose this model's epoch, none trained it"))
    // Without a temperature there is no gain to flatter.
    let calibration = try #require(valid.calibration)
    #expect(calibration.scaled == nil || calibration.source.contains("flattered"))
  }

  /// Two windows of each clip in the feature file: what is shown, played and changed is the one that speaks most.
  @Test func theWindowIsThatOfItsRow() throws {
    let made = try SoundSet()
    let result = try made.analyze { $0.robustnessTracks = 2 }
    let starts = try made.strongestStarts()
    let studies = result.errors + result.typical
    #expect(studies.contains { $0.window.startSeconds == 0 }, "only the first rows are shown")
    for study in studies {
      let name = URL(fileURLWithPath: study.prediction.path).lastPathComponent
      #expect(study.window.startSeconds == starts[name], "\(name)")
    }
    #expect(result.robustness?.changes.first { $0.name.hasPrefix("mp3") }?.effect?.trackCount == 2)
  }

  /// Features stand; the sound behind them is no sound.
  @Test func brokenSoundBehindFeaturesLeavesTheReport() throws {
    let made = try SoundSet()
    for index in 0..<6 {
      try Data("no sound".utf8).write(to: URL(fileURLWithPath: made.folder + "/\(index).wav"))
    }
    let result = try made.analyze { $0.robustnessTracks = 2 }
    #expect(result.report.count == 6 && result.robustness?.attacks.isEmpty == false)
    #expect(result.withoutSound.count == result.studies.count)
  }

  /// An earlier report's maps and sounds go; what is not ours stays.
  @Test func anEarlierReportLeavesNothingBehind() throws {
    let made = try SoundSet()
    for name in [
      "maps/77-true.npy", "maps/mine.npy", "sounds/77-kept.wav", "sounds/7-take.wav", "pictures/track-77.png",
    ] {
      let path = URL(fileURLWithPath: made.report + "/" + name)
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("x".utf8).write(to: path)
    }
    let result = try made.analyze { _ in }
    let sounds = Set(try FileManager.default.contentsOfDirectory(atPath: made.report + "/sounds"))
    let used = result.studies.compactMap(\.sounds)
      .flatMap { [$0.original, $0.kept, $0.removed].compactMap(\.self) }
    #expect(sounds == Set(used.map { String($0.dropFirst(7)) } + ["7-take.wav"]) && !used.isEmpty)
    let maps = try FileManager.default.contentsOfDirectory(atPath: made.report + "/maps")
    #expect(maps.count == 2 * result.errors.count + 1 && maps.contains("mine.npy"))
    #expect(!FileManager.default.fileExists(atPath: made.report + "/pictures/track-77.png"))
    // A set without one evaluated track leaves nothing of single tracks either.
    #expect(throws: CodedError.self) {
      try made.model.analyzeErrors(
        on: try Dataset.load(made.folder + "/x.npy"), selection: .split(.valid),
        output: made.report)
    }
    #expect(!FileManager.default.fileExists(atPath: made.report + "/misclassified.csv"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: made.report + "/maps") == ["mine.npy"])
  }

  @Test func featuresOfSoundReplaceNothingOfOthers() throws {
    let made = try SoundSet()
    let other = made.folder + "/other.npy"
    try NumpyFile.write(Tensor(shape: [1, 4, 4]), to: other)
    let before = try Data(contentsOf: URL(fileURLWithPath: other))
    let manifest = made.folder + "/manifest.csv"
    try CSVTable.write(
      header: ["path", "label"], rows: [["0.wav", "A"], ["1.wav", "B"]], to: manifest)
    for path in [other, made.folder + "/manifest.npy"] {
      var options = AnalysisOptions()
      (options.featuresPath, options.robustnessTracks) = (path, 0)
      let error = #expect(throws: CodedError.self) {
        try made.model.analyzeErrors(
          on: try Dataset.load(manifest), selection: .all, options: options, output: made.report)
      }
      #expect(error?.code == .usage && error?.message.contains("would replace") == true)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == before)
    #expect(!FileManager.default.fileExists(atPath: made.report))
  }
}

/// Sound files of noise, a feature file of two windows of a second of each, and a small network of random weights.
private struct SoundSet {
  let folder: String
  let model: GenreModel
  var report: String { folder + "/report" }
  private static let clipCount = 6

  init() throws {
    folder = try temporaryFolder()
    var spec = FeatureSpec.mel128
    (spec.binCount, spec.melBandCount, spec.sampleCount) = (16, 16, 22_050)
    let architecture = Architecture(
      name: "small", inputShape: [1, 16, 44],
      chain: [
        ("conv1", Convolution(outputChannels: 4, kernel: [3, 3], padding: [1, 1])),
        ("relu1", ReLU()), ("gap", GlobalAveragePooling()), ("flatten", Flatten()),
        ("dense1", Dense(outputCount: 2)),
      ])
    model = GenreModel(
      network: try Network(architecture, seed: 3), labels: ["A", "B"], featureSpec: spec,
      normalization: FeatureNormalization(
        granularity: .perBin, mean: Tensor(repeating: -20, shape: [16, 1]),
        std: Tensor(repeating: 15, shape: [16, 1])))
    let extractor = try FeatureExtractor(spec)
    var (maps, rows): ([Tensor], [[String]]) = ([], [])
    for clip in 0..<Self.clipCount {
      let samples = SyntheticSound.samples(count: 4 * 22_050, seed: UInt32(clip + 1))
      try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: "\(folder)/\(clip).wav")
      for start in [2, 0] {
        let part = Array(samples[start * 22_050..<(start + 1) * 22_050])
        maps.append(try extractor.map(of: Waveform(samples: part, sampleRateHz: 22_050)).values)
        rows.append(["\(rows.count)", "\(clip).wav", ["A", "B"][clip % 2], "test", "\(start)"])
      }
    }
    let header = ["row", "path", "label", "split", "start_seconds"]
    try NumpyFile.write(Tensor.stack(maps), to: folder + "/x.npy")
    try CSVTable.write(header: header, rows: rows, to: folder + "/x.csv")
    // The same rows, each a recording of its own.
    try NumpyFile.write(Tensor.stack(maps), to: folder + "/single.npy")
    for name in ["x", "single"] {
      let description = FeatureStoreDescription(spec: spec, rows: maps.count, element: "<f4")
      try JSONEncoder().encode(description).write(to: URL(fileURLWithPath: "\(folder)/\(name).json"))
    }
    let single = rows.enumerated().map { [$1[0], "window-\($0)"] + $1.dropFirst(2) }
    try CSVTable.write(header: header, rows: single, to: folder + "/single.csv")
  }

  /// Where the window begins that speaks most for what a clip is heard as.
  func strongestStarts() throws -> [String: Double] {
    let windows = try model.evaluate(on: try Dataset.load(folder + "/single.npy")).predictions
    var starts: [String: Double] = [:]
    for clip in 0..<Self.clipCount {
      let (first, second) = (windows[2 * clip].probabilities, windows[2 * clip + 1].probabilities)
      let chosen = first[0] + second[0] >= first[1] + second[1] ? 0 : 1
      starts["\(clip).wav"] = second[chosen] > first[chosen] ? 0 : 2
    }
    return starts
  }

  func analyze(_ change: (inout AnalysisOptions) -> Void) throws -> AnalysisResult {
    var options = AnalysisOptions()
    options.robustnessTracks = 0
    change(&options)
    return try model.analyzeErrors(
      on: try Dataset.load(folder + "/x.npy"), options: options, output: report
    ).result
  }
}
