public import Analysis
import Datasets
public import Files
import Report

/// What a reproduction of the founding report left in its folder.
public struct FoundingReport: Sendable {
  public let reproduction: FoundingReproduction
  /// `founding-report.html`.
  public let page: String
  /// `founding-report.json`: everything.
  public let json: String
  /// How long each stage took, in their order.
  public let stages: [StageTime]
}
