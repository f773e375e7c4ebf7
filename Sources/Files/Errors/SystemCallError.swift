import Foundation

/// A system call that failed, with the system's own words or better ones.
package struct SystemCallError: Error, Equatable, CustomStringConvertible {
  /// What was being done, for example "write".
  package let operation: String
  /// The value of `errno`.
  package let status: Int32
  /// Words that say more than the system's; nil where there are none.
  package let reason: String?

  package init(_ operation: String, status: Int32 = errno, reason: String? = nil) {
    self.operation = operation
    self.status = status
    self.reason = reason
  }

  /// What was wrong, without what was being done.
  package var words: String { unsafe reason ?? String(cString: strerror(status)) }
  /// Whether there is no file at the path.
  package var isMissing: Bool { status == ENOENT || status == ENOTDIR }
  /// Whether what is there is no regular file.
  package var isWrongKind: Bool { reason != nil && (status == EISDIR || status == EINVAL) }

  /// The same words for what cannot be read, whatever call it was that failed.
  package var description: String {
    switch operation {
    case "read", "map the file": "cannot be read: \(words)"
    case "read the folder", "open the folder": "the folder cannot be read: \(words)"
    default: "cannot \(operation): \(words)"
    }
  }

  /// A file that is none, but a folder, a named pipe or a device; nil for a regular file.
  package static func wrongKind(_ mode: UInt32, for operation: String) -> SystemCallError? {
    switch mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: SystemCallError(operation, status: EISDIR, reason: "it is a folder")
    case S_IFIFO: SystemCallError(operation, status: EINVAL, reason: "it is a pipe, not a file")
    case S_IFSOCK: SystemCallError(operation, status: EINVAL, reason: "it is a socket, not a file")
    default: SystemCallError(operation, status: EINVAL, reason: "it is a device, not a file")
    }
  }
}
