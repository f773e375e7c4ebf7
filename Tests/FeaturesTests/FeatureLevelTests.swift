import Audio
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Features

@Suite(.tags(.hand)) struct FeatureLevelTests {
  private let clip = sound(SyntheticSound.samples(count: 66_150))

  @Test(arguments: ["mfcc128", "mfcc20", "mel128", "smel20"]) func levelOnTheMapIsLevelOfTheSound(
    preset: String
  ) throws {
    var spec = try #require(FeatureSpec.named(preset))
    spec.sampleCount = 66_150
    let extractor = try FeatureExtractor(spec)
    let map = try extractor.map(of: clip).values
    for decibels in [-12.0, -3, 6] {
      let expected = try extractor.map(of: clip.amplified(byDecibels: decibels)).values
      let actual = try #require(spec.amplified(map, byDecibels: Float(decibels)))
      // Samples are rounded after the gain: 1e-7 of a power, and MFCC sums of 128 values in dB up to 80.
      expectClose(actual.values, expected.values, absolute: 5e-3, "\(preset) \(decibels) dB")
    }
  }

  @Test(arguments: ["mfcc20", "mel128", "smel20"]) func aBandAtTheFloorIsNotGuessed(preset: String) throws {
    let spec = try #require(FeatureSpec.named(preset))
    let soft = try FeatureExtractor(spec).map(of: clip.amplified(byDecibels: -60)).values
    #expect(spec.amplified(soft, byDecibels: -60) == nil)
    let silence = try FeatureExtractor(spec).map(of: sound([0, 0, 0])).values
    #expect(spec.amplified(silence, byDecibels: 12) == nil)
  }

  /// Whatever the bands are, the bound from some coefficients is none that they do not reach; from all it is near.
  @Test(arguments: [1, 3, 8, 20, 40]) func theBoundIsReached(count: Int) {
    let cosines = DiscreteCosineTransform(coefficientCount: count, bandCount: 40)
    for seed in 0..<50 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      // Spikes as well as noise: one band may stand alone.
      let spike = generator.index(below: 40 * 3)
      let bands = (0..<120).map { 10 * generator.normal() + ($0 == spike && seed % 2 == 0 ? 80 : 0) }
      let map = Tensor(bands, shape: [40, 3])
      let bound = cosines.loudestDecibels(ofCoefficients: cosines.forward(map))
      let largest = bands.max() ?? 0
      #expect(bound <= largest + 1e-3, "seed \(seed)")
      #expect(bound >= bands.reduce(0, +) / 120 - 1e-3)
    }
    let flat = Tensor(repeating: -30, shape: [40, 3])
    #expect(abs(cosines.loudestDecibels(ofCoefficients: cosines.forward(flat)) + 30) < 1e-3)
  }

  /// Sound without high bands: soft in the mean, loud enough where it is.
  @Test func darkSoundIsNotTooSoft() throws {
    // Twelve partials up to 1 263 Hz.
    var samples = [Float](repeating: 0, count: 66_150)
    for partial in 1...12 {
      let (step, phase) = (0.03 * Double(partial), Double(partial * partial))
      for n in samples.indices { samples[n] += 0.05 * Float(sin(step * Double(n) + phase)) }
    }
    let dark = sound(samples)
    let extractor = try FeatureExtractor(.mfcc20)
    let map = try extractor.map(of: dark).values
    // In the mean softer than -8 dB, from where 80 dB below and 12 less would pass -100.
    #expect((0..<130).allSatisfy { map[0, $0] / Float(128).squareRoot() < -8 })
    let changed = FeatureSpec.mfcc20.amplified(map, byDecibels: -12)
    let actual = try #require(changed)
    let expected = try extractor.map(of: dark.amplified(byDecibels: -12)).values
    expectClose(actual.values, expected.values, absolute: 5e-3)
  }

  @Test func withoutARangeTheBandsMustBeKnown() throws {
    var spec = FeatureSpec.mfcc20
    spec.topDecibels = nil
    let map = try FeatureExtractor(spec).map(of: clip).values
    #expect(spec.amplified(map, byDecibels: -12) == nil)
  }
}
