import Files
import Foundation

/// A regular file that is read from front to back.
struct SafeTensorsInput: ~Copyable {
  private let descriptor: Int32
  private let path: String
  let byteCount: Int

  init(path: String) throws(CheckpointError) {
    self.path = path
    // Not blocking: opening a named pipe must not wait for a writer.
    let descriptor = FileSystem.open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else {
      let status = errno
      let code: CheckpointError.Code = status == ENOENT || status == ENOTDIR ? .missing : .inputOutput
      let message = code == .missing ? "no such checkpoint" : "cannot be opened: \(systemMessage(status))"
      throw CheckpointError(code, message, path: path, underlyingStatus: Int(status))
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw CheckpointError(.notSafeTensors, "not a file but a folder or device", path: path)
    }
    self.descriptor = descriptor
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The next `count` numbers as they stand in the file.
  borrowing func read<Number: FixedWidthInteger>(
    _ count: Int, of type: Number.Type
  ) throws(CheckpointError) -> [Number] {
    var numbers = [Number](repeating: 0, count: count)
    let status: Int32 = unsafe numbers.withUnsafeMutableBytes { bytes in
      var done = 0
      while done < bytes.count {
        let size = unsafe Foundation.read(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if size < 0 && errno == EINTR { continue }
        guard size > 0 else { return size < 0 ? errno : -1 }
        done += size
      }
      return 0
    }
    guard status == 0 else {
      let message =
        status < 0 ? "the file became shorter while it was read" : "cannot be read: \(systemMessage(status))"
      throw CheckpointError(.inputOutput, message, path: path, underlyingStatus: Int(status))
    }
    return numbers
  }
}

/// The system's words for an `errno`, for example "No space left on device".
func systemMessage(_ status: Int32) -> String { unsafe String(cString: strerror(status)) }
