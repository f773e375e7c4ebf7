import Features
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// From MFCC rows back to mel bands, against scipy's DCT.
@Suite(.tags(.hand, .reference)) struct MelProjectionTests {
  struct Case: Decodable {
    let mean: GoldenTensor
    let std: GoldenTensor
    let bands: Int
    let input: GoldenTensor
    let gradient: GoldenTensor
    let mask: GoldenTensor
    let melGradient: GoldenTensor
    let difference: GoldenTensor
    let kept: GoldenTensor

    var projection: MelProjection {
      var spec = FeatureSpec()
      spec.binCount = input.shape[0]
      spec.melBandCount = bands
      spec.sampleCount = (input.shape[1] - 1) * spec.hopLength
      let granularity: FeatureNormalization.Granularity = mean.shape[1] == 1 ? .perBin : .perFeature
      return MelProjection(
        spec: spec,
        normalization: FeatureNormalization(granularity: granularity, mean: mean.tensor, std: std.tensor))
    }
  }

  struct File: Decodable {
    let cases: [Case]
  }

  @Test func agreesWithScipy() throws {
    for item in try golden(File.self, "mel.json").cases {
      let projection = item.projection
      let gradient = projection.gradient(fromInputGradient: item.gradient.tensor)
      // Sums of at most 12 Float products.
      expectSameMap(gradient, item.melGradient.tensor, tolerance: 1e-6, "gradient")
      let difference = projection.difference(ofInput: item.input.tensor)
      expectSameMap(difference, item.difference.tensor, tolerance: 1e-6, "difference")
      let kept = projection.keptDifference(mask: item.mask.tensor, input: item.input.tensor)
      expectSameMap(kept, item.kept.tensor, tolerance: 1e-6, "kept")
    }
  }

  @Test func masksOfOnesAndZeros() throws {
    let item = try #require(try golden(File.self, "mel.json").cases.first)
    let (projection, input) = (item.projection, item.input.tensor)
    let whole = projection.keptDifference(mask: Tensor(repeating: 1, shape: input.shape), input: input)
    #expect(whole == projection.difference(ofInput: input))
    let nothing = projection.keptDifference(mask: Tensor(shape: input.shape), input: input)
    #expect(nothing.largestMagnitude == 0)
  }

  /// D has orthonormal rows: inner products are kept, and gradient x input has one sum on both axes.
  @Test func gradientTimesDifferenceHasTheSameSumOnBothAxes() throws {
    for item in try golden(File.self, "mel.json").cases {
      let projection = item.projection
      let slope = projection.gradient(fromInputGradient: item.gradient.tensor).values
      let size = projection.difference(ofInput: item.input.tensor).values
      let there = zip(slope, size).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      let here = zip(item.gradient.values, item.input.values).reduce(0.0) { $0 + $1.0 * $1.1 }
      #expect(abs(Double(there) - here) < 1e-4)
    }
  }

  @Test func melFeaturesPassAsTheyAre() {
    var spec = FeatureSpec.mel128
    spec.binCount = 4
    spec.melBandCount = 4
    let normalization = FeatureNormalization(
      granularity: .perBin, mean: Tensor([1, 2, 3, 4], shape: [4, 1]),
      std: Tensor([1, 2, 4, 8], shape: [4, 1]))
    let projection = MelProjection(spec: spec, normalization: normalization)
    let map = Tensor(repeating: 8, shape: [4, 1])
    #expect(projection.gradient(fromInputGradient: map).values == [8, 4, 2, 1])
    #expect(projection.difference(ofInput: map).values == [8, 16, 32, 64])
    #expect(projection.isInvertible)
  }

  @Test func bandCentersAreLibrosas() {
    // librosa.mel_frequencies(130, fmin=0, fmax=11025)[[1, 2, 64, 128]], librosa 0.11.
    let centers = MelProjection(
      spec: .mfcc128,
      normalization: FeatureNormalization(
        granularity: .none, mean: Tensor(shape: [128, 1]), std: Tensor(repeating: 1, shape: [128, 1]))
    ).bandCentersHz
    #expect(centers.count == 128)
    for (index, expected) in [
      (0, 25.793588878635166), (1, 51.58717775727033), (63, 1956.4746717648852), (127, 10735.597567310588),
    ] {
      #expect(abs(centers[index] - expected) < 1e-6 * expected)
    }
  }
}
