import Analysis
import Datasets
import Features
import Files
import Foundation
import Jobs
import Models
import Networks
import Tensors
import TestSupport
import Testing
import Training

/// Maps longer than the network's input, and shifted copies; the network says class 1 exactly where the mean is positive.
@Suite(.tags(.property)) struct CropScoringTests {
  private func model(trainedOnCrops: Bool = true) throws -> GenreModel {
    let architecture = Architecture(
      name: "mean", inputShape: [1, 2, 4],
      chain: [
        ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense1", Dense(outputCount: 2)),
      ])
    var network = try Network(architecture, seed: 1)
    network.parameters["dense1.weight"] = Tensor([-1, 1], shape: [2, 1])
    network.parameters["dense1.bias"] = Tensor([0, 0], shape: [2])
    let normalization = FeatureNormalization(
      granularity: .none, mean: Tensor(repeating: 0, shape: [2, 1]), std: Tensor(repeating: 1, shape: [2, 1]))
    var model = GenreModel(
      network: network, labels: ["A", "B"], featureSpec: nil, normalization: normalization)
    if trainedOnCrops {
      model.provenance.configuration = TrainingConfiguration()
      model.provenance.configuration?.cropFrames = 4
    }
    return model
  }

  /// One map of 2 bins x 8 frames: -1 in the first half, +3 in the second.
  private func dataset() throws -> Dataset {
    let path = try temporaryFolder() + "/x.npy"
    let row = (0..<8).map { Float($0 < 4 ? -1 : 3) }
    try NumpyFile.write(Tensor(row + row, shape: [1, 2, 8]), to: path)
    try CSVTable.write(
      header: ["row", "label", "split"], rows: [["0", "B", "test"]], to: String(path.dropLast(3)) + "csv")
    return try Dataset.load(path)
  }

  private func sigmoid(_ difference: Double) -> Double { 1 / (1 + exp(-difference)) }

  /// A recording has times and frequencies, which a model of maps of unknown origin does not know; the figures of `evaluate` need none.
  @Test func aRecordingNeedsKnownFeatures() throws {
    let (model, dataset) = (try model(), try dataset())
    let recording = try StoredRecording(.row(0), in: dataset)
    for attempt in [
      { _ = try model.classify(recording) },
      { _ = try model.explain(recording, output: try temporaryFolder() + "/out") },
    ] as [() throws -> Void] {
      let error = #expect(throws: CodedError.self) { try attempt() }
      #expect(error?.code == .badInput && error?.path.hasSuffix("x.npy") == true)
      #expect(error?.message.contains("--spec") == true && error?.message.contains("sound") == false)
    }
  }

  @Test func cropsCoverALongMap() throws {
    let evaluation = try model().evaluate(on: try dataset())
    #expect(evaluation.windows == WindowCounts(count: 2, correct: 1))
    let expected = (sigmoid(-2) + sigmoid(6)) / 2
    #expect(abs(evaluation.predictions[0].probabilities[1] - expected) < 1e-6)
    #expect(evaluation.predictions[0].predicted == "B")
    #expect(evaluation.windows.accuracy == 0.5)
  }

  @Test func moreCropsOverlap() throws {
    var options = ScoringOptions()
    options.crops = 3
    // Crops at 0, 2 and 4: means -1, 1 and 3.
    let expected = (sigmoid(-2) + sigmoid(2) + sigmoid(6)) / 3
    for model in [try model(), try model(trainedOnCrops: false)] {
      let evaluation = try model.evaluate(on: try dataset(), options: options)
      #expect(evaluation.windows.count == 3)
      #expect(abs(evaluation.predictions[0].probabilities[1] - expected) < 1e-6)
    }
    options.average = .vote
    let votes = try model().evaluate(on: try dataset(), options: options)
    #expect(abs(votes.predictions[0].probabilities[1] - 2.0 / 3) < 1e-12)
  }

  /// Eight frames of 0.125 s, the model's window is four of them.
  private func padded(_ seconds: Double, crops: Int? = nil) throws -> (
    evaluation: Evaluation, track: TrackClassification
  ) {
    let path = try dataset().path
    let spec = String(path.dropLast(5)) + "spec.yaml"
    try
      "kind: melDecibels\nbinCount: 2\nmelBandCount: 2\nsampleRateHz: 8000\nhopLength: 1000\nsampleCount: 7000\n"
      .write(toFile: spec, atomically: true, encoding: .utf8)
    try CSVTable.write(
      header: ["row", "label", "split", "start_seconds", "padded_seconds"],
      rows: [["0", "B", "test", "0", "\(seconds)"]],
      to: String(path.dropLast(3)) + "csv")
    var model = try model()
    var heard = try FeatureSpec.resolved(spec)
    heard.sampleCount = 3000
    model.frontEnd = .sound(heard)
    let dataset = try Dataset.load(path, stating: spec)
    var options = ScoringOptions()
    options.crops = crops
    return (
      try model.evaluate(on: dataset, options: options),
      try model.classify(StoredRecording(.row(0), in: dataset), options: options).track
    )
  }

  /// Crops of nothing but the silence behind a row's sound are not judged, and each crop knows how much of it is silence.
  @Test func cropsKnowTheirPadding() throws {
    let whole = try padded(0)
    #expect(whole.evaluation.windows.count == 2 && whole.track.windows.map(\.paddedSeconds) == [nil, nil])

    let half = try padded(0.5)
    #expect(half.evaluation.windows.count == 1)
    #expect(abs(half.evaluation.predictions[0].probabilities[1] - sigmoid(-2)) < 1e-6)
    #expect(half.track.windows.count == 1 && half.track.windows[0].paddedSeconds == nil)

    // Sound of 0.425 s: of crops at 0, 0.25 and 0.5 s the first is whole, the second ends 0.2 s behind it, the third is silence.
    let three = try padded(0.45, crops: 3)
    #expect(three.evaluation.windows.count == 2 && three.track.windows.count == 2)
    #expect(three.track.windows[0].paddedSeconds == nil && three.track.windows[0].endSeconds == 0.375)
    #expect(abs((three.track.windows[1].paddedSeconds ?? 0) - 0.2) < 1e-9)
    #expect(abs(three.track.windows[1].endSeconds - 0.425) < 1e-9)
    #expect(abs(three.track.paddedSeconds - 0.2) < 1e-9)
  }

  @Test func aLongMapIsNoInputOfAModelOfWholeMaps() throws {
    #expect(throws: CodedError.self) { try model(trainedOnCrops: false).evaluate(on: try dataset()) }
  }

  @Test func hopIsForSound() throws {
    var options = ScoringOptions()
    options.hopSeconds = 1
    let error = #expect(throws: CodedError.self) {
      try model().evaluate(on: try dataset(), options: options)
    }
    #expect(error?.code == .usage)
  }

  @Test func documentHasTheReportsKeysAndTheWindows() throws {
    let evaluation = try model().evaluate(on: try dataset())
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(evaluation)) as? [String: Any]
    let document = try #require(object)
    #expect(document["accuracy"] as? Double == 1 && document["count"] as? Int == 1)
    let windows = try #require(document["windows"] as? [String: Any])
    #expect(windows["count"] as? Int == 2 && windows["accuracy"] as? Double == 0.5)
    #expect(evaluation.table().contains("single windows: accuracy 50.0 % of 2"))
  }
}
