import Foundation

extension FileSystem {
  /// The names in a folder, without `.` and `..`, sorted by their bytes so that every machine has the same order.
  package static func names(in folder: String) throws(SystemCallError) -> [String] {
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY)
    guard descriptor >= 0 else { throw SystemCallError("open the folder") }
    guard let stream = unsafe fdopendir(descriptor) else {
      let failure = SystemCallError("read the folder")
      close(descriptor)
      throw failure
    }
    defer { unsafe closedir(stream) }
    var names: [[UInt8]] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
      if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
    }
    guard errno == 0 else { throw SystemCallError("read the folder") }
    return names.sorted { $0.lexicographicallyPrecedes($1) }.map { String(pathBytes: $0) }
  }

  /// Makes a folder with all above it; one that is there already is fine.
  package static func makeFolder(_ path: String) throws(SystemCallError) {
    if path.isEmpty || isFolder(path) { return }
    if unsafe call(path, { unsafe mkdir($0, 0o777) }) == 0 { return }
    let failure = SystemCallError("make the folder")
    // Somebody else may have been faster.
    if failure.status == EEXIST, isFolder(path) { return }
    let above = folder(of: path)
    guard failure.status == ENOENT, !above.isEmpty, !above.isSpelled(like: path) else { throw failure }
    try makeFolder(above)
    if unsafe call(path, { unsafe mkdir($0, 0o777) }) != 0, !isFolder(path) {
      throw SystemCallError("make the folder")
    }
  }

  /// Removes a file, a link, or a folder with all in it; what cannot be removed stays. No link is followed.
  package static func removeTree(_ path: String) {
    guard let status = linkStatus(path) else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      remove(path)
      return
    }
    for name in (try? names(in: path)) ?? [] { removeTree(join(path, name)) }
    removeEmptyFolder(path)
  }

  /// Where temporary files go: `TMPDIR`, else `/tmp`.
  package static var temporaryFolder: String {
    guard let value = unsafe getenv("TMPDIR"), unsafe strlen(value) > 0 else { return "/tmp" }
    return unsafe String(pathBytes: UnsafeRawBufferPointer(start: value, count: strlen(value)))
  }

  /// Removes a folder that has nothing in it.
  package static func removeEmptyFolder(_ path: String) { _ = unsafe call(path) { unsafe rmdir($0) } }
}
