import Foundation

/// A system call that failed, with the system's own words.
package struct SystemCallError: Error, Equatable, CustomStringConvertible {
  /// What was being done, for example "write".
  package let operation: String
  /// The value of `errno`.
  package let status: Int32

  package init(_ operation: String, status: Int32 = errno) {
    self.operation = operation
    self.status = status
  }

  package var description: String {
    "cannot \(operation): \(unsafe String(cString: strerror(status)))"
  }
}
