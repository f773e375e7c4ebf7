package import Explanation
package import Tensors

/// What is kept of the explanations of one evaluated track.
package struct ExplainedTrack: Sendable {
  /// For the predicted class by the report's method, at the layer's resolution.
  package let predicted: ExplanationMap
  /// For the true class, where the track was misclassified.
  package let truth: ExplanationMap?
  /// Of a misclassified track the raw maps with their signs, for the predicted class and for the true one; none of a
  /// correct one.
  package let signed: [Tensor]
  /// Where in frequency the predicted class's map lies; nil where features are of unknown origin.
  let mapBands: BandProfile?
  /// Where in frequency the parts of the predicted class's score come from, by ``FrequencySampling/attribution``: what a mask
  /// keeps follows the sound, and is no attribution to bands. nil where features are of unknown origin.
  package let bands: BandProfile?
  /// How the sound itself differs from the mean of training, by mel band; nil where features are of unknown origin.
  package let sound: BandProfile?
  /// Of a misclassified track the whole explanations, for the predicted class, the true one and their contrast; nil where
  /// they are too large to be kept for every track.
  package let explanations: [ClassExplanation]?
  /// Of a correct track the evidence for classes that tracks of its class were taken for, by their names.
  package let controls: [String: ControlEvidence]
}

extension TrackStudy.Shares {
  /// A profile's three regions; nil for a profile without evidence.
  package init?(_ profile: BandProfile?) {
    guard let profile else { return nil }
    self.init(low: profile.low, middle: profile.middle, high: profile.high)
  }
}
