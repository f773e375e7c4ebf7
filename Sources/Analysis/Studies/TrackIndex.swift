public import Files

/// Many explained tracks, one row each, for a page.
public struct TrackIndex: Sendable, Hashable {
  /// One explained track.
  public struct Row: Sendable, Hashable {
    /// The sound file, or the section of it.
    public var path: String
    /// Its name without folders.
    public var name: String
    /// Its own page, relative to the index.
    public var page: String
    /// The class with the highest probability over the whole track, and that probability.
    public var predicted: String
    public var probability: Double
    /// The class that is explained, and the position of the explained window: the one that speaks most for it, unless another was
    /// requested.
    public var explained: String
    public var startSeconds: Double
    public var endSeconds: Double
    /// Of the explained class in that window.
    public var windowProbability: Double
    /// The segments, each of one class.
    public var segments: [TimelineSegment]
    /// Remarks about it.
    public var remarks: [String]

    public init(
      path: String, name: String, page: String, predicted: String, probability: Double, explained: String,
      startSeconds: Double, endSeconds: Double, windowProbability: Double, segments: [TimelineSegment],
      remarks: [String] = []
    ) {
      (self.path, self.name, self.page) = (path, name, page)
      (self.predicted, self.probability, self.explained) = (predicted, probability, explained)
      (self.startSeconds, self.endSeconds) = (startSeconds, endSeconds)
      (self.windowProbability, self.segments, self.remarks) = (windowProbability, segments, remarks)
    }

    /// Share of the track's time that is heard as a different class from the track.
    public var shareElsewhere: Double {
      let all = segments.reduce(0) { $0 + $1.seconds }
      let others = segments.filter { $0.label != predicted }.reduce(0) { $0 + $1.seconds }
      return all > 0 ? others / all : 0
    }
  }

  /// The model's classes.
  public var labels: [String]
  public var rows: [Row]
  /// Files that could not be heard: path and reason.
  public var failures: [LeftOutInput]
  /// Number of files not reached, if the work was stopped.
  public var missingCount: Int
  /// Model, method and other facts.
  public var facts: [AnalysisResult.Fact]
  /// What the labels are called.
  public var words = LabelWords.classes

  public init(
    labels: [String], rows: [Row], failures: [LeftOutInput], missingCount: Int, facts: [AnalysisResult.Fact]
  ) {
    (self.labels, self.rows, self.failures) = (labels, rows, failures)
    (self.missingCount, self.facts) = (missingCount, facts)
  }

  /// How many tracks are heard as each class, or have each tag as the strongest, as a sentence.
  public var sentence: String {
    let counts = labels.map { label in (label, rows.count { $0.predicted == label }) }.filter { $0.1 > 0 }
    let tracks = rows.count.counted("track")
    let parts = counts.map { words == .tags ? "\($0.0) is strongest in \($0.1)" : "\($0.1) heard as \($0.0)" }
    return parts.isEmpty ? "No track was explained." : "\(tracks): \(parts.joined(separator: ", "))."
  }
}
