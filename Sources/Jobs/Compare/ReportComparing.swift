public import Analysis
import Files
import Foundation
import Report

extension PredictionComparison {
  /// Compares the predictions of two error reports: `report.json` of `analyzeErrors`, or a folder that contains one.
  ///
  /// Only a report's title, its model's name, labels and predictions are read. Each side is named after its model, with the
  /// report's title if the titles differ, and with its path if nothing else distinguishes the two. Throws a one-line error for a
  /// report that is missing or damaged, or if the two have no track in common.
  public static func ofReports(_ first: String, _ second: String) throws -> PredictionComparison {
    let (one, other) = (try ReportSide.read(first), try ReportSide.read(second))
    var sides = [one.side, other.side]
    let haveOneTitle = one.side.title == other.side.title
    for (index, model) in [one.model, other.model].enumerated() {
      sides[index].model = model
      guard let model else { continue }
      sides[index].title = haveOneTitle ? model : "\(model), \(sides[index].title)"
    }
    if sides[0].title == sides[1].title {
      for (index, path) in [first, second].enumerated() { sides[index].title += " (\(path))" }
    }
    return try PredictionComparison(sides[0], sides[1])
  }
}

extension PredictionComparison {
  /// Writes `comparison.html`, `comparison.json` and `tracks.csv` into a folder, which is created if missing; they appear
  /// together.
  public func write(to folder: String) throws -> ComparisonFiles {
    let stage = try StagedFolder(folder)
    _ = try stage.fill { try ComparisonWriter().write(self, to: $0) }
    try stage.publish(last: "comparison.html")
    return ComparisonFiles(
      page: folder + "/comparison.html", json: folder + "/comparison.json", tracks: folder + "/tracks.csv")
  }
}

/// The part of `report.json` that a comparison needs.
enum ReportSide {
  /// Larger files are no reports.
  static let maximumByteCount = 1 << 30
  /// Reports of more genres are refused: figures of all of them would not fit into memory.
  static let maximumLabelCount = 1000

  private struct Document: Decodable {
    struct Report: Decodable { let labels: [String] }
    let title: String
    let model: String?
    let report: Report
    let predictions: [Prediction]
    let overlap: TrainingOverlap?
  }

  /// Throws ``CodedError`` where the file is missing, too large, or no report.
  static func read(
    _ path: String
  ) throws(CodedError) -> (side: PredictionComparison.Side, model: String?) {
    let file = locate(path)
    let data: [UInt8]
    do throws(SystemCallError) { data = try FileSystem.contents(file, limit: maximumByteCount) } catch {
      if error.isMissing, file == path {
        throw CodedError(.missing, "no such file or folder", path: path)
      }
      if error.isMissing {
        throw CodedError(
          .missing, "no report.json in this folder (genrelens analyze writes one)", path: path)
      }
      if error.isWrongKind { throw CodedError(.badInput, "no report: \(error.words)", path: file) }
      guard error.status != EFBIG else {
        throw CodedError(.badInput, "more than \(maximumByteCount) bytes, which is no report", path: file)
      }
      throw CodedError(.inputOutput, error.description, path: file)
    }
    let document: Document
    do {
      document = try JSONDocument.decode(Document.self, from: data)
    } catch {
      throw CodedError(
        .badInput, "no report.json of genrelens analyze: \(reason(error))", path: file)
    }
    let side = PredictionComparison.Side(
      title: document.title, labels: document.report.labels, predictions: document.predictions,
      training: document.overlap)
    guard side.labels.count <= maximumLabelCount else {
      throw CodedError(
        .badInput, "\(side.labels.count) labels, at most \(maximumLabelCount) are compared", path: file)
    }
    do {
      // What a comparison would refuse is told with the file's name.
      _ = try ClassificationReport(predictions: side.predictions, labels: side.labels)
    } catch {
      throw CodedError(.badInput, String(error.description.prefix(500)).shown, path: file)
    }
    return (side, document.model)
  }

  /// The file itself, or `report.json` in the folder.
  static func locate(_ path: String) -> String {
    FileSystem.isFolder(path) ? join(path, "report.json") : path
  }

  private static func reason(_ error: any Error) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty
        ? "the document" : path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    }
    switch error as? DecodingError {
    case .keyNotFound(let key, let context): return "\(place(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context): return "\(place(context.codingPath)) is of another kind"
    case .valueNotFound(_, let context): return "\(place(context.codingPath)) has no value"
    default: return "it is not JSON or is cut off"
    }
  }
}
