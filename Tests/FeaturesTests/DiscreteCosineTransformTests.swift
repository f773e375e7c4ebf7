import Features
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct DiscreteCosineTransformTests {
  private func noise(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
  }

  @Test func ofAConstant() {
    // D maps the constant c to (c sqrt(M), 0, 0, ...).
    let result = DiscreteCosineTransform(coefficientCount: 4, bandCount: 16)
      .forward(Tensor(repeating: 3, shape: [16, 2]))
    expectClose(result.values, [12, 12, 0, 0, 0, 0, 0, 0], absolute: 1e-5)
  }

  @Test func ofTwoBands() {
    // M = 2: (a + b) / sqrt(2), (a - b) / sqrt(2).
    let result = DiscreteCosineTransform(coefficientCount: 2, bandCount: 2).forward(
      Tensor([5, 1], shape: [2, 1]))
    expectClose(result.values, [6 / Float(2).squareRoot(), 4 / Float(2).squareRoot()], absolute: 1e-6)
  }

  @Test func inverseRestoresAndKeepsEnergy() {
    let transform = DiscreteCosineTransform(coefficientCount: 128, bandCount: 128)
    let map = noise([128, 17], seed: 3)
    let mfcc = transform.forward(map)
    #expect(transform.isInvertible)
    // 128 products of single precision.
    expectClose(transform.inverse(mfcc).values, map.values, absolute: 5e-6)
    let energy = map.values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(mfcc.values.reduce(0) { $0 + $1 * $1 } / energy - 1) < 1e-5)
  }

  @Test func fewCoefficientsGiveTheProjection() {
    let transform = DiscreteCosineTransform(coefficientCount: 20, bandCount: 128)
    let map = noise([128, 5], seed: 4)
    let mfcc = transform.forward(map)
    let smooth = transform.inverse(mfcc)
    // The same coefficients come out again, and nothing else is in it.
    expectClose(transform.forward(smooth).values, mfcc.values, absolute: 1e-5)
    let all = DiscreteCosineTransform(coefficientCount: 128, bandCount: 128).forward(smooth)
    #expect(all.values[(20 * 5)...].allSatisfy { abs($0) < 1e-5 })
    #expect(!transform.isInvertible)
  }

  @Test func pullBackIsTheTranspose() {
    // <g, D x> = <D^T g, x>
    let transform = DiscreteCosineTransform(coefficientCount: 20, bandCount: 64)
    let (x, g) = (noise([64, 3], seed: 5), noise([20, 3], seed: 6))
    let left = zip(g.values, transform.forward(x).values).reduce(0) { $0 + $1.0 * $1.1 }
    let right = zip(transform.pullBack(g).values, x.values).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(left - right) < 1e-3)
  }

  @Test func mapsGoBackToMel() throws {
    var (cepstral, mel) = (FeatureSpec.mfcc128, FeatureSpec.mel128)
    (cepstral.sampleCount, mel.sampleCount) = (22_050, 22_050)
    let samples = SyntheticSound.samples(count: 22_050)
    let mfcc = try FeatureExtractor(cepstral).map(of: sound(samples))
    let direct = try FeatureExtractor(mel).map(of: sound(samples))
    // Coefficients of up to 600 at single precision.
    expectClose(mfcc.melDecibels.values, direct.values.values, absolute: 1e-3)
    #expect(direct.melDecibels == direct.values)
  }
}
