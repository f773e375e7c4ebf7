public import Files

/// What was found when the founding report was done again, as plain values.
public struct FoundingReproduction: Sendable, Codable {
  /// A track in a panel of a figure.
  public struct Sample: Sendable, Codable, Hashable {
    /// The report's number of the figure.
    public let figure: Int
    public let path: String
    public let name: String
    public let label: String
    public let predicted: String
    /// Of the predicted class, over the whole track.
    public let probability: Double
    /// The track's artist or album, where it is known.
    public let group: String?
    /// The shown window's start in the recording, where that is known.
    public let startSeconds: Double?

    public init(figure: Int, _ prediction: Prediction, startSeconds: Double?) {
      (self.figure, path, name) = (figure, prediction.path, prediction.name)
      (label, predicted) = (prediction.label, prediction.predicted)
      (probability, group) = (prediction.confidence ?? 0, prediction.group)
      self.startSeconds = startSeconds
    }
  }

  /// What draws the tracks and the samples.
  public let seed: UInt64
  /// Model, data set, settings.
  public var facts: [AnalysisResult.Fact]
  /// On the drawn tracks.
  public var report: ClassificationReport
  /// On as many tracks of the training part, where the data set names one and its maps are stored.
  public var training: ClassificationReport?
  /// What simple rules that learned from the whole training part score on the drawn tracks.
  public var baselines: [BaselineScores]
  /// The misclassified ones among the drawn tracks, the surest first.
  public var mistakes: [Prediction]
  public var samples: [Sample]
  /// Where in frequency evidence lies; nil where the features are of unknown origin or no track was right.
  public var frequencies: FrequencyEvidence?
  public var coherence: [MistakeCoherence]
  /// Grad-CAM and Grad-CAM++ at every convolution, by every measure.
  public var benchmark: ExplanationBenchmark
  /// Layers of one method held against each other, track by track; p adjusted by Holm's method over all of them.
  public var layers: [ExplanationBenchmark.Comparison]
  public var sweep: ThresholdSweep
  public var claims: [ReproducedClaim]
  /// What a reader must know.
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
