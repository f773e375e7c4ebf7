import Datasets
import Features
import Files
import Foundation
import Models
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .hostile)) struct LabeledMapsTests {
  /// Rows 0...5 of random 3 x 4 maps with labels B A B A B A and splits train, train, train, valid, test, train.
  func store(_ folder: TemporaryFolder) throws -> (maps: Tensor, labeled: LabeledMaps) {
    var generator = SeededGenerator(seed: 3)
    let maps = Tensor((0..<72).map { _ in 5 * generator.normal() - 20 }, shape: [6, 3, 4])
    try NumpyFile.write(maps, to: folder["x.npy"])
    try folder.write(
      "row,label,split\n5,A,train\n4,B,test\n3,A,valid\n2,B,train\n1,A,train\n0,B,train\n", to: "x.csv")
    let dataset = try Dataset.load(folder["x.npy"])
    return (maps, try LabeledMaps(store: .open(folder["x.npy"]), dataset: dataset))
  }

  @Test func rowsClassesAndSplits() throws {
    let folder = try TemporaryFolder()
    let (_, labeled) = try store(folder)
    #expect(labeled.labels == ["A", "B"] && labeled.rows == [5, 4, 3, 2, 1, 0])
    #expect(labeled.classes == [0, 1, 0, 1, 0, 1])
    #expect(labeled.examples(in: .train) == [0, 3, 4, 5] && labeled.examples(in: .test) == [1])
    #expect(labeled.classCounts([0, 1, 3]) == [1, 2])
  }

  /// A long recording weighs no more than a short one; one window each is weighed as ever.
  @Test func recordingsWeighTheSameInTheStandardisation() throws {
    let folder = try TemporaryFolder()
    try NumpyFile.write(Tensor([2, 4, 6, 10], shape: [4, 1, 1]), to: folder["x.npy"])
    func mean(_ recordings: [String]) throws -> (Float, Float) {
      let lines = recordings.enumerated().map { "\($0),\($0 == 3 ? "B" : "A"),train,\($1)\n" }
      try folder.write("row,label,split,recording\n" + lines.joined(), to: "x.csv")
      let maps = try LabeledMaps(store: .open(folder["x.npy"]), dataset: .load(folder["x.npy"]))
      let found = try maps.fitNormalization(.perBin, on: [0, 1, 2, 3])
      return (found.mean.values[0], found.std.values[0])
    }
    // (2 + 4 + 6) / 3 and 10: each a half. Variance (25 + 9 + 1) / 6 + 9 / 2.
    let joined = try mean(["a", "a", "a", "b"])
    #expect(abs(joined.0 - 7) < 1e-6 && abs(joined.1 - (35.0 / 6 + 4.5).squareRoot()) < 1e-6)
    let apart = try mean(["a", "b", "c", "d"])
    var fitter = FeatureNormalizationFitter()
    for value in [2, 4, 6, 10] as [Float] { fitter.add(Tensor([value], shape: [1, 1])) }
    let plain = try fitter.finish(.perBin)
    #expect(apart.0 == plain.mean.values[0] && apart.1 == plain.std.values[0])
    #expect(apart.0 == 5.5 && apart.1 == Float(8.75).squareRoot())
  }

  @Test func aModelsLabelsDecideTheClasses() throws {
    let folder = try TemporaryFolder()
    let labeled = try store(folder).labeled
    let dataset = try Dataset.load(folder["x.npy"])
    let other = try LabeledMaps(store: labeled.store, dataset: dataset, labels: ["B", "Jazz", "A"])
    #expect(other.classes == [2, 0, 2, 0, 2, 0])
    let error = try #require(throws: CodedError.self) {
      _ = try LabeledMaps(store: labeled.store, dataset: dataset, labels: ["A", "C"])
    }
    #expect(error.code == .unknownLabel && error.line == 3)
  }

  @Test(arguments: FeatureNormalization.Granularity.allCases)
  func batchesAreStandardized(granularity: FeatureNormalization.Granularity) throws {
    let folder = try TemporaryFolder()
    let (maps, labeled) = try store(folder)
    let normalization = try labeled.fitNormalization(granularity, on: labeled.examples(in: .train))
    let source = BatchSource(maps: labeled, normalization: normalization)
    let examples = [4, 1, 2]
    let batch = source.inputs(examples)
    #expect(batch.shape == [3, 1, 3, 4])
    let expected = examples.flatMap { normalization.apply(to: maps.item(labeled.rows[$0])).values }
    // One rounding more, of the reciprocal: two units in the last place.
    expectClose(batch.values, expected, absolute: 1e-6, relative: 3e-7)
    if granularity != .none {
      let train = source.inputs(labeled.examples(in: .train)).values
      #expect(abs(train.reduce(0, +) / Float(train.count)) < 1e-5)
    }
    #expect(source.labels == labeled.classes && source.mapShape == [3, 4])
  }

  @Test func trainingBatchesAreAugmentedBySeed() throws {
    let folder = try TemporaryFolder()
    let labeled = try store(folder).labeled
    var source = BatchSource(
      maps: labeled, normalization: try labeled.fitNormalization(.perBin, on: [0, 1, 2, 3]))
    let targets = Tensor([1, 0, 0, 1], shape: [2, 2])
    #expect(source.trainingBatch([0, 1], targets: targets, seed: 1).inputs == source.inputs([0, 1]))
    source.augmentation.noise = 1
    source.augmentation.mixup = 1
    let (inputs, mixed) = source.trainingBatch([0, 1], targets: targets, seed: 1)
    #expect(inputs != source.inputs([0, 1]) && mixed.shape == [2, 2])
    #expect(source.trainingBatch([0, 1], targets: targets, seed: 1) == (inputs, mixed))
    #expect(source.trainingBatch([0, 1], targets: targets, seed: 2).inputs != inputs)
  }

  @Test func aValueThatIsNoNumberIsNamed() throws {
    let folder = try TemporaryFolder()
    var (maps, _) = try store(folder)
    maps[2, 1, 3] = .nan
    try NumpyFile.write(maps, to: folder["x.npy"])
    let labeled = try LabeledMaps(store: .open(folder["x.npy"]), dataset: .load(folder["x.npy"]))
    let error = try #require(throws: CodedError.self) {
      _ = try labeled.fitNormalization(.perBin, on: labeled.examples(in: .train))
    }
    #expect(error.code == .notFinite && error.message.contains("row 2"))
    #expect(throws: CodedError.self) { try labeled.requireFinite([3]) }
    try labeled.requireFinite([0, 1, 2, 4, 5])
  }
}
