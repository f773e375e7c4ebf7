package import Foundation

/// The file system, asked by bytes: every path goes through ``Swift/String/pathBytes``.
///
/// Nothing else in the package hands a path to the system or to Foundation, whose paths are UTF-8 at best. Calls that return a
/// status leave the reason in `errno`. A path with a zero byte, which C would cut there, names nothing.
package enum FileSystem {
  /// `open(2)`: a descriptor, or -1. Always with `O_CLOEXEC`.
  package static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o666) -> Int32 {
    unsafe call(path) { unsafe Foundation.open($0, flags | O_CLOEXEC, mode) }
  }

  /// What a path leads to, links followed; nil when there is nothing, or it cannot be looked at.
  package static func status(_ path: String) -> stat? {
    var status = stat()
    return unsafe call(path) { unsafe stat($0, &status) } == 0 ? status : nil
  }

  /// What stands under the path itself, a link for example.
  package static func linkStatus(_ path: String) -> stat? {
    var status = stat()
    return unsafe call(path) { unsafe lstat($0, &status) } == 0 ? status : nil
  }

  package static func exists(_ path: String) -> Bool { status(path) != nil }

  package static func isFolder(_ path: String) -> Bool {
    status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
  }

  /// Whether this process may write there.
  package static func isWritable(_ path: String) -> Bool {
    unsafe call(path) { unsafe access($0, W_OK) } == 0
  }

  /// `unlink(2)`: 0, or -1.
  @discardableResult package static func remove(_ path: String) -> Int32 {
    unsafe call(path) { unsafe unlink($0) }
  }

  /// `rename(2)`: 0, or -1.
  package static func rename(_ path: String, to other: String) -> Int32 {
    unsafe call(path) { path in unsafe call(other) { unsafe Foundation.rename(path, $0) } }
  }

  /// Where a path ends when all links are followed; nil when there is nothing.
  package static func resolved(_ path: String) -> String? {
    var found: String?
    _ = unsafe call(path) { path in
      guard let real = unsafe realpath(path, nil) else { return -1 }
      defer { unsafe free(real) }
      found = unsafe String(pathBytes: UnsafeRawBufferPointer(start: real, count: strlen(real)))
      return 0
    }
    return found
  }

  /// The working folder.
  package static var currentFolder: String {
    guard let path = unsafe getcwd(nil, 0) else { return "/" }
    defer { unsafe free(path) }
    return unsafe String(pathBytes: UnsafeRawBufferPointer(start: path, count: strlen(path)))
  }

  /// All bytes of a regular file. Throws when it cannot be read, is no regular file (``SystemCallError/isWrongKind``), or holds
  /// more than `limit` (`EFBIG`). Never waits for a pipe.
  package static func contents(_ path: String, limit: Int = .max) throws(SystemCallError) -> [UInt8] {
    let file = try RegularFile(path: path)
    return try contents(ofDescriptor: file.descriptor, expecting: file.byteCount, limit: limit)
  }

  /// All bytes that come from an open file or pipe, to its end. Throws when it cannot be read, or gives more than `limit` (`EFBIG`).
  package static func contents(
    ofDescriptor descriptor: Int32, expecting byteCount: Int = 1 << 16, limit: Int = .max
  ) throws(SystemCallError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(byteCount + 1, limit))
    var part = [UInt8](repeating: 0, count: min(1 << 20, max(4096, byteCount + 1)))
    while true {
      let got = unsafe part.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw SystemCallError("read") }
      if got == 0 { return bytes }
      guard bytes.count + got <= limit else { throw SystemCallError("read", status: EFBIG) }
      bytes += part[..<got]
    }
  }

  /// What a link says; nil for what is no link.
  package static func linkText(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    var count = 0
    _ = unsafe call(path) { path in
      count = unsafe readlink(path, &buffer, buffer.count)
      return count < 0 ? -1 : 0
    }
    return count > 0 ? String(pathBytes: buffer[..<count].map { UInt8(bitPattern: $0) }) : nil
  }

  /// Runs a system call on the path's bytes; -1 with `EINVAL` when they hold a zero.
  static func call(_ path: String, _ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
    var bytes = path.pathBytes
    guard !bytes.contains(0) else {
      errno = EINVAL
      return -1
    }
    bytes.append(0)
    let (result, reason) = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe buffer.withMemoryRebound(to: CChar.self) { pointer in
        guard let start = pointer.baseAddress else { return (-1 as Int32, EINVAL) }
        let result = unsafe body(start)
        return (result, errno)
      }
    }
    errno = reason
    return result
  }
}
