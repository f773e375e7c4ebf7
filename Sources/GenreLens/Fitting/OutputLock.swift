import Files
import Foundation

/// Keeps a second process from writing to the same output, as long as it lives.
///
/// A lock (`flock`) on a hidden file beside the output: it ends with the process, however that ends. Where the file system
/// knows no locks, nothing is locked.
final class OutputLock: Sendable {
  private let descriptor: Int32
  private let path: String

  /// Throws ``GenreLensError`` `busy` when another process holds the lock.
  init(output: String) throws(GenreLensError) {
    path = join(folder(of: output), ".\(lastName(output)).lock")
    while true {
      let descriptor = FileSystem.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
      guard descriptor >= 0 else {
        throw GenreLensError(.inputOutput, "the folder cannot be written to", path: output)
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        throw GenreLensError(.busy, "another training is writing this model", path: output)
      }
      // The one before may have removed the file between our opening and our locking it.
      var opened = stat()
      if unsafe fstat(descriptor, &opened) == 0, let named = FileSystem.status(path),
        opened.st_ino == named.st_ino
      {
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit {
    // Removed while it is locked, so that nobody holds a lock on a file that has no name any more.
    FileSystem.remove(path)
    close(descriptor)
  }
}
