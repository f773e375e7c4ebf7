public import Analysis
import Datasets
public import Files
import Report

/// The files of a reproduction of the founding report.
public struct FoundingReport: Sendable {
  public let reproduction: FoundingReproduction
  /// `founding-report.html`.
  public let page: String
  /// `founding-report.json`: all results.
  public let json: String
  /// How long each stage took, in their order.
  public let stages: [StageTime]
}
