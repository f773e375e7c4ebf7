import Analysis
import Explanation
import Tensors

/// What is kept of every evaluated track's explanation for one class.
struct TrackEvidence {
  /// By the report's method, at the layer's resolution.
  let map: ExplanationMap
  /// Where in frequency that map lies; nil where features are of unknown origin.
  let mapBands: BandProfile?
  /// Where in frequency the parts of the score come from, by ``FrequencySampling/attribution``: what a mask keeps follows
  /// the sound, and is no attribution to bands. nil where features are of unknown origin.
  let bands: BandProfile?

  init(
    _ explanation: ClassExplanation, attribution: ClassExplanation?, input: Tensor, projection: MelProjection?
  ) {
    map = ExplanationMap(explanation, upsampled: false)
    mapBands = projection?.view(of: explanation, input: input).bandProfile
    bands = attribution.flatMap { projection?.view(of: $0, input: input).bandProfile }
  }
}

/// The explanations of one evaluated track.
struct ExplainedTrack {
  let predicted: TrackEvidence
  /// For the true class, where the track was misclassified.
  let truth: TrackEvidence?
  /// How the sound itself differs from the mean of training, by mel band; nil where features are of unknown origin.
  let sound: BandProfile?
}

extension TrackStudy.Shares {
  /// A profile's three regions; nil for a profile without evidence.
  init?(_ profile: BandProfile?) {
    guard let profile else { return nil }
    self.init(low: profile.low, middle: profile.middle, high: profile.high)
  }
}
