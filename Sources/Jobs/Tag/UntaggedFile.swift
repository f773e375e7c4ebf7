import Audio
public import Datasets
public import Files

/// A file whose tags were restored.
public struct UntaggedFile: Sendable, Codable, Equatable {
  public let path: String
  /// False if the file was already in its original state.
  public let wasRestored: Bool
  /// The restored genres.
  public let genres: [String]
}

extension UntaggedFile {
  /// Restores every byte of the files in a log of `GenreModel.tag`, including those of several runs.
  ///
  /// A file that was changed after it was tagged is left as it is and becomes a failure. The log is kept.
  ///
  /// - Parameter job: notified after each file. If it is cancelled, the call throws ``CodedError`` `interrupted`; the same call
  ///   continues from there.
  public static func restore(log: String, job: Job = Job()) throws -> PartialResults<UntaggedFile> {
    let lock = try OutputLock(file: log)
    defer { withExtendedLifetime(lock) {} }
    var (order, histories): ([String], [Spelling: [TagLogEntry]]) = ([], [:])
    for (path, entry) in try TagLog.read(log) {
      if histories[Spelling(path)] == nil { order.append(path) }
      histories[Spelling(path), default: []].append(entry)
    }
    var batch = PartialResults<UntaggedFile>()
    for (index, path) in order.enumerated() {
      try job.requireGoingOn(
        "stopped; \(index) of \(order.count) files are done, the same command continues after them", path: log
      )
      do { batch.values.append(try restoreFile(path, histories[Spelling(path)] ?? [])) } catch {
        batch.failures.append(Failure(error))
      }
      job.tell("restoring", index + 1, of: order.count)
    }
    return batch
  }
}

/// Takes one change after the other back, the last one first.
private func restoreFile(_ path: String, _ history: [TagLogEntry]) throws -> UntaggedFile {
  var (state, count): (String, Int) = (try TagRewriting(path).hash, 0)
  for entry in history.reversed() where entry.hashAfter == state {
    let file = try TagRewriting(path)
    guard file.hash == state else { break }
    // Before a byte is written: a log may be of anybody's making.
    guard entry.restore.edit.byteCount == entry.bytesBefore else {
      throw CodedError(.badInput, "the log does not hold what it was: not restored", path: path)
    }
    try file.replace(by: entry.restore.edit) { _, hash in
      guard hash == entry.hashBefore else {
        throw CodedError(.badInput, "the log does not hold what it was: not restored", path: path)
      }
    }
    (state, count) = (entry.hashBefore, count + 1)
  }
  guard let first = history.first, state == first.hashBefore else {
    throw CodedError(
      .badInput,
      count > 0
        ? "was changed between two runs of tag: it is as before the last of them"
        : "was changed after it was tagged: not restored", path: path)
  }
  return UntaggedFile(path: path, wasRestored: count > 0, genres: first.genresBefore)
}
