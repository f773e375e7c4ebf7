import Foundation

/// A lock (`flock`) on a file of its own: held by one process, and one value in it, at a time.
///
/// It is let go when the value goes, or with the process, however that ends; its file goes with it. Where the file system
/// knows no locks, nothing is locked.
package final class FileLock: Sendable {
  private let descriptor: Int32
  private let path: String

  /// Makes the file where it is missing. Throws when it cannot be made; ``SystemCallError/isBusy`` when somebody else holds
  /// the lock.
  package init(path: String) throws(SystemCallError) {
    self.path = path
    descriptor = try Self.acquire(path)
  }

  private static func acquire(_ path: String) throws(SystemCallError) -> Int32 {
    while true {
      // No link is followed: the name is known beforehand, and others may write to the folder.
      let descriptor = FileSystem.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { throw SystemCallError("create a file in the folder") }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        throw SystemCallError("lock the file", status: EWOULDBLOCK)
      }
      // The one before us may have removed the file between the two calls.
      if FileIdentity(descriptor: descriptor) == FileIdentity(path: path) { return descriptor }
      close(descriptor)
    }
  }

  /// Whether somebody holds the lock now.
  package static func isHeld(path: String) -> Bool {
    let descriptor = FileSystem.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// Whether the lock's file is still in its place: false when its folder was removed.
  package var isInPlace: Bool { FileIdentity(descriptor: descriptor) == FileIdentity(path: path) }

  deinit {
    // Removed while it is locked, so that nobody holds a lock on a file that has no name any more.
    if isInPlace { FileSystem.remove(path) }
    // Said, not left to closing: a child process that is being started may hold a copy of the descriptor for a moment.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

extension SystemCallError {
  /// Whether somebody else holds the lock.
  package var isBusy: Bool { status == EWOULDBLOCK }
}
