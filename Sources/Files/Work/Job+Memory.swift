import Foundation

extension Job {
  /// Runs work that writes into no folder with a memory of its finished steps in the user's cache folder: started again after it was
  /// stopped, killed or failed, it continues after them.
  ///
  /// The folder is `$XDG_CACHE_HOME/genrelens`, or else `~/.cache/genrelens`. Where there is none to write to, and while the same work runs
  /// elsewhere, nothing is remembered. Work that is done leaves nothing; what nobody continued for 30 days is removed.
  ///
  /// - Parameters:
  ///   - name: what the work is, as a file name.
  ///   - subject: what it is about, so that other work of this name has another file.
  ///   - identity: see ``FinishedSteps``.
  package func remembering<Value>(
    _ name: String, of subject: String, identity: @escaping @Sendable () throws -> String,
    _ body: (Job) throws -> Value
  ) throws -> Value {
    guard let folder = Self.memoryFolder() else { return try body(self) }
    // Nothing stays where nothing is remembered.
    defer { FileSystem.removeEmptyFolder(folder) }
    Self.forgetOldSteps(in: folder)
    return try remembering(at: join(folder, "\(name)-\(ContentHash(subject)).steps"), identity, body)
  }

  private func remembering<Value>(
    at path: String, _ identity: @escaping @Sendable () throws -> String, _ body: (Job) throws -> Value
  ) throws -> Value {
    guard let lock = try? FileLock(path: path + ".lock") else { return try body(self) }
    return try withExtendedLifetime(lock) {
      let steps = FinishedSteps(path: path, identity: identity)
      let value = try body(keeping(steps))
      steps.remove()
      return value
    }
  }

  /// The folder, made where it is missing; nil where it cannot be.
  private static func memoryFolder() -> String? {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"].map { $0 + "/.cache" }
    // The standard has relative paths ignored.
    guard
      let cache = [environment["XDG_CACHE_HOME"], home].compactMap(\.self).first(where: { $0.hasPrefix("/") })
    else { return nil }
    let folder = join(cache, "genrelens")
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return FileSystem.isFolder(folder) && FileSystem.isWritable(folder) ? folder : nil
  }

  private static func forgetOldSteps(in folder: String) {
    let names = (try? FileSystem.names(in: folder)) ?? []
    let oldest = Int(Date().timeIntervalSince1970) - 30 * 86_400
    for name in names where name.hasSuffix(".steps") {
      let path = join(folder, name)
      guard let status = FileSystem.linkStatus(path), status.st_mtim.tv_sec < oldest,
        !FileLock.isHeld(path: path + ".lock")
      else { continue }
      FileSystem.remove(path)
      // A killed process leaves it.
      FileSystem.remove(path + ".lock")
    }
  }
}
