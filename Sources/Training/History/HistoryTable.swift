import Files
import Foundation
public import Models

extension EpochRecord {
  /// The columns of a history in CSV: the names of the JSON Lines.
  static let columns = [
    "epoch", "trainLoss", "trainAccuracy", "validLoss", "validAccuracy", "learningRate", "gradientNorm",
    "seconds",
    "clipsPerSecond",
  ]

  /// The record as a line of CSV, in the order of ``columns``; what is not known is empty.
  var csvLine: String {
    let cells = [
      "\(epoch)", "\(trainLoss)", "\(trainAccuracy)", "\(validLoss)", "\(validAccuracy)", "\(learningRate)",
      gradientNorm.map { "\($0)" } ?? "", "\(seconds)", clipsPerSecond.map { "\($0)" } ?? "",
    ]
    return cells.joined(separator: ",") + "\n"
  }
}

extension [EpochRecord] {
  /// One JSON object per line.
  public func jsonLines() throws -> String {
    try map { String(decoding: try JSONDocument.encodeVerbatim($0), as: UTF8.self) + "\n" }.joined()
  }

  /// The history as CSV with a header, with all digits of the numbers.
  public func csv() -> String {
    EpochRecord.columns.joined(separator: ",") + "\n" + map(\.csvLine).joined()
  }
}

/// A training's history as JSON Lines and CSV, growing by a line an epoch.
package struct HistoryFiles: Sendable {
  private var lines: GrowingFile
  private var table: GrowingFile

  /// Replaces both files by what is known.
  package init(linesPath: String, tablePath: String, history: [EpochRecord]) throws {
    lines = try GrowingFile(path: linesPath, beginning: Array(try history.jsonLines().utf8))
    table = try GrowingFile(path: tablePath, beginning: Array(history.csv().utf8))
  }

  package mutating func add(_ record: EpochRecord) throws {
    try lines.append(Array(try [record].jsonLines().utf8))
    try table.append(Array(record.csvLine.utf8))
  }
}
