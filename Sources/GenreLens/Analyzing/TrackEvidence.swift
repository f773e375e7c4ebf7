import Analysis
import Explanation
import Tensors

/// What is kept of every evaluated track's explanation.
struct TrackEvidence {
  /// At the layer's resolution.
  let map: ExplanationMap
  /// Share of the evidence in each mel band and region; nil where features are of unknown origin.
  let bands: BandProfile?
  /// What those shares are shares of.
  let quantity: MelView.Quantity?

  init(_ explanation: ClassExplanation, input: Tensor, projection: MelProjection?) {
    map = ExplanationMap(explanation, upsampled: false)
    let view = projection?.view(of: explanation, input: input)
    (bands, quantity) = (view?.bandProfile, view?.quantity)
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
