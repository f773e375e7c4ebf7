import Explanation
import Networks
import Statistics

/// Collects where in frequency the evidence of correct tracks lies, by the report's explanation and by an attribution.
struct FrequencySampling {
  /// The second reading: parts of the score, to first order, whose sum is the same on the MFCC and on the mel axis. What a
  /// mask on MFCC rows keeps is no attribution to bands.
  static let attribution = GradientXInput()

  private let projection: MelProjection
  private let sources: [Source]
  private var readings:
    [(method: String, layer: String, quantity: MelView.Quantity, samples: [Sample], controls: [Sample])] = []
  private var sound: [Sample] = []

  private typealias Sample = FrequencyEvidence.Sample

  /// nil for a model that does not know what its features are.
  ///
  /// - Parameter sources: of the report's explanation and of the attribution, which may be the same.
  init?(_ projection: MelProjection?, _ sources: [Source]) {
    guard let projection else { return nil }
    (self.projection, self.sources) = (projection, sources)
  }

  /// What a reading's profiles are of.
  struct Source: Sendable {
    fileprivate let method: String
    fileprivate let layer: String
    fileprivate let traits: MethodTraits

    /// Throws for a layer that the network does not have.
    init(_ method: any ExplanationMethod, at layer: String?, of network: Network) throws {
      (self.method, traits) = (method.name, method.traits)
      self.layer = try method.layer(layer, of: network)
    }
  }

  /// Adds a correct track.
  mutating func add(_ track: ExplainedTrack, _ prediction: Prediction) {
    guard let mapBands = track.mapBands, let bands = track.bands, let own = track.sound else { return }
    add(mapBands, of: sources[0], prediction, reading: 0, track.controls.compactMapValues(\.mapBands))
    if sources[0].method != Self.attribution.name {
      add(bands, of: sources[1], prediction, reading: 1, track.controls.compactMapValues(\.bands))
    }
    sound.append(Sample(label: prediction.label, cluster: prediction.cluster, profile: own))
  }

  private mutating func add(
    _ profile: BandProfile, of source: Source, _ prediction: Prediction, reading: Int,
    _ controls: [String: BandProfile]
  ) {
    if readings.count == reading {
      readings.append((source.method, source.layer, projection.quantity(of: source.traits), [], []))
    }
    readings[reading].samples.append(
      Sample(label: prediction.label, cluster: prediction.cluster, profile: profile))
    let claim = FrequencyClaim.founding
    guard let other = claim.rival(of: prediction.label), let control = controls[other] else { return }
    readings[reading].controls.append(
      Sample(label: prediction.label, cluster: prediction.cluster, profile: control))
  }

  /// What was collected; nil where no track was right.
  func result(labels: [String]) -> FrequencyEvidence? {
    guard !sound.isEmpty else { return nil }
    let bootstrap = Bootstrap(resampleCount: 2000, seed: 1)
    return FrequencyEvidence(
      readings: readings.map { reading in
        FrequencyEvidence.Reading(
          method: reading.method, layer: reading.layer, quantity: reading.quantity, samples: reading.samples,
          controls: reading.controls, labels: labels, readingCount: readings.count, bootstrap: bootstrap)
      }, sound: FrequencyEvidence.rows(sound, labels: labels, bootstrap: bootstrap),
      bandCentersHz: projection.bandCentersHz, isExact: projection.isInvertible, bootstrap: bootstrap)
  }
}
