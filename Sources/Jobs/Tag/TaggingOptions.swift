public import Analysis
import Datasets
public import Files
import Models

/// How to change the tags of classified files.
public struct TaggingOptions: Sendable {
  /// The minimum probability of a file's class, 0 to 1.
  public var minimumConfidence = 0.0
  /// Whether to skip files that already have a genre.
  public var isOnlyEmpty = false
  /// Whether to keep a file's genres and add its class.
  public var keepsOld = false
  /// The log of the changes; nil changes no file and only reports what would be done.
  public var log: String?
  public var scoring = ScoringOptions()

  public init() {}

  /// Throws ``CodedError`` for a confidence that is not a probability.
  public func validate() throws(CodedError) {
    guard (0...1).contains(minimumConfidence) else {
      throw CodedError(
        .usage, "the least confidence must be 0 to 1 (0.8 is 80 %), not \(minimumConfidence)")
    }
  }

  /// The default path of the log: `genrelens-tags.jsonl` in the folder that all files share, or in the working folder if they
  /// share none.
  public static func defaultLog(for paths: [String]) -> String {
    let folders = paths.map { pathParts(absolute($0)).dropLast() }
    let shared = folders.dropFirst().reduce(folders.first ?? []) { shared, folder in
      ArraySlice(zip(shared, folder).prefix { $0.isSpelled(like: $1) }.map(\.0))
    }
    let folder = shared.isEmpty ? FileSystem.currentFolder : "/" + shared.joined(separator: "/")
    return join(folder, "genrelens-tags.jsonl")
  }

  /// The table of the files that failed, next to the log: `X.failures.csv` (path, code, reason).
  public static func ledger(forLog log: String) -> String { replacingExtension(log, with: "failures.csv") }
}
