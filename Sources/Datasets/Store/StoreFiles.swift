import Files
import Foundation

/// The names of the files of a store `X.npy`.
///
/// Beside the final names stand, while somebody writes, hidden ones: `.X.npy.part` and the like, which gather what is
/// to be renamed, `.X.npy.journal`, `.X.npy.lock` and, for the moment of renaming, `.X.npy.commit`.
///
/// Where a final name is a link, the file that it leads to is written, and the hidden names are beside that one.
struct StoreFiles: Sendable, Equatable {
  /// The `.npy` file.
  let path: String
  /// Where its bytes are: ``path``, links followed.
  private let target: String

  init(_ path: String) {
    self.path = path
    target = Self.target(of: path)
  }

  /// Where the bytes of a final name go.
  static func target(of path: String) -> String { (try? linkTarget(of: path)) ?? path }

  /// The tables that are beside the maps.
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
  static func working(_ path: String) -> String {
    let target = target(of: path)
    return join(folder(of: target), ".\(lastName(target)).part")
  }

  private func hidden(_ ending: String) -> String {
    join(folder(of: target), ".\(lastName(target)).\(ending)")
  }
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

extension FeatureStore {
  /// The files that a store `X.npy` is made of, whether they are there or not. Not every reader of a store reads all of them,
  /// but what replaced one would damage the store.
  package static func files(readAt path: String) -> [String] {
    [path] + StoreFiles.Table.allCases.map(StoreFiles(path).path(of:))
  }

  /// The files that may be written, replaced or removed where a store `X.npy` is made.
  package static func files(writtenAt path: String) -> [String] {
    let files = StoreFiles(path)
    return files.finalPaths + (files.finalPaths + [files.commit]).map(StoreFiles.working)
      + [files.journal, files.lock, files.commit, files.aside, files.asideJournal]
  }
}

/// The right to write a store: held by one process (and one writer in it) at a time.
final class StoreLock: Sendable {
  private let lock: FileLock

  /// Throws ``CodedError`` `busy` when somebody else writes the store.
  init(_ files: StoreFiles) throws(CodedError) {
    do throws(SystemCallError) { lock = try FileLock(path: files.lock) } catch {
      throw error.isBusy
        ? CodedError(
          .busy, "another process is writing this store; let it finish, or end it first", path: files.path)
        : CodedError(error, path: files.path)
    }
  }
}
