import Foundation

/// A regular file that is open for reading.
///
/// Opening never waits, as it would for the other end of a named pipe, and refuses all that is no regular file: what is read
/// has an end, and a command can be stopped.
package struct RegularFile: ~Copyable {
  /// Open as long as this value lives.
  package let descriptor: Int32
  /// Bytes in it when it was opened.
  package let byteCount: Int

  /// Throws when there is no such file, or it is a folder, a pipe or a device (``SystemCallError/isWrongKind``).
  package init(path: String) throws(SystemCallError) {
    let descriptor = FileSystem.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      // Sockets cannot be opened at all.
      throw SystemCallError(
        "read", status: errno == ENXIO ? EINVAL : errno,
        reason: errno == ENXIO ? "it is a socket, not a file" : nil)
    }
    do throws(SystemCallError) {
      byteCount = try RegularFile.byteCount(of: descriptor)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  private static func byteCount(of descriptor: Int32) throws(SystemCallError) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw SystemCallError("read") }
    if let error = SystemCallError.wrongKind(status.st_mode, for: "read") { throw error }
    return Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Bytes from an offset on. Throws when there are fewer, or they cannot be read.
  package func bytes(at offset: Int, count: Int) throws(SystemCallError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      while filled < count {
        let got = unsafe pread(descriptor, target.baseAddress! + filled, count - filled, offset + filled)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          failure = got < 0 ? errno : EIO
          return
        }
        filled += got
      }
    }
    guard failure == 0 else { throw SystemCallError("read", status: failure) }
    return bytes
  }

  /// Hands the open file over: the caller closes it.
  package consuming func takeDescriptor() -> Int32 {
    let descriptor = descriptor
    discard self
    return descriptor
  }
}
