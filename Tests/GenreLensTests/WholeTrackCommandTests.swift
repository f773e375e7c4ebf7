import Foundation
import LibrarySupport
import TestSupport
import Testing

@testable import GenreLens

/// `--whole` of `classify` and `explain`.
@Suite(.tags(.hand), .serialized) struct WholeTrackCommandTests {
  /// A folder with a model that pools, one with a dense head, and a sound of 5 s.
  private func folder() throws -> String {
    let folder = try CommandRunner.temporaryFolder()
    try WholeTrack.pooled().write(to: folder + "/pooled.safetensors")
    try WholeTrack.pooled(.flatten).write(to: folder + "/dense.safetensors")
    let samples = WholeTrack.samples(5 * 22_050)
    try Waveform(samples: samples, sampleRateHz: 22_050).writeWAV(to: folder + "/sound.wav")
    return folder
  }

  private func run(_ line: String, in folder: String) throws -> CommandRunner.Output {
    try CommandRunner.run(line.split(separator: " ").map(String.init), in: folder)
  }

  @Test func classifySaysHowTheTrackWasHeard() throws {
    let folder = try folder()
    let text = try run("classify sound.wav --model pooled.safetensors --whole", in: folder)
    #expect(text.status == 0, "\(text.standardError)")
    #expect(text.standardOutput.contains("; the whole track in one pass)"))
    let json = try run("classify sound.wav --model pooled.safetensors --whole --json", in: folder)
    struct Document: Decodable { let tracks: [TrackClassification] }
    let track = try JSONDecoder().decode(Document.self, from: Data(json.standardOutput.utf8)).tracks[0]
    #expect(track.wholeTrack?.pieceCount == 1 && track.wholeTrack?.frameCount == 1 + 5 * 22_050 / 512)
    let logits = try WholeTrack.logits(
      try Waveform.load(path: folder + "/sound.wav", sampleRateHz: nil).samples, WholeTrack.pooled())
    expectClose(
      track.classes.map { Float(track.probabilities[$0] ?? 0) }, softmax(logits).values, absolute: 1e-5)
    let table = try run("classify sound.wav --model pooled.safetensors --whole --csv", in: folder)
    #expect(table.standardOutput.contains(",pieces,") && !table.standardOutput.contains(",windows,"))
  }

  /// Of the published models only the one that would be taken is asked whether it fits, and it is said that it was nobody's choice.
  @Test func aPublishedModelThatDoesNotFitIsTheOneTaken() throws {
    let output = try run("classify sound.wav --whole --max-memory 1MB", in: folder())
    #expect(output.status == 65 && output.messages.count == 1)
    #expect(output.standardError.contains("Checkpoints/folk-hiphop-mfcc20.safetensors: a pass of "))
    #expect(output.standardError.contains("taken where --model names none"))
  }

  /// The model alone needs less than 4 MB, a minute of sound more.
  @Test func theMemoryOptionCutsIntoPieces() throws {
    let folder = try folder()
    try Waveform(samples: WholeTrack.samples(60 * 22_050), sampleRateHz: 22_050)
      .writeWAV(to: folder + "/minute.wav")
    func pieces(_ size: String) throws -> Int {
      let output = try run(
        "classify minute.wav --model pooled.safetensors --whole --jsonl --max-memory \(size)", in: folder)
      #expect(output.status == 0, "\(output.standardError)")
      return try #require(
        try JSONDecoder().decode(TrackClassification.self, from: Data(output.standardOutput.utf8))
          .wholeTrack?.pieceCount)
    }
    let (all, some, few) = (try pieces("1GB"), try pieces("10MB"), try pieces("6MB"))
    #expect(all == 1 && some > 1 && few > some, "\(all), \(some), \(few)")
    let text = try run(
      "classify minute.wav --model pooled.safetensors --whole --max-memory 6MB", in: folder)
    #expect(text.standardOutput.contains("the whole track in \(few) equal pieces, since one pass needs"))
    let explained = try run(
      "explain minute.wav --model pooled.safetensors --whole --max-memory 6MB --output out", in: folder)
    #expect(explained.status == ProcessStatus.badData.rawValue, "\(explained.standardError)")
    #expect(
      explained.messages.count == 1
        && explained.standardError.contains("an explanation of the whole track in one pass needs "))
  }

  @Test func whatDoesNotGoTogetherIsSaid() throws {
    let folder = try folder()
    for (line, words) in [
      ("classify sound.wav --model dense.safetensors --whole", "it reads a fixed number of frames"),
      (
        "explain sound.wav --model dense.safetensors --whole --output out",
        "it reads a fixed number of frames"
      ),
      ("classify sound.wav --model pooled.safetensors --whole --hop-seconds 1", "a hop belongs to windows"),
      (
        "classify sound.wav --model pooled.safetensors --whole --average vote",
        "an average belongs to windows"
      ),
      ("classify sound.wav --model pooled.safetensors --whole --timeline t", "--timeline shows windows"),
      ("explain sound.wav --model pooled.safetensors --whole --start 1 --output out", "leave --start"),
      ("explain sound.wav --model pooled.safetensors --whole --windows all --output out", "leave --start"),
    ] {
      let output = try run(line, in: folder)
      #expect(output.status == ProcessStatus.usage.rawValue, "\(line): \(output.standardError)")
      #expect(output.standardError.contains(words), "\(line): \(output.standardError)")
    }
  }

  /// A folder of results belongs to one way of hearing.
  @Test func aFolderIsOfWindowsOrOfWholeTracks() throws {
    let folder = try folder()
    let whole = try run("classify sound.wav --model pooled.safetensors --whole --output out", in: folder)
    #expect(whole.status == 0, "\(whole.standardError)")
    let table = try String(contentsOfFile: folder + "/out/classifications.csv", encoding: .utf8)
    #expect(table.contains(",pieces,"))
    let again = try run("classify sound.wav --model pooled.safetensors --whole --output out", in: folder)
    #expect(again.standardOutput.contains("1 of them by an earlier run"))
    let other = try run("classify sound.wav --model pooled.safetensors --output out", in: folder)
    #expect(other.status == ProcessStatus.usage.rawValue && other.standardError.contains("--whole"))
  }

  @Test func explainsTheWholeTrack() throws {
    let folder = try folder()
    let output = try run(
      "explain sound.wav --model pooled.safetensors --whole --output out --annotations audacity,raven",
      in: folder)
    #expect(output.status == 0, "\(output.standardError)")
    #expect(output.standardOutput.contains("; the whole track in one pass)"))
    #expect(!output.standardOutput.contains("window"), "\(output.standardOutput)")
    let out = folder + "/out/"
    let document = try JSONDecoder().decode(
      ExplanationDocument.self, from: Data(contentsOf: URL(fileURLWithPath: out + "explanation.json")))
    let frames = 1 + 5 * 22_050 / 512
    #expect(document.track.wholeTrack == WholeTrackPass(pieceCount: 1, frameCount: frames))
    #expect(document.track.segments.isEmpty && document.startSeconds == 0 && document.paddedSeconds == 0)
    // Grad-CAM of the last convolution by hand, over all frames.
    let samples = try Waveform.load(path: folder + "/sound.wav", sampleRateHz: nil).samples
    let model = try WholeTrack.pooled().withWindow(sampleCount: samples.count)
    let spec = try #require(model.featureSpec)
    let map = try FeatureExtractor(spec).map(of: Waveform(samples: samples, sampleRateHz: 22_050))
    let expected = try Explainer(model).explain(
      model.input(map.values),
      score: .logit(model.labels.firstIndex(of: document.explainedClass)))
    let written = try NumpyFile.read(out + "map.npy")
    #expect(written.shape == [10, frames / 2] && expected.axes.map(\.extent) == [10, frames / 2])
    expectClose(written.values, expected.signedMap.values, absolute: 1e-6, relative: 1e-3)
    #expect(try NumpyFile.read(out + "upsampled.npy").shape == [20, frames])
    #expect(try NumpyFile.read(out + "sound-mask.npy").shape == [128, frames])
    let times = try String(contentsOfFile: out + "times.csv", encoding: .utf8).split(separator: "\n")
    #expect(times.count == 1 + frames)
    for name in ["original", "kept", "removed", "highlighted"] {
      #expect(try Waveform.load(path: out + name + ".wav", sampleRateHz: nil).samples.count == 5 * 22_050)
    }
    let page = try String(contentsOfFile: out + "explanation.html", encoding: .utf8)
    #expect(page.contains("Explained is the whole track, as the network heard it in one pass."))
    for words in ["this window", "Probability over time", "Segments", "Explained window"] {
      #expect(!page.contains(words), "\(words)")
    }
  }

  @Test func everyLayerAndManyFiles() throws {
    let folder = try folder()
    let layers = try run(
      "explain sound.wav --model pooled.safetensors --whole --layer all --output layers --no-audio",
      in: folder)
    #expect(layers.status == 0, "\(layers.standardError)")
    #expect(try NumpyFile.read(folder + "/layers/map-conv1.npy").shape == [20, 216])
    try FileManager.default.copyItem(atPath: folder + "/sound.wav", toPath: folder + "/other.wav")
    let many = try run(
      "explain sound.wav other.wav --model pooled.safetensors --whole --output many --no-audio", in: folder)
    #expect(many.status == 0, "\(many.standardError)")
    #expect(many.standardOutput.contains("in the whole track:"))
    // A method of many passes takes as many copies as fit.
    let rise = try run(
      "explain sound.wav --model pooled.safetensors --whole --method rise --masks 40 --output rise --no-audio --max-memory 8MB",
      in: folder)
    #expect(rise.status == 0, "\(rise.standardError)")
    #expect(try NumpyFile.read(folder + "/rise/map.npy").shape == [20, 216])
  }

  /// Of what made the model the same is said as of windows, which training recordings are known by.
  @Test func trainingRecordingsAreKnown() throws {
    let made = try MadeRecordings()
    let trained = try made.run(
      "train set.csv --config plan.yaml --epochs 1 --set network.head=global-average-pooling --output m.safetensors"
    )
    #expect(trained.status == 0, "\(trained.standardError)")
    let files = MadeRecordings.seconds.indices.map { "Beat-\($0).wav" }.joined(separator: " ")
    func roles(_ options: String) throws -> [String?] {
      let tracks =
        try made.json("classify \(files) --model m.safetensors --json\(options)")["tracks"]
        as? [[String: Any]]
      return (tracks ?? []).map { $0["training"] as? String }
    }
    let (whole, windows) = (try roles(" --whole"), try roles(""))
    #expect(whole == windows && Set(whole).count == 3, "\(whole)")
    let text = try made.run("classify Beat-0.wav --model m.safetensors --whole")
    #expect(text.standardOutput.contains("the whole track in one pass; this file trained the model"))
  }
}
