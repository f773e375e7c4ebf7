import Analysis
public import Datasets
public import Files
public import Models

extension GenreModel {
  /// Classifies sound files and writes their classes as genres into their tags (``GenreTags``), or, without a log, only reports
  /// what would be written.
  ///
  /// Each file is replaced by a complete new one after the sound decoded from both was found equal, and after the log on disk has
  /// a line from which ``UntaggedFile/restore(log:job:)`` can restore every byte. If anything fails, the file is left as it is.
  ///
  /// - Parameters:
  ///   - job: notified after each file. If it is cancelled, finished files stay changed, and the same call continues.
  ///   - each: called after each file.
  public func tag(
    _ paths: [String], options: TaggingOptions,
    job: Job = Job(), each: (TaggedFile) throws -> Void = { _ in }
  ) throws -> PartialResults<TaggedFile> {
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
