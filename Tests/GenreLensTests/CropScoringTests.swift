import Foundation
import GenreLens
import Testing

/// Maps longer than the network's input, and shifted copies; the network says class 1 exactly where the mean is positive.
@Suite struct CropScoringTests {
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
    let path = try CommandRunner.temporaryFolder() + "/x.npy"
    let row = (0..<8).map { Float($0 < 4 ? -1 : 3) }
    try NumpyFile.write(Tensor(row + row, shape: [1, 2, 8]), to: path)
    try CSVTable.write(
      header: ["row", "label", "split"], rows: [["0", "B", "test"]], to: String(path.dropLast(3)) + "csv")
    return try Dataset.load(path)
  }

  private func sigmoid(_ difference: Double) -> Double { 1 / (1 + exp(-difference)) }

  @Test func cropsCoverALongMap() throws {
    let evaluation = try evaluate(try model(), on: try dataset())
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
      let evaluation = try evaluate(model, on: try dataset(), options: options)
      #expect(evaluation.windows.count == 3)
      #expect(abs(evaluation.predictions[0].probabilities[1] - expected) < 1e-6)
    }
    options.average = .vote
    let votes = try evaluate(try model(), on: try dataset(), options: options)
    #expect(abs(votes.predictions[0].probabilities[1] - 2.0 / 3) < 1e-12)
  }

  @Test func aLongMapIsNoInputOfAModelOfWholeMaps() throws {
    #expect(throws: GenreLensError.self) { try evaluate(try model(trainedOnCrops: false), on: try dataset()) }
  }

  @Test func hopIsForSound() throws {
    var options = ScoringOptions()
    options.hopSeconds = 1
    let error = #expect(throws: GenreLensError.self) {
      try evaluate(try model(), on: try dataset(), options: options)
    }
    #expect(error?.code == .usage)
  }

  @Test func documentHasTheReportsKeysAndTheWindows() throws {
    let evaluation = try evaluate(try model(), on: try dataset())
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(evaluation)) as? [String: Any]
    let document = try #require(object)
    #expect(document["accuracy"] as? Double == 1 && document["count"] as? Int == 1)
    let windows = try #require(document["windows"] as? [String: Any])
    #expect(windows["count"] as? Int == 2 && windows["accuracy"] as? Double == 0.5)
    #expect(evaluation.table().contains("single windows: accuracy 50.0 % of 2"))
  }
}
