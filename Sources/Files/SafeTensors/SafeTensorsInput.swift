import Foundation

/// A regular file that is read from front to back.
struct SafeTensorsInput: ~Copyable {
  private let file: RegularFile
  private let path: String
  var byteCount: Int { file.byteCount }

  init(path: String) throws(CodedError) {
    self.path = path
    file = try Self.open(path)
  }

  private static func open(_ path: String) throws(CodedError) -> RegularFile {
    do throws(SystemCallError) { return try RegularFile(path: path) } catch {
      if error.isWrongKind {
        throw CodedError(.notSafeTensors, "not a checkpoint: \(error.words)", path: path)
      }
      let message = error.isMissing ? "no such checkpoint" : "cannot be read: \(error.words)"
      throw CodedError(
        error.isMissing ? .missing : .inputOutput, message, path: path, underlyingStatus: Int(error.status))
    }
  }

  /// The next `count` numbers as they stand in the file.
  borrowing func read<Number: FixedWidthInteger>(
    _ count: Int, of type: Number.Type
  ) throws(CodedError) -> [Number] {
    var numbers = [Number](repeating: 0, count: count)
    let status: Int32 = unsafe numbers.withUnsafeMutableBytes { bytes in
      var done = 0
      while done < bytes.count {
        let size = unsafe Foundation.read(file.descriptor, bytes.baseAddress! + done, bytes.count - done)
        if size < 0 && errno == EINTR { continue }
        guard size > 0 else { return size < 0 ? errno : -1 }
        done += size
      }
      return 0
    }
    guard status == 0 else {
      let message =
        status < 0 ? "the file became shorter while it was read" : "cannot be read: \(systemMessage(status))"
      throw CodedError(.inputOutput, message, path: path, underlyingStatus: Int(status))
    }
    return numbers
  }
}

/// The system's words for an `errno`, for example "No space left on device".
func systemMessage(_ status: Int32) -> String { unsafe String(cString: strerror(status)) }
