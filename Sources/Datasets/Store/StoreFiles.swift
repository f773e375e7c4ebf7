import Files
import Foundation
import Tensors

/// The names of the files of a store `X.npy`.
///
/// Beside the final names stand, while somebody writes, hidden ones: `.X.npy.part` and the like, which gather what is
/// to be renamed, `.X.npy.journal`, `.X.npy.lock` and, for the moment of renaming, `.X.npy.commit`.
struct StoreFiles: Sendable, Equatable {
  /// The `.npy` file.
  let path: String

  init(_ path: String) { self.path = path }

  /// The tables that stand beside the maps.
  enum Table: String, CaseIterable {
    case index = "csv"
    case description = "json"
    case sources = "sources.csv"
    case failures = "failures.csv"
  }

  func path(of table: Table) -> String { replacingExtension(path, with: table.rawValue) }

  /// All final names, the maps last.
  var finalPaths: [String] { Table.allCases.map(path(of:)) + [path] }

  /// Where the bytes of a file with a final name gather.
  static func working(_ path: String) -> String { join(folder(of: path), ".\(lastName(path)).part") }

  private func hidden(_ ending: String) -> String { join(folder(of: path), ".\(lastName(path)).\(ending)") }
  var part: String { Self.working(path) }
  var journal: String { hidden("journal") }
  var lock: String { hidden("lock") }
  var commit: String { hidden("commit") }
  /// Maps of an unfinished run over other files, kept until a run is finished.
  var aside: String { hidden("aside") }
  var asideJournal: String { hidden("aside.journal") }

  /// Removes what unfinished runs left.
  func removeUnfinished() {
    for path in (finalPaths + [commit]).map(Self.working) + [journal, aside, asideJournal] {
      FileSystem.remove(path)
    }
  }
}

/// The right to write a store: held by one process (and one writer in it) at a time, let go when the value goes or the
/// process is killed.
final class StoreLock: Sendable {
  private let descriptor: Int32
  private let path: String

  /// Throws ``DatasetError`` `busy` when somebody else writes the store.
  init(_ files: StoreFiles) throws(DatasetError) {
    path = files.lock
    descriptor = try Self.acquire(files)
  }

  /// Whether somebody writes the store now.
  static func isHeld(_ files: StoreFiles) -> Bool {
    let descriptor = FileSystem.open(files.lock, O_RDONLY | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  private static func acquire(_ files: StoreFiles) throws(DatasetError) -> Int32 {
    let path = files.lock
    while true {
      let descriptor = FileSystem.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
      guard descriptor >= 0 else {
        throw DatasetError(SystemCallError("create a file in the folder"), path: files.path)
      }
      // Where a file system knows no locks the work goes on without one.
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        throw DatasetError(
          .busy, "another process is writing this store; let it finish, or end it first", path: files.path)
      }
      // The one before us may have removed the file between the two calls.
      var own = stat()
      if unsafe fstat(descriptor, &own) == 0, let named = FileSystem.status(path), own.st_ino == named.st_ino,
        own.st_dev == named.st_dev
      {
        return descriptor
      }
      close(descriptor)
    }
  }

  deinit {
    FileSystem.remove(path)
    close(descriptor)
  }
}
