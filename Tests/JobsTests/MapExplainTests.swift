import Analysis
import Datasets
import Explanation
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

/// A model whose front end is unknown explains maps that somebody has, and refuses sound.
@Suite(.tags(.hand, .hostile)) struct MapExplainTests {
  private func model() throws -> GenreModel {
    GenreModel(
      network: try WholeTrack.pooled().network, labels: ["A", "B", "C"], featureSpec: nil,
      normalization: .none(binCount: 20))
  }

  /// Three maps, of which the first two are one recording's.
  private func dataset() throws -> Dataset {
    let path = try temporaryFolder() + "/x.npy"
    var generator = SeededGenerator(seed: 7)
    let values = (0..<3 * 20 * 44).map { _ in generator.normal() }
    try NumpyFile.write(Tensor(values, shape: [3, 20, 44]), to: path)
    try CSVTable.write(
      header: ["row", "path", "label", "start_seconds"],
      rows: [["0", "one.wav", "A", "0"], ["1", "one.wav", "A", "1"], ["2", "two.wav", "B", "0"]],
      to: String(path.dropLast(3)) + "csv")
    return try Dataset.load(path, needsLabels: false)
  }

  @Test func theRowsMapIsThatOfTheExplainer() throws {
    let (model, dataset, folder) = (try model(), try dataset(), try temporaryFolder() + "/out")
    let recording = try StoredRecording(.row(1), in: dataset)
    let document = try model.explain(maps: recording, output: folder)
    let maps = try NumpyFile.read(dataset.featuresPath ?? "")
    let input = maps.item(1)
    let index = try #require(model.labels.firstIndex(of: document.how.explainedClass))
    let why = try Explainer(model).explain(input, score: Score.logit().of(index))
    #expect(try NumpyFile.read(folder + "/map.npy") == why.signedMap)
    let upsampled = try NumpyFile.read(folder + "/upsampled.npy")
    #expect(upsampled.shape == [20, 44] && upsampled == why.upsampledMap)
    #expect(document.row == 1 && document.rowCount == 2 && document.label == document.how.explainedClass)
    #expect(
      document.notes.first?.contains("unknown") == true && document.notes.first?.contains("heard") == true)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names == ["explanation.json", "explanation.png", "map.npy", "upsampled.npy"])
    // The probabilities of the recording are the mean of its windows'.
    let each = model.probabilities([maps.item(0), maps.item(1)])
    for (index, label) in model.labels.enumerated() {
      let mean = Double(each[0, index] + each[1, index]) / 2
      #expect(abs((document.probabilities[label] ?? 0) - mean) < 1e-6)
    }
  }

  @Test func aRecordingShowsTheMapThatSpeaksMostForTheClass() throws {
    let (model, dataset) = (try model(), try dataset())
    let maps = try NumpyFile.read(dataset.featuresPath ?? "")
    let each = model.probabilities([maps.item(0), maps.item(1)])
    var request = ExplanationRequest()
    for (index, label) in model.labels.enumerated() {
      request.className = label
      let document = try model.explain(
        maps: try StoredRecording(.named("one.wav"), in: dataset), request,
        output: try temporaryFolder() + "/out")
      #expect(
        document.row == (each[0, index] >= each[1, index] ? 0 : 1) && document.how.explainedClass == label)
    }
  }

  @Test func severalMethodsAreOnOneSheet() throws {
    let (model, dataset, folder) = (try model(), try dataset(), try temporaryFolder() + "/out")
    var request = ExplanationRequest()
    request.compared = [HiResCAM()]
    let recording = try StoredRecording(.row(2), in: dataset)
    let document = try model.explain(maps: recording, request, output: folder)
    #expect(document.comparison?.methods.map(\.method) == ["grad-cam", "hires-cam"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.contains("methods.png") && names.contains("map-hires-cam.npy"))
    // What an earlier explanation wrote is replaced, and nothing of it is left.
    _ = try model.explain(maps: recording, output: folder)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 4)
  }

  @Test func soundIsRefused() throws {
    let model = try model()
    let path = try temporaryFolder() + "/sound.wav"
    let samples = WholeTrack.samples(22_050).map { Int16(max(-1, min(1, $0)) * 32_767) }
    try wavFile(samples).write(to: URL(fileURLWithPath: path))
    let attempts: [() throws -> Void] = [
      { _ = try model.classify([path]) },
      { _ = try model.explain(path, output: try temporaryFolder() + "/out") },
    ]
    for attempt in attempts {
      let error = #expect(throws: CodedError.self) { try attempt() }
      #expect(error?.code == .badInput && error?.message.contains("cannot hear sound") == true)
      #expect(
        error?.message.contains("explain X.npy --row 0") == true && error?.message.contains("\n") == false)
    }
  }

  @Test func whatNeedsToBeKnownIsRefused() throws {
    let recording = try StoredRecording(.row(0), in: try dataset())
    let changes: [(inout ExplanationRequest) -> Void] = [
      { $0.window = .number(1) }, { $0.explainsEveryWindow = true }, { $0.scoring.hopSeconds = 1 },
      { $0.scoring.wholeTrack = WholeTrackOptions() }, { $0.className = "D" },
      { ($0.className, $0.contrastClassName) = ("A", "A") },
    ]
    for change in changes {
      var request = ExplanationRequest()
      change(&request)
      #expect(throws: CodedError.self) {
        _ = try model().explain(maps: recording, request, output: try temporaryFolder() + "/out")
      }
    }
  }
}
