import Foundation
import TestSupport
import Testing

@testable import Files

/// What is opened for reading never keeps a process waiting.
@Suite(.tags(.hand, .hostile)) struct RegularFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func failure(reading path: String) -> SystemCallError? {
    do throws(SystemCallError) { _ = try FileSystem.contents(path) } catch { return error }
    return nil
  }

  @Test func bytesUpToALimit() throws {
    let text = String(repeating: "abcdefgh", count: 200_000)
    try folder.write(text, to: "text")
    let path = folder.path + "/text"
    #expect(try FileSystem.contents(path) == Array(text.utf8))
    #expect(try FileSystem.contents(path, limit: text.utf8.count) == Array(text.utf8))
    try folder.write("", to: "empty")
    #expect(try FileSystem.contents(folder.path + "/empty").isEmpty)
    try folder.link("link", to: "text")
    #expect(try FileSystem.contents(folder.path + "/link") == Array(text.utf8))
    do throws(SystemCallError) {
      _ = try FileSystem.contents(path, limit: 1_200_001)
      Issue.record("more than the limit was read")
    } catch {
      #expect(error.status == EFBIG)
    }
    // Files of /proc say that they are empty.
    #expect(try !FileSystem.contents("/proc/self/status").isEmpty)
  }

  /// Without a time limit: were one of them waited for, the test would not end.
  @Test func whatIsNoFileIsRefusedAtOnce() throws {
    #expect(unsafe mkfifo(folder.path + "/pipe", 0o600) == 0)
    #expect(failure(reading: folder.path + "/pipe")?.words == "it is a pipe, not a file")
    #expect(failure(reading: folder.path)?.words == "it is a folder")
    #expect(failure(reading: "/dev/zero")?.words == "it is a device, not a file")
    #expect(failure(reading: folder.path + "/missing")?.isMissing == true)
    #expect(failure(reading: folder.path + "/missing")?.isWrongKind == false)
  }

  @Test func aSocketIsRefused() throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // A short name in the working folder's stead: a socket's name has at most 107 bytes.
    let path = "/tmp/genrelens-\(getpid()).socket"
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let status = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) }
    }
    try #require(status == 0)
    defer { unsafe unlink(path) }
    #expect(failure(reading: path)?.words == "it is a socket, not a file")
  }
}
