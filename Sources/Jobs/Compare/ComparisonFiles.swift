import Analysis
import Files
import Report

/// The files of a comparison.
public struct ComparisonFiles: Sendable, Hashable {
  /// `comparison.html`.
  public let page: String
  /// `comparison.json`: the same figures.
  public let json: String
  /// `tracks.csv`: one line for each track.
  public let tracks: String
}

extension ComparisonFiles {
  /// The file from which a report's figures are read: the file itself, or `report.json` in the folder.
  public static func reportFile(_ path: String) -> String { ReportSide.locate(path) }
}
