public import Datasets
public import Files

/// The data of a training: recordings by class and part, groups, and what was left out.
public struct DataSummary: Sendable, Hashable {
  /// The origin of the split.
  public enum Division: Sendable, Hashable {
    /// The data set defines which clip is in which part.
    case given
    /// The data set has no validation part; it was taken out of `train`.
    case validationTaken
    /// All parts were drawn with the seed.
    case made
  }

  /// The data set's file or folder, without the folders above it.
  public var name: String
  /// Class names, sorted.
  public var labels: [String]
  /// Recordings of each class (in the order of ``labels``) in train, valid and test.
  public var counts: [[Int]]
  /// Number of different artists or albums in train, valid and test; nil if clips have no groups.
  public var groups: [Int]?
  /// Number of windows in train, valid and test.
  public var windows: [Int]
  public var division: Division
  /// Files that could not be used, by the code of the reason.
  public var leftOut: [String: Int]
  /// Reasons why figures may be too good, as text.
  public var cautions: [String]

  /// - Parameters:
  ///   - dataset: the data set after the split.
  ///   - source: the data set before the split.
  public init(_ dataset: Dataset, source: Dataset, failures: [Failure] = []) {
    let parts = Split.allCases.map { dataset.clips(in: $0) }
    name = lastComponent(of: source.path)
    labels = dataset.labels
    counts = labels.map { label in parts.map { part in part.filter { $0.label == label }.recordingCount } }
    let hasGroups = !dataset.clips.isEmpty && dataset.clips.allSatisfy { $0.group != nil }
    groups = hasGroups ? parts.map { Set($0.compactMap(\.group)).count } : nil
    windows = parts.map(\.count)
    division =
      !source.isSplit ? .made : source.clips.contains { $0.split == .valid } ? .given : .validationTaken
    leftOut = failures.reduce(into: [:]) { $0[$1.code, default: 0] += 1 }
    let severe: [DatasetWarning.Code] = [
      .splitByTrack, .groupInSeveralSplits, .recordingInSeveralSplits,
    ]
    cautions = (dataset.warnings + dataset.leakageWarnings()).filter { severe.contains($0.code) }.map(
      \.message)
  }

  /// Number of recordings of a part, over all classes.
  public func count(_ split: Split) -> Int {
    let index = Split.allCases.firstIndex(of: split) ?? 0
    return counts.reduce(0) { $0 + $1[index] }
  }
}

/// The last part of a path: a name that tells nothing of the machine.
func lastComponent(of path: String) -> String {
  lastName(path)
}
