import Audio
import Features
import Tensors
import TestSupport
import Testing

@Suite struct FeatureLevelTests {
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

  @Test func withoutARangeTheBandsMustBeKnown() throws {
    var spec = FeatureSpec.mfcc20
    spec.topDecibels = nil
    let map = try FeatureExtractor(spec).map(of: clip).values
    #expect(spec.amplified(map, byDecibels: -12) == nil)
  }
}
