public import Analysis
import Foundation

/// Writes a comparison of two models as a page, JSON and CSV with the same figures.
public struct ComparisonWriter: Sendable {
  /// What was written.
  public struct Files: Sendable, Hashable {
    /// Path of `comparison.html`.
    public let page: String
    /// Path of `comparison.json`.
    public let json: String
    /// Path of `tracks.csv`.
    public let tracks: String
  }

  public init() {}

  /// Writes `comparison.html`, `comparison.json` and `tracks.csv` into a folder, which is made if missing.
  ///
  /// Each file appears whole or not at all, the page last. Throws ``ReportError`` when a file cannot be written.
  @discardableResult
  public func write(_ comparison: PredictionComparison, to directory: String) throws(ReportError) -> Files {
    let json = try Self.json(comparison)
    let folder = URL(fileURLWithPath: directory, isDirectory: true)
    try ReportWriter.makeFolder(folder)
    let files = Files(
      page: folder.appendingPathComponent("comparison.html").path,
      json: folder.appendingPathComponent("comparison.json").path,
      tracks: folder.appendingPathComponent("tracks.csv").path)
    try writeAtomically(ComparisonTable.csv(comparison).utf8, to: files.tracks)
    try writeAtomically(json, to: files.json)
    try writeAtomically(ComparisonPage(comparison: comparison).html.utf8, to: files.page)
    return files
  }

  /// `comparison.json`: keys in alphabetical order, so that equal comparisons give equal files.
  public static func json(_ comparison: PredictionComparison) throws(ReportError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(comparison)) + [10]
    } catch {
      throw ReportError(
        .inputOutput, "the comparison cannot be written as JSON: \(error.localizedDescription)")
    }
  }
}
