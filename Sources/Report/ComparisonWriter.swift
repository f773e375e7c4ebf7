public import Analysis
public import Files
import Foundation

/// Writes a comparison of two models as a page, JSON and CSV with the same figures.
public struct ComparisonWriter: Sendable {
  /// The files written.
  public struct Files: Sendable, Hashable {
    /// Path of `comparison.html`.
    public let page: String
    /// Path of `comparison.json`.
    public let json: String
    /// Path of `tracks.csv`.
    public let tracks: String
  }

  public init() {}

  /// Writes `comparison.html`, `comparison.json` and `tracks.csv` into a folder, which is created if missing.
  ///
  /// Each file appears whole or not at all, the page last. Throws ``CodedError`` when a file cannot be written.
  @discardableResult
  public func write(_ comparison: PredictionComparison, to directory: String) throws(CodedError) -> Files {
    let json = try Self.json(comparison)
    try ReportWriter.makeFolder(directory)
    let files = Files(
      page: join(directory, "comparison.html"), json: join(directory, "comparison.json"),
      tracks: join(directory, "tracks.csv"))
    try writeAtomically(ComparisonTable.csv(comparison).pathBytes, to: files.tracks)
    try writeAtomically(json, to: files.json)
    try writeAtomically(ComparisonPage(comparison: comparison).html.utf8, to: files.page)
    return files
  }

  /// `comparison.json`: keys in alphabetical order, so equal comparisons give equal files.
  public static func json(_ comparison: PredictionComparison) throws(CodedError) -> [UInt8] {
    do { return try JSONDocument.encode(comparison) + [10] } catch {
      throw CodedError(
        .inputOutput, "the comparison cannot be written as JSON: \(error.localizedDescription)")
    }
  }
}
