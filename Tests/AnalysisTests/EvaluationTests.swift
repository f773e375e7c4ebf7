import Analysis
import Datasets
import Features
import Files
import Foundation
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// A network that only looks at the mean of its input: class 1 exactly where that is positive.
@Suite(.tags(.hand)) struct EvaluationTests {
  private static let spec: FeatureSpec = {
    var spec = FeatureSpec.mfcc20
    (spec.binCount, spec.sampleCount) = (4, 4 * 512)
    return spec
  }()

  private func model() throws -> GenreModel {
    let architecture = Architecture(
      name: "mean", inputShape: [1, 4, 5],
      chain: [
        ("gap", GlobalAveragePooling()), ("flatten", Flatten()), ("dense1", Dense(outputCount: 2)),
      ])
    var network = try Network(architecture, seed: 1)
    network.parameters["dense1.weight"] = Tensor([-3, 3], shape: [2, 1])
    network.parameters["dense1.bias"] = Tensor([0, 0], shape: [2])
    let normalization = FeatureNormalization(
      granularity: .none, mean: Tensor(repeating: 0, shape: [4, 1]), std: Tensor(repeating: 1, shape: [4, 1]))
    return GenreModel(
      network: network, labels: ["Folk", "Hip-Hop"], featureSpec: Self.spec, normalization: normalization)
  }

  /// A feature file of constant maps.
  private func dataset(_ rows: [(value: Float, label: String, path: String, split: String)]) throws -> Dataset
  {
    let path = try temporaryFolder() + "/x.npy"
    let maps = rows.map { Tensor(repeating: $0.value, shape: [4, 5]) }
    try NumpyFile.write(Tensor.stack(maps), to: path)
    try CSVTable.write(
      header: ["row", "path", "label", "split", "start_seconds"],
      rows: rows.enumerated().map {
        ["\($0.offset)", $0.element.path, $0.element.label, $0.element.split, "\($0.offset)"]
      }, to: String(path.dropLast(3)) + "csv")
    return try Dataset.load(path).stating(Self.spec)
  }

  @Test func windowsOfARecordingAreAveraged() throws {
    let dataset = try dataset([
      (-1, "Folk", "a.mp3", "test"), (0.2, "Folk", "a.mp3", "test"), (2, "Folk", "b.mp3", "test"),
      (1, "Hip-Hop", "c.mp3", "test"), (-9, "Hip-Hop", "d.mp3", "train"),
    ])
    let evaluation = try model().evaluate(on: dataset)
    #expect(evaluation.predictions.map(\.predicted) == ["Folk", "Hip-Hop", "Hip-Hop"])
    #expect(evaluation.report.confusion == [[1, 1], [0, 1]])
    // Softmax of (3, -3) and (-0.6, 0.6): 1 / (1 + e^-6) and 1 / (1 + e^1.2).
    let expected = (1 / (1 + exp(-6.0)) + 1 / (1 + exp(1.2))) / 2
    #expect(abs(evaluation.predictions[0].probabilities[0] - expected) < 1e-6)
  }

  @Test func valueThatIsNoNumberLeavesItsTrackOut() throws {
    let dataset = try dataset([
      (-1, "Folk", "a", "test"), (.nan, "Folk", "b", "test"), (1, "Hip-Hop", "c", "test"),
    ])
    let evaluation = try model().evaluate(on: dataset)
    #expect(evaluation.report.count == 2 && evaluation.leftOut.count == 1)
    #expect(evaluation.leftOut.first?.reason.contains("row 1") == true)
  }

  @Test func unknownGenresAreNamedWithTheNearestKnownOne() throws {
    let dataset = try dataset([
      (-1, "Folk", "a", "test"), (1, "Jazz", "b", "test"), (1, "Hip-Hop", "c", "test"),
      (1, "hip hop", "d", "test"), (1, "hip hop", "e", "test"), (1, "Hiphop", "f", "train"),
    ])
    let evaluation = try model().evaluate(on: dataset)
    // Not even another spelling is taken for the model's genre.
    #expect(evaluation.report.count == 2)
    #expect(
      evaluation.notes.contains(
        "3 recordings of genres that the model does not know left out: hip hop (2; did you mean Hip-Hop?), Jazz (1)"
      )
    )
  }

  @Test func aGenreWithoutTracksIsSaid() throws {
    let evaluation = try model().evaluate(on: try dataset([(-1, "Folk", "a", "test")]))
    #expect(evaluation.notes.contains { $0.hasPrefix("no track of Hip-Hop is here") })
    let line = evaluation.table().split(separator: "\n").first { $0.hasPrefix("Hip-Hop") }
    #expect(line?.split(separator: " ") == ["Hip-Hop", "-", "-", "-", "none"])
  }

  @Test func selectionTakesSplitsOrAll() throws {
    let dataset = try dataset([(-1, "Folk", "a", "train"), (1, "Hip-Hop", "b", "valid")])
    #expect(try model().evaluate(on: dataset, selection: .all).report.count == 2)
    #expect(try model().evaluate(on: dataset, selection: ClipSelection(named: "val")).report.count == 1)
    #expect(throws: CodedError.self) { try model().evaluate(on: dataset) }
    #expect(throws: CodedError.self) { try ClipSelection(named: "tomorrow") }
  }

  /// A figure of a part says so, and how to have all.
  @Test func theJudgedPartIsSaid() throws {
    let rows: [(value: Float, label: String, path: String, split: String)] = [
      (-1, "Folk", "a", "test"), (1, "Hip-Hop", "b", "test"), (1, "Hip-Hop", "c", "train"),
      (1, "Jazz", "d", "test"),
    ]
    let own = try model().evaluate(on: try dataset(rows))
    #expect(own.table().contains("\nof the test part: 2 of 3 recordings; --split all takes all of them\n"))
    let all = try model().evaluate(on: try dataset(rows), selection: .all)
    #expect(!all.table().contains(" part: "))
    for (evaluation, split) in [(own, "test"), (all, "all")] {
      let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(evaluation)) as? [String: Any]
      #expect(json?["split"] as? String == split)
    }
    let many = (0..<40).map { number in
      (
        value: Float(number % 2 == 0 ? -1 : 1), label: number % 2 == 0 ? "Folk" : "Hip-Hop",
        path: "\(number)",
        split: ""
      )
    }
    let divided = try model().evaluate(on: try dataset(many))
    #expect(
      divided.table().contains(
        "of the test part: \(divided.report.count) of 40 recordings, divided as in the model's training; --split all "
      ))
    let few = #expect(throws: CodedError.self) { try model().evaluate(on: dataset(Array(many.prefix(4)))) }
    #expect(few?.code == .tooFewClips && few?.message.contains("; --split all takes") == true)
    let none = #expect(throws: CodedError.self) {
      try model().evaluate(on: dataset(rows), selection: .split(.valid))
    }
    #expect(none?.message.hasSuffix("(train 1, valid 0, test 2); --split all takes all of them") == true)
  }

  @Test func mapsOfAnotherShapeAreRefused() throws {
    let path = try temporaryFolder() + "/x.npy"
    try NumpyFile.write(Tensor(repeating: 0, shape: [1, 4, 6]), to: path)
    try CSVTable.write(
      header: ["row", "label", "split"], rows: [["0", "Folk", "test"]], to: String(path.dropLast(3)) + "csv")
    let error = #expect(throws: CodedError.self) { try model().evaluate(on: try Dataset.load(path)) }
    #expect(error?.message.contains("[4, 6]") == true)
  }
}
