/// Possible problems with a data set rather than with the model.
public struct DataProblems: Sendable, Codable, Hashable {
  /// A problem that spoils a training or makes its figures too good.
  public struct Finding: Sendable, Codable, Hashable {
    /// For programs, such as `group-leak`.
    public var code: String
    /// `error`, `warning` or `note`.
    public var severity: String
    /// One line for people.
    public var message: String
    /// The clips, groups or labels concerned, with the measurements.
    public var items: [String]

    public init(code: String, severity: String, message: String, items: [String]) {
      (self.code, self.severity, self.message, self.items) = (code, severity, message, items)
    }
  }

  /// The accuracy of held-out predictions below which they say more about the classifier than about the labels.
  public static let trustedAccuracy = 0.7

  /// For the whole data set, the most serious first.
  public var findings: [Finding]
  /// Pairs of similar tracks in different splits, the most similar first.
  public var duplicates: [NearDuplicate]
  /// Tracks whose label may be wrong; nil if this could not be examined.
  public var labelIssues: LabelIssues?
  /// The source of the held-out predictions for the label issues, as text.
  public var labelIssueSource: String
  /// How often those predictions are right: if they rarely are, candidates mean little.
  public var labelIssueAccuracy: Double?
  /// Error rates of parts of the evaluated tracks; nil if nothing is known about them.
  public var slices: SliceAnalysis?
  /// What could not be examined, and why.
  public var notes: [String]

  public init(
    findings: [Finding] = [], duplicates: [NearDuplicate] = [], labelIssues: LabelIssues? = nil,
    labelIssueSource: String = "", slices: SliceAnalysis? = nil, notes: [String] = []
  ) {
    (self.findings, self.duplicates, self.labelIssues) = (findings, duplicates, labelIssues)
    (self.labelIssueSource, self.slices, self.notes) = (labelIssueSource, slices, notes)
  }
}
