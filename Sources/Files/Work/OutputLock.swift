/// Keeps a second process from writing to the same output, as long as it lives.
package final class OutputLock: Sendable {
  private let lock: FileLock
  private let output: String

  /// For one file and what is beside it. Throws ``CodedError`` `busy` when another process holds the lock.
  package convenience init(file: String) throws(CodedError) {
    let target = (try? linkTarget(of: file)) ?? file
    try self.init(
      join(folder(of: target), ".\(lastName(target)).lock"), output: file,
      whenBusy: "another process is writing this file")
  }

  /// For all that is written into a folder, which is made when it is missing.
  package convenience init(folder: String) throws(CodedError) {
    try createFolder(folder)
    try self.init(
      join(folder, ".genrelens.lock"), output: folder, whenBusy: "another process is writing into this folder"
    )
  }

  private init(_ path: String, output: String, whenBusy: String) throws(CodedError) {
    self.output = output
    do throws(SystemCallError) { lock = try FileLock(path: path) } catch {
      if error.isBusy {
        throw CodedError(.busy, whenBusy + ": let it finish, or end it first", path: output)
      }
      throw CodedError(.inputOutput, "the folder cannot be written to: \(error.words)", path: output)
    }
  }

  /// Throws ``CodedError`` `inputOutput` when the folder was removed: what was written into it is lost.
  package func requireInPlace() throws(CodedError) {
    guard lock.isInPlace else {
      throw CodedError(.inputOutput, "the folder was removed while it was written to", path: output)
    }
  }
}
