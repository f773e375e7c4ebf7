import Analysis
import Explanation
import Tensors
import Training

/// Collects where in frequency the evidence of correct tracks lies, by the report's explanation and by an attribution.
struct FrequencySampling {
  /// The second reading: parts of the score, to first order, whose sum is the same on the MFCC and on the mel axis. What a
  /// mask on MFCC rows keeps is no attribution to bands.
  static let attribution = ExplanationMethod.gradientXInput

  private let projection: MelProjection
  private let explainer: Explainer
  private var readings: [(method: String, layer: String, quantity: MelView.Quantity, samples: [Sample])] = []
  private var sound: [Sample] = []

  private typealias Sample = FrequencyEvidence.Sample

  /// nil for a model that does not know what its features are.
  init?(_ model: GenreModel, explainer: Explainer) {
    guard let spec = model.featureSpec else { return nil }
    projection = MelProjection(spec: spec, normalization: model.normalization)
    self.explainer = explainer
  }

  /// A correct track: its standardised input, its explanation for its class, and how its sound differs from the mean.
  struct CorrectTrack {
    let prediction: Prediction
    let input: Tensor
    let explanation: ClassExplanation
    let evidence: TrackEvidence
    let sound: BandProfile
  }

  /// Adds correct tracks.
  mutating func add(_ tracks: [CorrectTrack]) throws {
    guard let first = tracks.first else { return }
    for track in tracks {
      guard let profile = track.evidence.bands, let quantity = track.evidence.quantity else { continue }
      add(profile, quantity, of: track.explanation, track.prediction, reading: 0)
      sound.append(
        Sample(label: track.prediction.label, cluster: track.prediction.cluster, profile: track.sound))
    }
    guard first.explanation.method != Self.attribution else { return }
    let others = try explainer.explain(
      batch: tracks.map(\.input), method: Self.attribution, classIndices: tracks.map(\.explanation.classIndex))
    for (track, other) in zip(tracks, others) {
      let view = projection.view(of: other, input: track.input)
      add(view.bandProfile, view.quantity, of: other, track.prediction, reading: 1)
    }
  }

  private mutating func add(
    _ profile: BandProfile, _ quantity: MelView.Quantity, of explanation: ClassExplanation,
    _ prediction: Prediction, reading: Int
  ) {
    if readings.count == reading {
      readings.append((explanation.method.rawValue, explanation.layer, quantity, []))
    }
    readings[reading].samples.append(
      Sample(label: prediction.label, cluster: prediction.cluster, profile: profile))
  }

  /// What was collected; nil where no track was right.
  func result(labels: [String]) -> FrequencyEvidence? {
    guard !sound.isEmpty else { return nil }
    let bootstrap = Bootstrap(resampleCount: 2000, seed: 1)
    return FrequencyEvidence(
      readings: readings.map { reading in
        FrequencyEvidence.Reading(
          method: reading.method, layer: reading.layer, quantity: reading.quantity, samples: reading.samples,
          labels: labels, bootstrap: bootstrap)
      }, sound: FrequencyEvidence.rows(sound, labels: labels, bootstrap: bootstrap),
      bandCentersHz: projection.bandCentersHz, isExact: projection.isInvertible, bootstrap: bootstrap)
  }
}

extension Prediction {
  /// Tracks of one artist or album are no independent items.
  var cluster: String { group.map { "group \($0)" } ?? "track \(path)" }
}
