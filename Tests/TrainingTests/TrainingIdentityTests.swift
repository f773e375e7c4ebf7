import Datasets
import Features
import Models
import TestSupport
import Testing

@testable import Training

/// Equal numbers under another specification are another training.
@Suite(.tags(.property)) struct TrainingIdentityTests {
  private func identity(_ features: FeatureSpec?, _ origin: FeatureOrigin = .described) -> TrainingIdentity {
    TrainingIdentity(
      configuration: TrainingConfiguration(), labels: ["A", "B"], trainCount: 1, validCount: 1,
      features: features, origin: origin, data: "equal", software: "1")
  }

  @Test func resumingComparesTheFeatures() {
    var other = FeatureSpec.mfcc20
    other.fftLength = 1024
    let own = identity(.mfcc20)
    #expect(own.objection(toResuming: own, epochsDone: 1) == nil)
    #expect(
      own.objection(toResuming: identity(other), epochsDone: 1)
        == "its maps are 20 MFCC x 130 frames, here 20 MFCC x 130 frames (fftLength is 1024, not 2048)")
    #expect(
      own.objection(toResuming: identity(nil, .unknown), epochsDone: 1)
        == "its maps are of unknown origin, here 20 MFCC x 130 frames")
    #expect(
      own.objection(toResuming: identity(.mfcc20, .stated), epochsDone: 1)
        == "its maps are 20 MFCC x 130 frames, as stated, here 20 MFCC x 130 frames")
  }
}
