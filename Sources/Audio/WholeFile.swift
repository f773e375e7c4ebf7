import Files
import Foundation

/// Files that appear whole or not at all: written beside their place, then renamed.
enum WholeFile {
  /// A name beside `path` that no other process or call uses.
  static func temporaryPath(for path: String) -> String {
    path + ".\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...UInt32.max)).part"
  }

  /// Calls `fill` with a temporary path, then renames that file to `path`; removes it when anything fails.
  static func write(to path: String, _ fill: (String) throws(AudioError) -> Void) throws(AudioError) {
    let temporary = temporaryPath(for: path)
    do { try fill(temporary) } catch {
      FileSystem.remove(temporary)
      throw error
    }
    guard FileSystem.rename(temporary, to: path) == 0 else {
      let code = errno
      FileSystem.remove(temporary)
      throw error(errno: code, path: path)
    }
  }

  /// Writes bytes to a file.
  static func write(_ bytes: [UInt8], to path: String) throws(AudioError) {
    try write(to: path) { (temporary) throws(AudioError) in
      let descriptor = FileSystem.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
      guard descriptor >= 0 else { throw error(errno: errno, path: path) }
      defer { close(descriptor) }
      var done = 0
      while done < bytes.count {
        let count = unsafe bytes.withUnsafeBytes {
          unsafe Foundation.write(descriptor, $0.baseAddress! + done, $0.count - done)
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw error(errno: errno, path: path) }
        done += count
      }
      guard fsync(descriptor) == 0 else { throw error(errno: errno, path: path) }
    }
  }

  static func error(errno code: Int32, path: String) -> AudioError {
    error(unsafe String(cString: strerror(code)), code, path: path)
  }

  static func error(_ reason: String, _ code: Int32, path: String) -> AudioError {
    AudioError(.inputOutput, "cannot be written: \(reason)", path: path, underlyingStatus: Int(code))
  }
}
