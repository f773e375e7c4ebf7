public import Audio
public import Files

/// Everything that the report shows, as plain values, so the report only has to draw.
///
/// Pictures are named by keys; the code that writes the report supplies their bytes separately.
public struct AnalysisResult: Sendable, Codable, Hashable {
  /// A line of the data or model card.
  public struct Fact: Sendable, Codable, Hashable {
    /// What the line is about.
    public var name: String
    /// The text.
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// One picture on the page.
  public struct Picture: Sendable, Codable, Hashable {
    /// The key of the picture's bytes.
    public var key: String
    /// One line under it; also its alternative text.
    public var caption: String

    public init(key: String, caption: String) {
      self.key = key
      self.caption = caption
    }
  }

  /// A mean map on the page.
  public struct Average: Sendable, Codable, Hashable {
    /// What the tracks of the mean have in common.
    public var key: MapAverages.Key
    /// Number of tracks in the mean.
    public var count: Int
    /// The mean map.
    public var picture: Picture

    public init(key: MapAverages.Key, count: Int, picture: Picture) {
      self.key = key
      self.count = count
      self.picture = picture
    }
  }

  /// Heading of the page.
  public var title: String
  /// The data card.
  public var dataFacts: [Fact]
  /// The model card.
  public var modelFacts: [Fact]
  /// The figures.
  public var report: ClassificationReport
  /// How many of the counted recordings were used to make the model; nil if it was not checked.
  public var overlap: TrainingOverlap?
  /// Every track that was counted.
  public var predictions: [Prediction]
  /// Mel bands of ``TrackStudy/Evidence/bands``: their centres in Hz, lowest first; empty for features of unknown
  /// origin.
  public var bandCentersHz: [Double]
  /// The misclassified tracks, the most confident mistakes first.
  public var errors: [TrackStudy]
  /// Correct tracks that are shown besides the typical ones, the least confident first.
  public var correct: [TrackStudy] = []
  /// One typical correct track of each class, if there is one.
  public var typical: [TrackStudy]
  /// The correct tracks that were nearly misclassified: the smallest lead over the second class first.
  public var ambiguous: [Prediction]
  /// Mean maps of correct tracks and of each kind of error.
  public var averages: [Average]
  /// The distribution of the evidence over frequency; nil if the features are of unknown origin.
  public var frequencies: FrequencyEvidence?
  /// The calibration of the probabilities; nil without probabilities.
  public var calibration: CalibrationSection?
  /// The scores of simple rules on the same tracks.
  public var baselines: [BaselineScores] = []
  /// Whether mistakes look like the genre they were heard as, by several readings.
  public var coherence: [MistakeCoherence] = []
  /// The model's name for people, if known: the name of its file.
  public var model: String?
  /// Possible problems with the data; nil if they were not examined.
  public var dataProblems: DataProblems?
  /// The robustness of labels and maps to changes of the sound and to attacks; nil if it was not measured.
  public var robustness: RobustnessReport?
  /// Attacks on single tracks.
  public var attacks: [AttackStudy] = []
  /// Further pictures under the overview, such as the learning curve.
  public var pictures: [Picture]
  /// Inputs that no figure counts.
  public var leftOut: [LeftOutInput]
  /// Tracks that every figure counts, but whose sound is not available.
  public var withoutSound: [LeftOutInput] = []
  /// Problems noticed in sound files that every figure counts: parts skipped, an early end.
  public var soundNotes: [FileNote] = []
  /// Notes for the reader, for example that the corpus is synthesised.
  public var notes: [String]

  public init(
    title: String, report: ClassificationReport, predictions: [Prediction], dataFacts: [Fact] = [],
    modelFacts: [Fact] = [], bandCentersHz: [Double] = [], errors: [TrackStudy] = [],
    typical: [TrackStudy] = [], ambiguous: [Prediction] = [], averages: [Average] = [],
    frequencies: FrequencyEvidence? = nil, pictures: [Picture] = [], leftOut: [LeftOutInput] = [],
    notes: [String] = []
  ) {
    self.title = title
    self.dataFacts = dataFacts
    self.modelFacts = modelFacts
    self.report = report
    self.predictions = predictions
    self.bandCentersHz = bandCentersHz
    self.errors = errors
    self.typical = typical
    self.ambiguous = ambiguous
    self.averages = averages
    self.frequencies = frequencies
    self.pictures = pictures
    self.leftOut = leftOut
    self.notes = notes
  }
}

extension AnalysisResult {
  /// All tracks that are shown, in the order of the page's lists.
  public var studies: [TrackStudy] { errors + correct + typical }

  /// ``soundNotes`` in the form in which the page lists inputs.
  public var notedInputs: [LeftOutInput] {
    soundNotes.map { LeftOutInput(path: $0.path, code: $0.note.code.rawValue, reason: $0.note.message) }
  }
}
