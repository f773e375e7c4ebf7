public import Analysis
public import Files
import Foundation

/// Writes an analysis as a page, JSON and CSV with the same figures.
public struct ReportWriter: Sendable {
  /// Above this many bytes of embedded pictures and sounds, first the sounds and then the pictures are written as separate files,
  /// and the page says so.
  public var embeddingLimitBytes: Int

  /// The files written.
  public struct Files: Sendable, Hashable {
    /// Path of `report.html`.
    public let page: String
    /// Path of `report.json`.
    public let json: String
    /// Path of `predictions.csv`.
    public let predictions: String
    /// Pictures in separate files; empty if the page embeds them.
    public let pictures: [String]
  }

  /// Embeds pictures and sounds of up to about 30 MB by default.
  public init(embeddingLimitBytes: Int = 30_000_000) { self.embeddingLimitBytes = embeddingLimitBytes }

  /// Writes `report.html`, `report.json` and `predictions.csv` into a folder, which is created if missing.
  ///
  /// `pictures` has the PNG of each key that `result` names; `sounds` has the WAV files named in ``TrackStudy/Sounds`` that are
  /// to be embedded, by their path there. Those files are not written here: the page links sounds that it does not embed. Each
  /// file appears whole or not at all, the page last. Throws ``CodedError`` if a picture is missing (before anything is written)
  /// or a file cannot be written.
  @discardableResult
  public func write(
    _ result: AnalysisResult, pictures: [String: [UInt8]], sounds: [String: EmbeddedSound] = [:],
    to directory: String
  ) throws(CodedError) -> Files {
    let media = try PageMedia(
      result, pictures: pictures, sounds: sounds, limitBytes: embeddingLimitBytes)
    let placed = media.pictures
    let page = ReportPage(result: result, media: media).html
    let json = try Self.json(result)
    try Self.makeFolder(directory)
    if !placed.files.isEmpty { try Self.makeFolder(join(directory, "pictures")) }
    for (path, bytes) in placed.files { try writeAtomically(bytes, to: join(directory, path)) }
    let files = Files(
      page: join(directory, "report.html"), json: join(directory, "report.json"),
      predictions: join(directory, "predictions.csv"), pictures: placed.files.map { join(directory, $0.path) }
    )
    let table = PredictionTable.csv(result.predictions, labels: result.report.labels)
    try writeAtomically(table.pathBytes, to: files.predictions)
    try writeAtomically(json, to: files.json)
    try writeAtomically(page.utf8, to: files.page)
    return files
  }

  /// `report.json`: the analysis with its keys in alphabetical order, so equal analyses give equal files.
  public static func json(_ result: AnalysisResult) throws(CodedError) -> [UInt8] {
    do { return try JSONDocument.encode(result) + [10] } catch {
      throw CodedError(.inputOutput, "the analysis cannot be written as JSON: \(error.localizedDescription)")
    }
  }

  static func makeFolder(_ folder: String) throws(CodedError) {
    do { try FileSystem.makeFolder(folder) } catch {
      throw CodedError(.inputOutput, error.description, path: folder, underlyingStatus: Int(error.status))
    }
  }
}
