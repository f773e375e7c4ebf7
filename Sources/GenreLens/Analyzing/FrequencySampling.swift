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

  /// Adds correct tracks, each with its standardised input and its explanation for its class.
  mutating func add(_ tracks: [(prediction: Prediction, input: Tensor, explanation: ClassExplanation)]) throws
  {
    add(tracks.map { ($0.prediction, $0.input, $0.explanation) }, reading: 0)
    if let first = tracks.first, first.explanation.method != Self.attribution {
      let others = try explainer.explain(
        batch: tracks.map(\.input), method: Self.attribution,
        classIndices: tracks.map(\.explanation.classIndex))
      add(zip(tracks, others).map { ($0.prediction, $0.input, $1) }, reading: 1)
    }
    for (prediction, input, _) in tracks {
      let difference = projection.difference(ofInput: input).map { abs($0) }
      let profile = BandProfile(map: difference, bandCentersHz: projection.bandCentersHz)
      sound.append(Sample(label: prediction.label, cluster: prediction.cluster, profile: profile))
    }
  }

  private mutating func add(_ tracks: [(Prediction, Tensor, ClassExplanation)], reading: Int) {
    for (prediction, input, explanation) in tracks {
      let view = projection.view(of: explanation, input: input)
      if readings.count == reading {
        readings.append((explanation.method.rawValue, explanation.layer, view.quantity, []))
      }
      readings[reading].samples.append(
        Sample(label: prediction.label, cluster: prediction.cluster, profile: view.bandProfile))
    }
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
  fileprivate var cluster: String { group.map { "group \($0)" } ?? "track \(path)" }
}
