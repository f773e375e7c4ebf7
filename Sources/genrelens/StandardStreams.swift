import Foundation

/// Descriptors 0 to 2: standard input, output and error.
enum StandardStreams {
  /// Opens those that are closed. Comes before anything opens a file: a file that got one of these numbers would take in all
  /// that is printed.
  ///
  /// Of a single one that is closed, reading or writing fails, as it would have; what is printed is not lost in silence. Where
  /// all three are closed the command was detached on purpose, and what it says is dropped.
  static func openClosed() {
    let closed = [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].filter { fcntl($0, F_GETFD) < 0 }
    for descriptor in closed {
      // The mode that does not serve: standard input that can only be written, output that can only be read.
      let mode = closed.count == 3 ? O_RDWR : descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY
      // The lowest free number is taken, which is this one.
      guard unsafe open("/dev/null", mode) >= 0 || open("/", O_RDONLY) >= 0 else { _exit(74) }
    }
  }
}
