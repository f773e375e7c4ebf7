import Files
import Foundation
import Tensors

/// A file that others may read while it grows by whole pieces.
///
/// It begins whole (under a temporary name, then renamed). A piece that could not be written to its end is taken away
/// again, so that the file ends where a piece ends; a process that is killed leaves what it had written until then.
struct GrowingFile: Sendable {
  let path: String
  private(set) var byteCount: Int

  /// Replaces what is there. Throws ``GenreLensError`` `inputOutput`.
  init(path: String, beginning: [UInt8]) throws(GenreLensError) {
    do {
      var file = try AtomicFile(path: path)
      try file.append(beginning)
      try file.publish()
    } catch {
      throw GenreLensError(.inputOutput, "\(error)", path: path)
    }
    (self.path, byteCount) = (path, beginning.count)
  }

  /// Adds a piece. Throws ``GenreLensError`` `inputOutput`; the file is then as it was, as far as the system lets it.
  mutating func append(_ bytes: [UInt8]) throws(GenreLensError) {
    guard case let descriptor = FileSystem.open(path, O_RDWR), descriptor >= 0 else {
      throw GenreLensError(.inputOutput, "it is gone, or it cannot be written to", path: path)
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    defer { try? file.close() }
    do {
      guard try file.seekToEnd() >= byteCount else {
        throw GenreLensError(.inputOutput, "somebody else made it shorter", path: path)
      }
      try file.truncate(atOffset: UInt64(byteCount))
      do { try file.write(contentsOf: bytes) } catch {
        try? file.truncate(atOffset: UInt64(byteCount))
        throw error
      }
    } catch let error as GenreLensError {
      throw error
    } catch {
      throw GenreLensError(.inputOutput, "cannot be written: \(systemMessage(error))", path: path)
    }
    byteCount += bytes.count
  }
}

/// What the system said, in one line.
func systemMessage(_ error: any Error) -> String {
  let code = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
  if code.domain == NSPOSIXErrorDomain { return unsafe String(cString: strerror(Int32(code.code))) }
  return error.localizedDescription.split(whereSeparator: \.isNewline).joined(separator: " ")
}
