import Features
import TestSupport
import Testing

@Suite(.tags(.hand)) struct CroppedSpecTests {
  @Test(arguments: [1, 2, 64, 130, 431, 1000]) func croppedSpecHasItsFrames(count: Int) throws {
    for spec in [FeatureSpec.mfcc128, .mfcc20, .mel128] {
      let cropped = spec.cropped(toFrames: count)
      try cropped.validate()
      #expect(cropped.frameCount == count && cropped.binCount == spec.binCount)
    }
    #expect(FeatureSpec.mfcc20.cropped(toFrames: 130) == .mfcc20)
  }
}
