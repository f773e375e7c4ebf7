import Networks
import Statistics
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Measures against the libraries that follow the papers, by `Golden/generate_faithfulness.py`.
@Suite(.tags(.reference)) struct FaithfulnessReferenceTests {
  struct Ranks: Decodable {
    let first: [Float]
    let second: [Float]
    let value: Double
  }

  struct Maps: Decodable {
    let first: GoldenTensor
    let second: GoldenTensor
    let value: Double
  }

  struct Filling: Decodable {
    let input: GoldenTensor
    let removed: [Bool]
    let value: GoldenTensor
  }

  struct Prediction: Decodable {
    let predicted: [Double]
    let actual: [Double]
    let value: Double
  }

  struct Sensitivity: Decodable {
    let map: GoldenTensor
    let disturbed: [GoldenTensor]
    let value: Double
  }

  struct Place: Decodable {
    let map: GoldenTensor
    let seam: Int
    let pointing: Double
    let insideEnergy: Double
    let overlap: Double
  }

  struct WholeWay: Decodable {
    let mask: GoldenTensor
    let baseline: GoldenTensor
    let curveSteps: Int
    let removedShares: [Double]
    let original: Double
    let masked: [Double]
    let keptShares: [Double]
    let insertion: Double
    let deletion: Double
    let mostRelevantFirst: [Double]
    let leastRelevantFirst: [Double]
  }

  struct File: Decodable {
    let spearman: [Ranks]
    let ssim: [Maps]
    let road: [Filling]
    let infidelity: Prediction
    let sensitivity: Sensitivity
    let localization: [Place]
    let wholeWay: WholeWay
  }

  private static func file() throws -> File { try golden(File.self, "faithfulness.json") }

  @Test func rankCorrelationIsSciPys() throws {
    for ranks in try Self.file().spearman {
      let value = try #require(spearmanCorrelation(ranks.first, ranks.second))
      #expect(abs(value - ranks.value) < 1e-12)
    }
    #expect(spearmanCorrelation([1, 1], [1, 2]) == nil)
    #expect(spearmanCorrelation([1, 2, 3], [4, 5, 9]) == 1)
    #expect(spearmanCorrelation([1, 2, 3], [9, 5, 4]) == -1)
  }

  @Test func structuralSimilarityIsScikitImages() throws {
    for maps in try Self.file().ssim {
      let value = try #require(structuralSimilarity(maps.first.tensor, maps.second.tensor))
      // The range of values is a Float difference there and here.
      #expect(abs(value - maps.value) < 1e-7)
    }
    let map = Tensor.random([8, 9], seed: 1)
    #expect(structuralSimilarity(map, map) == 1)
    #expect(structuralSimilarity(Tensor(shape: [8, 9]), Tensor(shape: [8, 9])) == nil)
  }

  @Test func imputationIsThatOfTheAuthorsCode() throws {
    var imputation = NoisyLinearImputation()
    (imputation.noise, imputation.tolerance) = (0, 1e-10)
    for filling in try Self.file().road {
      let filled = imputation.imputed(filling.input.tensor, isRemoved: filling.removed, seed: 0)
      // The library rounds its solution to single precision, and the file to seven digits.
      expectClose(filled.values, filling.value.tensor.values, absolute: 1e-6, relative: 1e-6)
    }
  }

  @Test func infidelityIsCaptumsWithNormalization() throws {
    let expected = try Self.file().infidelity
    let infidelity = Infidelity(predicted: expected.predicted, actual: expected.actual)
    #expect(infidelity.scale > 0)
    // Captum sums in another order and forms the square as a^2 - 2ab + b^2.
    #expect(abs(infidelity.value - expected.value) < 1e-9)
  }

  @Test func sensitivityIsCaptums() throws {
    let expected = try Self.file().sensitivity
    let value = MaxSensitivity.value(
      of: expected.map.tensor, disturbed: expected.disturbed.map(\.tensor))
    // The maps are stored to seven digits, and their differences are a fiftieth of them.
    #expect(abs(try #require(value) - expected.value) < 1e-5 * expected.value)
  }

  @Test func localisationIsQuantus() throws {
    for place in try Self.file().localization {
      let found = try #require(
        TimeLocalization(place.map.tensor, inside: 0..<place.seam, seed: 0))
      #expect(found.pointing == place.pointing)
      #expect(abs(found.insideEnergy - place.insideEnergy) < 1e-6)
      #expect(abs(found.overlap - place.overlap) < 1e-12)
    }
  }

  /// 1e-6 in probability: the network's logits are float32 here and float64 there.
  @Test(arguments: [3, 64]) func theWholeWayAgreesWithFloat64(copiesPerPass: Int) throws {
    let expected = try Self.file().wholeWay
    let network = try GoldenNetwork.named("three-block")
    var options = FaithfulnessOptions()
    (options.curveSteps, options.removedShares) = (expected.curveSteps, expected.removedShares)
    (options.removalNoise, options.copiesPerPass) = (0, copiesPerPass)
    let probe = FaithfulnessProbe(network: try network.network("three-block"), options: options)
    let result = try probe.measure(
      [CandidateMap(mask: expected.mask.tensor)], of: network.input.tensor,
      baseline: expected.baseline.tensor, classIndex: network.classIndex, seed: 0)[0]
    let tolerance = 1e-6
    #expect(result.changes.allSatisfy { abs($0.original - expected.original) < tolerance })
    for (change, masked) in zip(result.changes, expected.masked) {
      #expect(abs(change.masked - masked) < tolerance)
    }
    for (share, kept) in zip(result.keptShares, expected.keptShares) {
      #expect(abs(share - kept) < 1e-12)
    }
    let (insertion, deletion) = (try #require(result.insertion), try #require(result.deletion))
    #expect(abs(insertion.area - expected.insertion) < tolerance)
    #expect(abs(deletion.area - expected.deletion) < tolerance)
    let removal = try #require(result.removal)
    let pairs =
      zip(removal.mostRelevantFirst, expected.mostRelevantFirst)
      + zip(removal.leastRelevantFirst, expected.leastRelevantFirst)
    // The imputation stops at a residual of 1e-5.
    for (value, wanted) in pairs { #expect(abs(value - wanted) < 1e-4) }
  }
}

private func + <First, Second>(
  left: Zip2Sequence<[First], [Second]>, right: Zip2Sequence<[First], [Second]>
) -> [(First, Second)] {
  Array(left) + Array(right)
}
