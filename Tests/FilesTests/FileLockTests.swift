import Foundation
import TestSupport
import Testing

@testable import Files

@Suite(.tags(.property)) struct FileLockTests {
  @Test func oneHolderAtATime() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/.lock"
    do {
      let lock = try FileLock(path: path)
      #expect(FileLock.isHeld(path: path) && lock.isInPlace)
      do throws(SystemCallError) {
        _ = try FileLock(path: path)
        Issue.record("two holders")
      } catch { #expect(error.isBusy) }
      withExtendedLifetime(lock) {}
    }
    #expect(try folder.names().isEmpty)
    #expect(!FileLock.isHeld(path: path))
    _ = try FileLock(path: path)
  }

  @Test func aFolderThatIsGoneIsNoticed() throws {
    let folder = try TemporaryFolder()
    let inner = folder.path + "/inner"
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    let lock = try FileLock(path: inner + "/.lock")
    try FileManager.default.removeItem(atPath: inner)
    #expect(!lock.isInPlace)
    // A folder made anew is another one, and its lock is not this one's to remove.
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    let other = try FileLock(path: inner + "/.lock")
    #expect(!lock.isInPlace && other.isInPlace)
  }
}
