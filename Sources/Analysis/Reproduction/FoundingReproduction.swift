public import Files

/// The findings of a reproduction of the founding report, as plain values.
public struct FoundingReproduction: Sendable, Codable {
  /// A track in a panel of a figure.
  public struct Sample: Sendable, Codable, Hashable {
    /// The figure's number in the report.
    public let figure: Int
    public let path: String
    public let name: String
    public let label: String
    public let predicted: String
    /// Probability of the predicted class, over the whole track.
    public let probability: Double
    /// The track's artist or album, if known.
    public let group: String?
    /// The start of the window shown, in the recording, if known.
    public let startSeconds: Double?

    public init(figure: Int, _ prediction: Prediction, startSeconds: Double?) {
      (self.figure, path, name) = (figure, prediction.path, prediction.name)
      (label, predicted) = (prediction.label, prediction.predicted)
      (probability, group) = (prediction.confidence ?? 0, prediction.group)
      self.startSeconds = startSeconds
    }
  }

  /// The seed for drawing tracks and samples.
  public let seed: UInt64
  /// Model, data set, settings.
  public var facts: [AnalysisResult.Fact]
  /// On the drawn tracks.
  public var report: ClassificationReport
  /// On as many tracks of the training part, if the data set has one and its maps are stored.
  public var training: ClassificationReport?
  /// The scores on the drawn tracks of simple rules fitted to the whole training part.
  public var baselines: [BaselineScores]
  /// The misclassified ones among the drawn tracks, the most confident first.
  public var mistakes: [Prediction]
  public var samples: [Sample]
  /// The distribution of the evidence over frequency; nil if the features are of unknown origin or no track was right.
  public var frequencies: FrequencyEvidence?
  public var coherence: [MistakeCoherence]
  /// Grad-CAM and Grad-CAM++ at every convolution, by every measure.
  public var benchmark: ExplanationBenchmark
  /// Layers of one method compared with each other, track by track; p adjusted by Holm's method over all of them.
  public var layers: [ExplanationBenchmark.Comparison]
  public var sweep: ThresholdSweep
  public var claims: [ReproducedClaim]
  /// Notes for the reader.
  public var notes: [String]
  public var leftOut: [LeftOutInput]

  public init(
    seed: UInt64, report: ClassificationReport, benchmark: ExplanationBenchmark, sweep: ThresholdSweep
  ) {
    (self.seed, self.report, self.benchmark, self.sweep) = (seed, report, benchmark, sweep)
    (facts, baselines, mistakes, samples, coherence) = ([], [], [], [], [])
    (layers, claims, notes, leftOut) = ([], [], [], [])
  }
}
