public import Analysis
public import Datasets
public import Files
public import Models

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

/// A classified file and its tags.
public struct TaggedFile: Sendable, Codable, Equatable {
  public enum Outcome: String, Sendable, Codable {
    /// The tags were written.
    case written
    /// They would be written.
    case planned
    /// The file stays as it is; ``TaggedFile/reason`` says why.
    case left
  }

  public let path: String
  /// The class that it was heard as, and its probability.
  public let label: String
  public let confidence: Double
  public let genresBefore: [String]
  /// The genres that the file has, or would have.
  public let genresAfter: [String]
  /// ``genresAfter`` in one text; empty when there is none.
  public let genre: String
  public let outcome: Outcome
  public let reason: String?
  /// What the file was to the model.
  public let training: TrainingRole?
}

extension GenreModel {
  /// Classifies sound files and writes their classes as genres into their tags (``GenreTags``), or, without a log, only says what
  /// would be written.
  ///
  /// Each file is replaced by a whole new one after its sound was decoded from both and found equal, and after the log has a line,
  /// on the disk, from which ``UntaggedFile/restore(log:job:)`` makes every byte as it was. What fails leaves its file as it is.
  ///
  /// - Parameters:
  ///   - job: told after each file. Cancelled, what is done is done, and the same call continues.
  ///   - each: called after each file.
  public func tag(
    _ paths: [String], options: TaggingOptions,
    job: Job = Job(), each: (TaggedFile) throws -> Void = { _ in }
  ) throws -> Batch<TaggedFile> {
    try options.validate()
    let classifier = try TrackClassifier(self, options.scoring)
    var tagger = Tagger(classifier, options)
    guard let path = options.log else { return try tagger.run(paths, job, each) }
    let ledger = TaggingOptions.ledger(forLog: path)
    try WrittenFiles([path, ledger]).requireApart(from: paths)
    let lock = try OutputLock(file: path)
    defer { withExtendedLifetime(lock) {} }
    tagger.log = try TagLog(path: path)
    let batch = try tagger.run(paths, job, each)
    try writeLedger(tagger.failed, to: ledger)
    return batch
  }
}

/// Writes the table of the files that failed; where none did, that of an earlier run goes.
private func writeLedger(_ failed: [(path: String, failure: Failure)], to path: String) throws {
  let header = ["path", "code", "reason"]
  if !failed.isEmpty {
    let rows = failed.map { [$0.path, $0.failure.code, $0.failure.message] }
    return try CSVTable.write(header: header, rows: rows, to: path)
  }
  if let earlier = try? CSVTable(path: path), earlier.header == header { FileSystem.remove(path) }
}
