import Features
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand)) struct TimeCropsTests {
  @Test func asFewAsCoverTheMap() {
    #expect(TimeCrops(of: 431, cropFrames: 130).starts == [0, 100, 201, 301])
    #expect(TimeCrops(of: 260, cropFrames: 130).starts == [0, 130])
    #expect(TimeCrops(of: 130, cropFrames: 130).starts == [0])
    #expect(TimeCrops(of: 10, cropFrames: 7, count: 1).starts == [1])
    // Not more than there are places.
    #expect(TimeCrops(of: 10, cropFrames: 8, count: 50).starts == [0, 1, 2])
  }

  /// Sorted, within the map, no frame left out.
  @Test(arguments: 1..<40) func cropsCover(cropFrames: Int) {
    for extra in 0..<60 {
      let crops = TimeCrops(of: cropFrames + extra, cropFrames: cropFrames)
      #expect(crops.starts.last == extra && (crops.starts.first == 0))
      #expect(zip(crops.starts, crops.starts.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 <= cropFrames })
    }
  }

  /// 2 maps of 3 bins x 10 frames whose value tells row, bin and frame.
  func source(_ folder: TemporaryFolder, cropFrames: Int?) throws -> BatchSource {
    let values = (0..<60).map { Float($0 / 30 * 100 + $0 % 30) }
    try NumpyFile.write(Tensor(values, shape: [2, 3, 10]), to: folder["x.npy"])
    try folder.write("row,label,split\n0,A,train\n1,B,train\n", to: "x.csv")
    let maps = try LabeledMaps(store: .open(folder["x.npy"]), dataset: .load(folder["x.npy"]))
    let normalization = FeatureNormalization(
      granularity: .perBin, mean: Tensor([0, 1, 2], shape: [3, 1]), std: Tensor([1, 2, 4], shape: [3, 1]))
    return BatchSource(maps: maps, normalization: normalization, cropFrames: cropFrames)
  }

  @Test func viewsAreTheCropsStandardized() throws {
    let folder = try TemporaryFolder()
    let source = try source(folder, cropFrames: 4)
    #expect(source.mapShape == [3, 4] && source.viewCount == 3)
    // Frames 6 ... 9 of row 1: 106 ..., 116 ..., 126 ..., less 0, 1, 2 and by 1, 2, 4.
    let expected: [Float] = [106, 107, 108, 109, 57.5, 58, 58.5, 59, 31, 31.25, 31.5, 31.75]
    #expect(source.inputs([1], view: 2) == Tensor(expected, shape: [1, 1, 3, 4]))
    #expect(source.inputs([0], view: 1).values.first == 3 && source.inputs([0]).values.first == 3)
  }

  @Test func trainingCropsAreStretchesAtRandomPlaces() throws {
    let folder = try TemporaryFolder()
    let source = try source(folder, cropFrames: 4)
    let targets = Tensor([1, 0, 0, 1], shape: [2, 2])
    var starts: Set<Float> = []
    for seed in 0..<60 as Range<UInt64> {
      let (inputs, same) = source.trainingBatch([0, 1], targets: targets, seed: seed)
      #expect(inputs.shape == [2, 1, 3, 4] && same == targets)
      #expect(source.trainingBatch([0, 1], targets: targets, seed: seed).inputs == inputs)
      let first = inputs.values[0]
      starts.insert(first)
      // Bin 0 has mean 0 and deviation 1: the frames' numbers, one after the other.
      #expect(Array(inputs.values[0..<4]) == [first, first + 1, first + 2, first + 3])
      #expect(inputs.values[4] == (10 + first - 1) / 2)
    }
    #expect(starts == [0, 1, 2, 3, 4, 5, 6])
  }

  @Test func cropsWithoutSoundAreNone() {
    let crops = TimeCrops(of: 10, cropFrames: 4)
    #expect(crops.starts == [0, 3, 6])
    #expect(crops.starts(soundFrameCount: 10) == [0, 3, 6] && crops.starts(soundFrameCount: 6) == [0, 3])
    #expect(crops.starts(soundFrameCount: 1) == [0])
    // A single one in the middle of a map that is silent there.
    #expect(TimeCrops(of: 10, cropFrames: 4, count: 1).starts(soundFrameCount: 2) == [0])
  }

  /// Row 0 has 0.625 s of sound in 1.125 s, five frames of ten; row 1 is whole.
  @Test func cropsOfAddedSilenceDoNotTrainAndAreNotJudged() throws {
    let folder = try TemporaryFolder()
    _ = try source(folder, cropFrames: 4)
    try folder.write("row,label,split,padded_seconds\n0,A,train,0.5\n1,B,train,\n", to: "x.csv")
    var spec = FeatureSpec()
    (spec.kind, spec.binCount, spec.melBandCount) = (.melDecibels, 3, 3)
    (spec.sampleRateHz, spec.sampleCount, spec.hopLength) = (8000, 9000, 1000)
    #expect(spec.soundFrameCount(paddedSeconds: 0.5) == 5 && spec.soundFrameCount(paddedSeconds: 0) == 10)
    let dataset = try Dataset.load(folder["x.npy"]).stating(spec)
    let store = try #require(try dataset.featureStore())
    let source = BatchSource(
      maps: try LabeledMaps(store: store, dataset: dataset),
      normalization: FeatureNormalization(
        granularity: .none, mean: Tensor(repeating: 0, shape: [3, 1]),
        std: Tensor(repeating: 1, shape: [3, 1])),
      cropFrames: 4)
    #expect((0..<3).map { source.isHeard(0, view: $0) } == [true, true, false])
    #expect((0..<3).allSatisfy { source.isHeard(1, view: $0) })
    var starts: [Set<Float>] = [[], []]
    for seed in 0..<80 as Range<UInt64> {
      let inputs = source.trainingBatch([0, 1], targets: Tensor([1, 0, 0, 1], shape: [2, 2]), seed: seed)
        .inputs
      starts[0].insert(inputs.values[0])
      starts[1].insert(inputs.values[12] - 100)
    }
    #expect(starts == [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6]])
  }

  @Test func wholeMapsAreAsBefore() throws {
    let folder = try TemporaryFolder()
    let source = try source(folder, cropFrames: 0)
    #expect(source.viewCount == 1 && source.mapShape == [3, 10])
    #expect(source.inputs([1, 0], view: 0) == source.inputs([1, 0]))
    #expect(source.inputs([0]).count == 30)
  }
}
