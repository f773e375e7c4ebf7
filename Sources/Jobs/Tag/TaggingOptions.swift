public import Analysis
import Datasets
public import Files
import Models

/// What becomes of the tags of classified files.
public struct TaggingOptions: Sendable {
  /// The probability that a file's class must have, 0 to 1.
  public var minimumConfidence = 0.0
  /// Whether files that have a genre are left as they are.
  public var isOnlyEmpty = false
  /// Whether the genres that a file has stay, and its class is added.
  public var keepsOld = false
  /// Where what was done is written down; nil writes no file: it is only said what would be done.
  public var log: String?
  public var scoring = ScoringOptions()

  public init() {}

  /// Throws ``CodedError`` for a confidence that is no probability.
  public func validate() throws(CodedError) {
    guard (0...1).contains(minimumConfidence) else {
      throw CodedError(
        .usage, "the least confidence must be 0 to 1 (0.8 is 80 %), not \(minimumConfidence)")
    }
  }

  /// Where the log is unless it is named: `genrelens-tags.jsonl` in the folder that all files share; in the working folder where
  /// they share none.
  public static func defaultLog(for paths: [String]) -> String {
    let folders = paths.map { pathParts(absolute($0)).dropLast() }
    let shared = folders.dropFirst().reduce(folders.first ?? []) { shared, folder in
      ArraySlice(zip(shared, folder).prefix { $0.isSpelled(like: $1) }.map(\.0))
    }
    let folder = shared.isEmpty ? FileSystem.currentFolder : "/" + shared.joined(separator: "/")
    return join(folder, "genrelens-tags.jsonl")
  }

  /// The table of the files that failed, beside the log: `X.failures.csv` (path, code, reason).
  public static func ledger(forLog log: String) -> String { replacingExtension(log, with: "failures.csv") }
}
