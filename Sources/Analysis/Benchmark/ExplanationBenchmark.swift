import Explanation
public import Files
public import Statistics

/// The faithfulness of explanations: methods by layers by metrics, as plain values.
public struct ExplanationBenchmark: Sendable, Codable, Hashable {
  /// A method at a layer, or a control.
  public struct Subject: Sendable, Codable, Hashable {
    public let method: String
    /// "input" for methods and controls that work there.
    public let layer: String
    public let isControl: Bool

    public init(method: String, layer: String, isControl: Bool = false) {
      (self.method, self.layer, self.isControl) = (method, layer, isControl)
    }

    /// The values of the method's own map in random places: it keeps as much as the map at every threshold.
    public var shuffled: Subject {
      Subject(method: Self.shuffledPrefix + method, layer: layer, isControl: true)
    }
    /// Whether this is such a control.
    public var isShuffled: Bool { isControl && method.hasPrefix(Self.shuffledPrefix) }

    static let shuffledPrefix = "shuffled "
  }

  /// One metric of one subject.
  public struct Figure: Sendable, Codable, Hashable {
    public let subject: Subject
    public let metric: FaithfulnessMetric
    /// Mean over the items; nil if no item has a value.
    public let mean: Double?
    /// 95 % bootstrap interval of the mean.
    public let interval: ConfidenceInterval?
    /// Number of items that have a value.
    public let count: Int
    /// For each control by name ("random-map", "energy-map", "shuffled-map"): whether the paired difference is in favour of the
    /// method with an adjusted p below 0.05. Nil for controls and for metrics without controls.
    public let beats: [String: Bool]?
    /// For each control the two-sided p of no difference (``GroupedMean``), adjusted by Holm's method for all comparisons with
    /// controls in the benchmark; comparisons that could not be made are missing.
    public let adjustedP: [String: Double]?

    public init(
      subject: Subject, metric: FaithfulnessMetric, mean: Double?, interval: ConfidenceInterval?, count: Int,
      beats: [String: Bool]?, adjustedP: [String: Double]? = nil
    ) {
      (self.subject, self.metric, self.mean) = (subject, metric, mean)
      (self.interval, self.count) = (interval, count)
      (self.beats, self.adjustedP) = (beats, adjustedP)
    }

    /// Whether it is better than all controls; true if there are none.
    public var beatsControls: Bool { beats?.values.allSatisfy(\.self) ?? true }
  }

  /// Two methods at one layer, item by item.
  public struct Comparison: Sendable, Codable, Hashable {
    public let metric: FaithfulnessMetric
    public let first: Subject
    public let second: Subject
    /// Mean of first - second over the items in both.
    public let difference: Double
    /// 95 % bootstrap interval of ``difference``, paired.
    public let interval: ConfidenceInterval?
    /// Numbers of items where the first is better, where the second is better, and where they are equal up to rounding (0.001 of a percentage,
    /// else a hundred-thousandth).
    public let wins: Int
    public let losses: Int
    public let ties: Int
    /// Two-sided p of no difference (``GroupedMean``); nil for fewer than two groups.
    public let p: Double?
    /// The same, adjusted by Holm's method for all comparisons in the benchmark; nil until they are known.
    public var adjustedP: Double?

    public init(
      metric: FaithfulnessMetric, first: Subject, second: Subject, difference: Double,
      interval: ConfidenceInterval?, wins: Int, losses: Int, ties: Int, p: Double? = nil,
      adjustedP: Double? = nil
    ) {
      (self.p, self.adjustedP) = (p, adjustedP)
      (self.metric, self.first, self.second, self.difference) = (metric, first, second, difference)
      (self.interval, self.wins, self.losses, self.ties) = (interval, wins, losses, ties)
    }
  }

  /// One stage of the parameter-randomisation check: means over the items.
  public struct RandomizationStage: Sendable, Codable, Hashable {
    public let subject: Subject
    /// The layer redrawn last; those nearer to the logits were redrawn before.
    public let layer: String
    /// Spearman's correlation with the trained network's map.
    public let signedRank: Double?
    public let absoluteRank: Double?
    public let structure: Double?

    public init(
      subject: Subject, layer: String, signedRank: Double?, absoluteRank: Double?, structure: Double?
    ) {
      (self.subject, self.layer) = (subject, layer)
      (self.signedRank, self.absoluteRank, self.structure) = (signedRank, absoluteRank, structure)
    }
  }

  /// What was measured and how: model, data set, baseline, seed, numbers of items.
  public var facts: [AnalysisResult.Fact] = []
  /// Layers in the network's order, as far as they were measured.
  public var layers: [String] = []
  public var figures: [Figure] = []
  public var comparisons: [Comparison] = []
  public var randomization: [RandomizationStage] = []
  /// For each subject, the number of items by flag.
  public var flags: [FlagCount] = []
  /// How many of the recordings were used to make the model; nil if it was not checked.
  public var training: TrainingOverlap?
  public var leftOut: [LeftOutInput] = []
  /// Notes for the reader.
  public var notes: [String] = []

  /// How many of a subject's maps have a flag.
  public struct FlagCount: Sendable, Codable, Hashable {
    public let subject: Subject
    public let flag: String
    public let count: Int

    public init(subject: Subject, flag: String, count: Int) {
      (self.subject, self.flag, self.count) = (subject, flag, count)
    }
  }

  public init() {}

  /// Adjusts the p of all ``comparisons`` by Holm's method.
  public mutating func adjustComparisons() {
    let known = comparisons.indices.filter { comparisons[$0].p != nil }
    let adjusted = ExactTests.holm(known.compactMap { comparisons[$0].p })
    for (place, p) in zip(known, adjusted) { comparisons[place].adjustedP = p }
  }

  /// Number of comparisons with controls: the tests for which the marks are corrected.
  public var controlTestCount: Int { figures.reduce(0) { $0 + ($1.adjustedP?.count ?? 0) } }

  /// Whether pictures were explained, not sound.
  public var isOfPictures: Bool {
    figures.contains { $0.subject.isControl && $0.subject.method == ControlMap.center.rawValue }
  }

  /// Subjects in the order of the figures.
  public var subjects: [Subject] {
    var seen: Set<Subject> = []
    return figures.map(\.subject).filter { seen.insert($0).inserted }
  }

  /// Metrics in the order of the figures.
  public var metrics: [FaithfulnessMetric] {
    var seen: Set<FaithfulnessMetric> = []
    return figures.map(\.metric).filter { seen.insert($0).inserted }
  }

  /// One figure, if it exists.
  public func figure(_ metric: FaithfulnessMetric, of subject: Subject) -> Figure? {
    figures.first { $0.metric == metric && $0.subject == subject }
  }
}
