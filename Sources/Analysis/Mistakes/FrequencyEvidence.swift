public import Explanation
public import Statistics

/// The distribution over frequency of the evidence for each class, over the tracks that the model got right.
public struct FrequencyEvidence: Sendable, Codable, Hashable {
  /// One track's shares.
  public struct Sample: Sendable {
    /// The class whose evidence it is.
    public let label: String
    /// Tracks of one cluster are drawn together: the artist or album, otherwise the track itself.
    public let cluster: String
    public let profile: BandProfile

    public init(label: String, cluster: String, profile: BandProfile) {
      (self.label, self.cluster, self.profile) = (label, cluster, profile)
    }
  }

  /// One class.
  public struct Row: Sendable, Codable, Hashable {
    public let label: String
    /// Number of tracks with evidence; only these are counted.
    public let count: Int
    /// Number of tracks without evidence.
    public let emptyCount: Int
    /// Number of artists or albums among the counted tracks, with a track without one counting separately; nil in reports of
    /// earlier versions.
    public let groupCount: Int?
    /// Share below 250 Hz, from 250 to 2 000 Hz, and above.
    public let low: Estimate
    public let middle: Estimate
    public let high: Estimate
    /// Mean share of each mel band, lowest first.
    public let perBand: [Double]
  }

  /// One method of finding evidence.
  public struct Reading: Sendable, Codable, Hashable {
    /// The explanation's method and layer.
    public let method: String
    public let layer: String
    /// The meaning of a cell on the mel axis; see `MelView.Quantity`.
    public let quantity: MelView.Quantity
    /// In the model's order of classes; those without a track are left out.
    public let rows: [Row]
    /// The control: tracks of the claim's two classes, each explained for the other one. A difference between a class's row here
    /// and its row above is due to the class that is explained; what they have in common is due to the tracks.
    public let controls: [Row]
    /// Whether the claim holds, if the model knows its classes and both have tracks.
    public let verdict: FrequencyVerdict?

    /// - Parameters:
    ///   - controls: the same tracks explained for the claim's other class.
    ///   - readingCount: how many readings of the same tracks are evaluated; the verdict's intervals account for it.
    ///
    /// Traps unless all profiles have the same number of bands.
    public init(
      method: String, layer: String, quantity: MelView.Quantity, samples: [Sample], controls: [Sample] = [],
      labels: [String], claim: FrequencyClaim = .founding, readingCount: Int = 1,
      bootstrap: Bootstrap = Bootstrap(resampleCount: 2000)
    ) {
      (self.method, self.layer, self.quantity) = (method, layer, quantity)
      let resampled = FrequencyEvidence.resampled(samples, labels: labels, bootstrap: bootstrap)
      rows = resampled.map(\.row)
      self.controls = FrequencyEvidence.rows(controls, labels: labels, bootstrap: bootstrap)
      verdict = FrequencyVerdict(claim, of: resampled, level: 1 - 0.05 / Double(readingCount))
    }
  }

  /// The explanation of the report first.
  public let readings: [Reading]
  /// The tracks' own difference from the average sound of training (magnitude in dB): evidence that merely follows the sound has
  /// these shares.
  public let sound: [Row]
  /// Shares of the mel bands themselves.
  public let even: BandShares
  public let bandCentersHz: [Double]
  /// False if the features have fewer coefficients than mel bands, so differences on the mel axis are smooth.
  public let isExact: Bool
  /// Resamples of each interval, and their seed.
  public let resampleCount: Int
  public let seed: UInt64

  public init(
    readings: [Reading], sound: [Row], bandCentersHz: [Double], isExact: Bool, bootstrap: Bootstrap
  ) {
    (self.readings, self.sound, self.bandCentersHz) = (readings, sound, bandCentersHz)
    (self.isExact, resampleCount, seed) = (isExact, bootstrap.resampleCount, bootstrap.seed)
    even = BandProfile.bandShares(bandCentersHz: bandCentersHz).shares
  }

  /// The classes' mean shares with intervals.
  public static func rows(_ samples: [Sample], labels: [String], bootstrap: Bootstrap) -> [Row] {
    resampled(samples, labels: labels, bootstrap: bootstrap).map(\.row)
  }

  /// Each class with the shares of its resamples: low, middle, high.
  static func resampled(
    _ samples: [Sample], labels: [String], bootstrap: Bootstrap
  ) -> [(row: Row, means: [[Double]])] {
    labels.enumerated().compactMap { index, label in
      let own = samples.filter { $0.label == label }
      let counted = own.filter { !$0.profile.isEmpty }
      guard let first = counted.first else { return nil }
      let shares = counted.map { [$0.profile.low, $0.profile.middle, $0.profile.high] }
      // A stream for each class: adding one does not change the others.
      let means = bootstrap.means(
        ofRows: shares, groups: counted.map(\.cluster), stream: UInt64(index))
      let count = Double(counted.count)
      let estimates = (0..<3).map { column in
        Estimate(
          mean: shares.reduce(0) { $0 + $1[column] } / count,
          interval: Bootstrap.interval(ofResamples: means.map { $0[column] }))
      }
      var bands = [Double](repeating: 0, count: first.profile.perBand.count)
      for sample in counted { bands = zip(bands, sample.profile.perBand).map { $0 + $1 / count } }
      let row = Row(
        label: label, count: counted.count, emptyCount: own.count - counted.count,
        groupCount: Set(counted.map(\.cluster)).count, low: estimates[0], middle: estimates[1],
        high: estimates[2],
        perBand: bands)
      return (row, means)
    }
  }
}
