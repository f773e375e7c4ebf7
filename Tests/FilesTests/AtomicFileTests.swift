import Foundation
import TestSupport
import Testing

@testable import Files

/// Where a file's bytes go when its name stands for something else than a file.
@Suite(.tags(.hand, .hostile)) struct AtomicFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to name: String) throws(SystemCallError) {
    var file = try AtomicFile(path: folder.path + "/" + name)
    try file.append(text)
    try file.publish()
  }

  private func failure(writing name: String) -> SystemCallError? {
    do throws(SystemCallError) { try write("new", to: name) } catch { return error }
    return nil
  }

  @Test func aLinkIsWrittenThrough() throws {
    try FileManager.default.createDirectory(atPath: folder.path + "/far", withIntermediateDirectories: true)
    try folder.write("old", to: "far/target")
    try folder.link("near", to: "far/target")
    try folder.link("link", to: folder.path + "/near")
    try write("new", to: "link")
    #expect(folder.isLink("link") && folder.isLink("near"))
    #expect(try folder.text("far/target") == "new")
    // Also where it leads to a file that is not there yet.
    try folder.link("dangling", to: "far/made")
    try write("new", to: "dangling")
    #expect(folder.isLink("dangling"))
    #expect(try folder.text("far/made") == "new")
    #expect(try folder.names() == ["dangling", "far", "link", "near"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path + "/far").sorted() == [
        "made", "target",
      ])
  }

  @Test func linksInACircleAreRefused() throws {
    try folder.link("one", to: "two")
    try folder.link("two", to: "one")
    #expect(failure(writing: "one")?.status == ELOOP)
    try folder.link("nowhere", to: "missing/file")
    #expect(failure(writing: "nowhere")?.isMissing == true)
    #expect(try folder.names() == ["nowhere", "one", "two"])
  }

  @Test func whatIsNoFileIsRefused() throws {
    #expect(unsafe mkfifo(folder.path + "/pipe", 0o600) == 0)
    try folder.link("to-pipe", to: "pipe")
    try folder.link("null", to: "/dev/null")
    try folder.link("to-folder", to: ".")
    #expect(failure(writing: "pipe")?.words == "it is a pipe, not a file")
    #expect(failure(writing: "to-pipe")?.words == "it is a pipe, not a file")
    #expect(failure(writing: "null")?.words == "it is a device, not a file")
    #expect(failure(writing: "to-folder")?.words == "it is a folder")
    #expect(failure(writing: "pipe")?.isWrongKind == true)
    var status = stat()
    #expect(unsafe lstat(folder.path + "/pipe", &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    #expect(try folder.names() == ["null", "pipe", "to-folder", "to-pipe"])
  }

  @Test func aWorkingFileKnowsThatItIsGone() throws {
    var file = try AtomicFile(workingPath: folder.path + "/journal")
    try file.append("one\n")
    var isInPlace = file.isInPlace
    #expect(isInPlace)
    #expect(unsafe unlink(folder.path + "/journal") == 0)
    isInPlace = file.isInPlace
    #expect(!isInPlace)
    // Another file under the name is another file.
    try folder.write("one\n", to: "journal")
    isInPlace = file.isInPlace
    #expect(!isInPlace)
    let gone = folder.path + "/gone"
    #expect(throws: SystemCallError.self) { _ = try AtomicFile(workingPath: gone, keeping: 4, isThere: true) }
    #expect(try folder.names() == ["journal"])
  }
}
