import Features
import Files
import Foundation
import Models
import Tensors
import TestSupport
import Testing

@testable import Datasets

/// Masks over mel bands, before the DCT.
@Suite(.tags(.property)) struct MelAxisTests {
  private let frames = 6

  private func spec(coefficients: Int, bands: Int = 10, kind: FeatureSpec.Kind = .mfcc) -> FeatureSpec {
    var spec = FeatureSpec()
    (spec.kind, spec.melBandCount, spec.binCount) = (kind, bands, coefficients)
    (spec.fftLength, spec.hopLength, spec.sampleCount) = (512, 512, 512 * (frames - 1))
    return spec
  }

  private func random(_ shape: Shape, seed: UInt64, from: Float = -1, to: Float = 1) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<shape.count).map { _ in generator.uniform(in: from..<to) }, shape: shape)
  }

  /// With all coefficients: the mel map behind the masked MFCC holds the training mean in the masked bands and what it
  /// held in all others.
  @Test(arguments: [false, true]) func allCoefficientsMaskExactly(isPerCell: Bool) {
    let spec = spec(coefficients: 10)
    let dct = spec.cosineTransform
    let mel = random([10, frames], seed: 1, from: -60, to: 0)
    let columns = isPerCell ? frames : 1
    let mean = random([10, columns], seed: 2, from: -30, to: -10)
    let std = random([10, columns], seed: 3, from: 0.5, to: 20)
    let normalization = FeatureNormalization(
      granularity: isPerCell ? .perFeature : .perBin, mean: mean, std: std)
    var batch = normalization.apply(to: dct.forward(mel))
    let axis = MelAxis(spec: spec, deviations: std)
    batch.withMutableSpan { axis.mask([2..<4, 7..<8, 3..<4], of: &$0, at: 0, frames: frames) }
    let mfcc = Tensor(
      (0..<10 * frames).map { index in
        let parameter = isPerCell ? index : index / frames
        return batch.values[index] * std.values[parameter] + mean.values[parameter]
      }, shape: [10, frames])
    let means = dct.inverse(
      Tensor((0..<10 * frames).map { mean.values[isPerCell ? $0 : $0 / frames] }, shape: [10, frames]))
    let expected = (0..<10 * frames).map {
      [2, 3, 7].contains($0 / frames) ? means.values[$0] : mel.values[$0]
    }
    // Values to 60 through two products of 10 terms and two scalings in single precision.
    expectClose(dct.inverse(mfcc).values, expected, absolute: 2e-4)
  }

  /// A coefficient 0 of another scale, and its deviation with it, changes no standardised value.
  @Test func scaleOfTheCoefficientsDoesNotMatter() {
    let spec = spec(coefficients: 10)
    let std = random([10, 1], seed: 3, from: 0.5, to: 20)
    var batch = random([10, frames], seed: 8)
    var other = batch
    let uniform = Tensor(
      std.values.enumerated().map { $0.offset == 0 ? $0.element * Float(2).squareRoot() : $0.element },
      shape: [10, 1])
    var scaled = spec
    scaled.cosineScaling = .uniform
    batch.withMutableSpan {
      MelAxis(spec: spec, deviations: std).mask([2..<4], of: &$0, at: 0, frames: frames)
    }
    other.withMutableSpan {
      MelAxis(spec: scaled, deviations: uniform).mask([2..<4], of: &$0, at: 0, frames: frames)
    }
    expectClose(other.values, batch.values, absolute: 1e-5)
  }

  /// With fewer: the map without what its coefficients carry of the bands, `x - D (m * D^T (x - u))`.
  @Test func fewerCoefficientsLoseWhatTheyCarry() {
    let spec = spec(coefficients: 4)
    let dct = spec.cosineTransform
    let std = random([4, 1], seed: 4, from: 0.5, to: 3)
    let standardized = random([4, frames], seed: 5)
    var scaled = standardized
    scaled.withMutableSpan { for index in $0.indices { $0[index] *= std.values[index / frames] } }
    var mel = dct.inverse(scaled)
    mel.withMutableSpan { span in
      for index in span.indices where !(5..<8).contains(index / frames) { span[index] = 0 }
    }
    let lost = dct.forward(mel)
    let expected = (0..<4 * frames).map {
      standardized.values[$0] - lost.values[$0] / std.values[$0 / frames]
    }
    var batch = standardized
    let axis = MelAxis(spec: spec, deviations: std)
    batch.withMutableSpan { axis.mask([5..<8], of: &$0, at: 0, frames: frames) }
    expectClose(batch.values, expected, absolute: 1e-6)
  }

  @Test func melMapsAreMaskedInTheirRows() {
    let spec = spec(coefficients: 10, kind: .melDecibels)
    var batch = Tensor(repeating: 1, shape: [2, 1, 10, frames])
    let axis = MelAxis(spec: spec, deviations: Tensor(repeating: 2, shape: [10, 1]))
    batch.withMutableSpan { axis.mask([0..<2], of: &$0, at: 10 * frames, frames: frames) }
    let expected = (0..<20 * frames).map { (10..<12).contains($0 / frames) ? 0 : 1 as Float }
    #expect(batch.values == expected)
  }

  /// Through the augmentation: at most the stated number of masks of at most the stated width, every width met.
  @Test func widthsAndNumbersAreThoseAskedFor() {
    let spec = spec(coefficients: 10, kind: .melDecibels)
    let axis = MelAxis(spec: spec, deviations: Tensor(repeating: 1, shape: [10, 1]))
    var augmentation = Augmentation()
    (augmentation.melMaskCount, augmentation.melMaskBands) = (2, 3)
    #expect(augmentation.masksMel && !augmentation.isIdentity)
    var counts: Set<Int> = []
    for seed in 0..<60 as Range<UInt64> {
      var (batch, targets) = (Tensor(repeating: 1, shape: [2, 1, 10, frames]), Tensor(shape: [2, 2]))
      var generator = SeededGenerator(seed: seed)
      augmentation.apply(to: &batch, targets: &targets, using: &generator, melAxis: axis)
      for clip in 0..<2 {
        let masked = (0..<10).filter { batch[clip, 0, $0, 0] == 0 }
        for band in 0..<10 {
          #expect((0..<frames).allSatisfy { (batch[clip, 0, band, $0] == 0) == masked.contains(band) })
        }
        let runs = masked.count { !masked.contains($0 - 1) }
        #expect(runs <= 2 && masked.count <= 6)
        counts.insert(masked.count)
      }
    }
    #expect(counts == Set(0...6))
  }

  /// A batch source knows the axis from the store; a store that does not say how it was made is refused by name.
  @Test func batchSourcesMaskByTheStoresSpec() throws {
    let folder = try TemporaryFolder()
    let spec = spec(coefficients: 10)
    func source(_ spec: FeatureSpec?) throws -> BatchSource {
      var writer = try FeatureStoreWriter(path: folder["x.npy"], binCount: 10, frameCount: frames, spec: spec)
      for index in 0..<4 {
        try writer.append(
          random([10, frames], seed: UInt64(index)), for: Clip(name: "\(index)", label: "A", split: .train))
      }
      try writer.finish()
      let maps = try LabeledMaps(store: .open(folder["x.npy"]), dataset: .load(folder["x.npy"]))
      var augmentation = Augmentation()
      augmentation.melMaskBands = 4
      return BatchSource(
        maps: maps, normalization: try maps.fitNormalization(.perBin, on: [0, 1, 2, 3]),
        augmentation: augmentation)
    }
    let known = try source(spec)
    try known.requireAugmentable()
    let targets = Tensor(shape: [4, 1])
    let batch = known.trainingBatch([0, 1, 2, 3], targets: targets, seed: 9).inputs
    #expect(batch != known.inputs([0, 1, 2, 3]))
    #expect(known.trainingBatch([0, 1, 2, 3], targets: targets, seed: 9).inputs == batch)
    let error = #expect(throws: CodedError.self) { try source(nil).requireAugmentable() }
    #expect(error?.message.contains("melMaskBands") == true)
  }
}
