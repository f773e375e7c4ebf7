/// What may be wrong with a data set rather than with the model.
public struct DataProblems: Sendable, Codable, Hashable {
  /// Something that spoils a training or flatters its figures.
  public struct Finding: Sendable, Codable, Hashable {
    /// For programs, such as `group-leak`.
    public var code: String
    /// `error`, `warning` or `note`.
    public var severity: String
    /// One line for people.
    public var message: String
    /// The clips, groups or labels it was found in, with what was measured.
    public var items: [String]

    public init(code: String, severity: String, message: String, items: [String]) {
      (self.code, self.severity, self.message, self.items) = (code, severity, message, items)
    }
  }

  /// Accuracy of held-out predictions below which they say more about the classifier than about the labels.
  public static let trustedAccuracy = 0.7

  /// Of the whole data set, the gravest first.
  public var findings: [Finding]
  /// Pairs of tracks in different splits, the most alike first.
  public var duplicates: [NearDuplicate]
  /// Tracks whose label may be wrong; nil where it could not be asked.
  public var labelIssues: LabelIssues?
  /// Whose held-out predictions the label issues come from, in words.
  public var labelIssueSource: String
  /// How often those predictions are right: where they seldom are, candidates mean little.
  public var labelIssueAccuracy: Double?
  /// Error rates of parts of the evaluated tracks; nil where nothing is known of them.
  public var slices: SliceAnalysis?
  /// What could not be looked at, and why.
  public var notes: [String]

  public init(
    findings: [Finding] = [], duplicates: [NearDuplicate] = [], labelIssues: LabelIssues? = nil,
    labelIssueSource: String = "", slices: SliceAnalysis? = nil, notes: [String] = []
  ) {
    (self.findings, self.duplicates, self.labelIssues) = (findings, duplicates, labelIssues)
    (self.labelIssueSource, self.slices, self.notes) = (labelIssueSource, slices, notes)
  }
}
