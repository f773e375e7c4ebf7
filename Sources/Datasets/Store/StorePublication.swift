import Files
import Foundation

/// Gives the files of a store their names: all of them, also when the process is killed in between.
///
/// The sealed files stand under their working names. First a list of what is to be done appears at once (`.X.npy.commit`,
/// brought to the disk), then the files are renamed, the maps last, then the list goes. Whoever finds the list knows that
/// old and new files may stand side by side: a reader waits and then refuses, the next writer does what is left to do.
struct StorePublication {
  /// What is done to one of the final names.
  enum Step: Equatable {
    case rename(String)
    case remove(String)

    fileprivate var line: String {
      switch self {
      case .rename(let path): "rename \(lastName(path))\n"
      case .remove(let path): "remove \(lastName(path))\n"
      }
    }
  }

  let files: StoreFiles

  /// Puts sealed working files in place, and removes old ones. The caller holds the lock.
  func publish(_ steps: [Step]) throws(CodedError) {
    do throws(SystemCallError) {
      // Under a name of its own, not a random one: a killed process leaves nothing that nobody clears away.
      let working = StoreFiles.working(files.commit)
      var list = try AtomicFile(workingPath: working)
      try list.append(steps.map(\.line).joined().pathBytes)
      try list.seal()
      if FileSystem.rename(working, to: files.commit) != 0 { throw SystemCallError("rename") }
      AtomicFile.syncFolder(of: files.commit)
    } catch {
      throw CodedError(error, path: files.path)
    }
    try carryOut(steps)
  }

  /// Does what a killed writer had left to do. The caller holds the lock.
  func recover() throws(CodedError) {
    guard let bytes = try? FileSystem.contents(files.commit, limit: 1 << 16) else { return }
    try carryOut(Self.steps(String(pathBytes: bytes), files))
  }

  /// Does what is left of the steps; what was done already is passed over.
  private func carryOut(_ steps: [Step]) throws(CodedError) {
    for step in steps {
      switch step {
      case .remove(let path): FileSystem.remove(path)
      case .rename(let path):
        if FileSystem.rename(StoreFiles.working(path), to: StoreFiles.target(of: path)) != 0, errno != ENOENT
        {
          throw CodedError(SystemCallError("rename"), path: path)
        }
      }
    }
    // Both, so that the list goes only after the names are on the disk.
    AtomicFile.syncFolder(of: files.path)
    FileSystem.remove(files.commit)
  }

  /// Reads a list. Names that are no file of this store are passed over: nothing else is ever touched.
  static func steps(_ text: String, _ files: StoreFiles) -> [Step] {
    let known = Dictionary(
      files.finalPaths.flatMap {
        [(Spelling(Step.rename($0).line), Step.rename($0)), (Spelling(Step.remove($0).line), .remove($0))]
      },
      uniquingKeysWith: { first, _ in first })
    return text.utf8.split(separator: 0x0A).compactMap { line in
      known[Spelling(String(decoding: line, as: UTF8.self) + "\n")]
    }
  }

  // MARK: - For readers

  /// Whether old and new files may stand side by side.
  var isPending: Bool { FileSystem.exists(files.commit) }

  /// Waits for a moment while files are given their names; throws `unfinished` when that does not come to an end,
  /// because the one who did it was killed.
  func requireFinished() throws(CodedError) {
    var abandoned = 0
    for _ in 0..<1000 where isPending {
      // Asked again and again: one writer may have ended and the next one begun between two questions.
      abandoned = FileLock.isHeld(path: files.lock) ? 0 : abandoned + 1
      if abandoned == 5 { break }
      usleep(10_000)
    }
    guard !isPending else {
      if FileLock.isHeld(path: files.lock) {
        throw CodedError(.busy, "it is being replaced", path: files.path)
      }
      throw CodedError(
        .unfinished, "its writer was killed while it put the files in place; run the same command again",
        path: files.path)
    }
  }

  /// Reads several of the files as one writer left them: again, when they were replaced meanwhile.
  func read<T>(_ body: () throws(CodedError) -> T) throws(CodedError) -> T {
    for _ in 0..<100 {
      try requireFinished()
      let before = FileIdentity(path: files.path)
      var (value, failure): (T?, CodedError?)
      do throws(CodedError) { value = try body() } catch { failure = error }
      // The maps are renamed last: while their file is the same and no list is there, nothing has changed.
      guard !isPending, FileIdentity(path: files.path) == before else { continue }
      if let value { return value }
      if let failure { throw failure }
    }
    throw CodedError(.busy, "it is replaced again and again", path: files.path)
  }
}
