import Foundation

/// Files that appear in a folder together.
///
/// They are written into a hidden folder in it, brought to the disk together, and get their names when all are there: on a full
/// disk nothing appears, and what was there before stays whole. Nobody else writes into the folder meanwhile.
package final class StagedFolder {
  /// Where the files belong.
  package let folder: String
  /// Where they are written until then.
  package let path: String
  /// The last file of a set that a killed process had begun to put in place; empty where there is none.
  package let unpublished: [UInt8]
  private static let name = ".genrelens.part"
  private let wasMissing: Bool
  private let identity: FileIdentity?
  private var lock: OutputLock?

  /// Makes the folder where it is missing. Throws ``CodedError``: `busy` when somebody else writes into it.
  ///
  /// - Parameter last: the name of ``unpublished``.
  package init(_ folder: String, last: String? = nil) throws(CodedError) {
    (self.folder, path) = (folder, join(folder, Self.name))
    wasMissing = !FileSystem.exists(folder)
    lock = try OutputLock(folder: folder)
    // What a killed process left.
    unpublished = last.flatMap { [path] in try? FileSystem.contents(join(path, $0)) } ?? []
    FileSystem.removeTree(path)
    try createFolder(path)
    identity = FileIdentity(path: path)
  }

  deinit {
    FileSystem.removeTree(path)
    lock = nil
    // Refused where something is in it.
    if wasMissing { FileSystem.removeEmptyFolder(folder) }
  }

  /// Whether a file is in the hidden folder of one.
  static func contains(_ path: String) -> Bool { pathParts(path).dropLast().contains(name) }

  /// What an earlier run of the same job had finished in the folder, in a hidden file that stays where the job is stopped, killed or
  /// fails: no output. A job that is done removes it.
  ///
  /// - Parameter identity: see ``FinishedSteps``; asked for where there are steps.
  package func finishedSteps(identity: @escaping @Sendable () throws -> String) -> FinishedSteps {
    FinishedSteps(path: join(folder, ".genrelens.steps"), identity: identity)
  }

  /// Calls `body` with the folder to write into. What is wrong with a file there is told by the name that it was to have.
  package func fill<T>(_ body: (String) throws -> T) throws -> T {
    do { return try body(path) } catch {
      let failure = Failure(error)
      guard failure.message.contains(path) else { throw error }
      throw Failure(code: failure.code, message: failure.message.replacing(path, with: folder))
    }
  }

  /// Gives the files their names, `last` at the end: as long as that one is there, so is all that it speaks of.
  ///
  /// Throws where the folder was removed meanwhile, a name stands for no file, or for one that is not to be replaced: then nothing is
  /// replaced.
  ///
  /// - Parameter replaces: whether a file of this name, which is there, may be replaced; a link was put there for it.
  package func publish(last: String, replaces: (String) -> Bool = { _ in true }) throws(CodedError) {
    guard let identity, FileIdentity(path: path) == identity else {
      throw CodedError(.inputOutput, "the folder was removed while it was written to", path: folder)
    }
    let (folders, names) = Self.contents(of: path)
    let files = names.filter { $0 != last } + [last]
    for name in files {
      try call(name) { (final) throws(SystemCallError) in try AtomicFile.requireReplaceable(final) }
      guard !WrittenFiles.isOwnFile(folder + "/" + name) || replaces(name) else {
        throw CodedError(
          .usage, "is not from an earlier run: move it away, or choose another folder",
          path: folder + "/" + name)
      }
    }
    try bringToDisk(files)
    for name in folders { try createFolder(folder + "/" + name) }
    // An older one would speak of files that are others by now.
    if (try? linkTarget(of: folder + "/" + last)) == folder + "/" + last {
      FileSystem.remove(folder + "/" + last)
    }
    for name in files { try call(name) { (final) throws(SystemCallError) in try move(name, to: final) } }
    for name in folders { AtomicFile.syncFolder(of: folder + "/" + name + "/.") }
    AtomicFile.syncFolder(of: folder + "/.")
    try lock?.requireInPlace()
  }

  /// All files after the last one is written: the first of them takes what waits beside it along, where each would be waited for
  /// if it came by itself.
  private func bringToDisk(_ names: [String]) throws(CodedError) {
    for name in names {
      try call(name) { (_) throws(SystemCallError) in
        let descriptor = FileSystem.open(path + "/" + name, O_RDONLY)
        guard descriptor >= 0 else { throw SystemCallError("write") }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw SystemCallError("write") }
      }
    }
  }

  /// Folders and files below a folder, as paths in it.
  private static func contents(of path: String) -> (folders: [String], files: [String]) {
    var (folders, files): ([String], [String]) = ([], [])
    for name in (try? FileSystem.names(in: path)) ?? [] {
      guard FileSystem.isFolder(path + "/" + name) else {
        files.append(name)
        continue
      }
      let inner = contents(of: path + "/" + name)
      folders += [name] + inner.folders.map { name + "/" + $0 }
      files += inner.files.map { name + "/" + $0 }
    }
    return (folders, files)
  }

  private func call(_ name: String, _ body: (String) throws(SystemCallError) -> Void) throws(CodedError) {
    let final = folder + "/" + name
    do throws(SystemCallError) { try body(final) } catch {
      throw CodedError(.inputOutput, error.description, path: final)
    }
  }

  private func move(_ name: String, to final: String) throws(SystemCallError) {
    let target = try linkTarget(of: final)
    if FileSystem.rename(path + "/" + name, to: target) == 0 { return }
    guard errno == EXDEV else { throw SystemCallError("rename") }
    // A link that leads to another file system.
    var file = try AtomicFile(path: target)
    try file.append(try FileSystem.contents(path + "/" + name))
    try file.publish()
  }
}
