import Files
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand)) struct FileSystemTests {
  /// Names that a `String` cannot hold, or takes for one.
  static let names: [[UInt8]] = [
    Array("caf".utf8) + [0xE9] + Array(".wav".utf8), Array("café.wav".utf8), Array("cafe\u{301}.wav".utf8),
    Array("new\nline".utf8), [0xFF, 0xFE], [0xF4, 0x8F, 0xBB, 0xA9],
  ]

  @Test("files of every name are listed, written, read, renamed and removed")
  func everyName() throws {
    let folder = join(FileSystem.temporaryFolder, "files-\(UUID())")
    defer { FileSystem.removeTree(folder) }
    try FileSystem.makeFolder(join(folder, "a/b"))
    for (index, name) in Self.names.enumerated() {
      try AtomicFile.write([UInt8(index)], to: join(folder, "a/b/" + String(pathBytes: name)))
    }
    let found = try FileSystem.names(in: join(folder, "a/b"))
    #expect(found.map(\.pathBytes) == Self.names.sorted { $0.lexicographicallyPrecedes($1) })
    for (index, name) in Self.names.enumerated() {
      let path = join(folder, "a/b/" + String(pathBytes: name))
      #expect(try FileSystem.contents(path) == [UInt8(index)])
      #expect(FileSystem.resolved(path)?.pathBytes.suffix(name.count) == name[...])
      #expect(FileSystem.rename(path, to: path + "2") == 0 && FileSystem.remove(path + "2") == 0)
    }
    #expect(try FileSystem.names(in: join(folder, "a/b")).isEmpty)
  }

  @Test("a zero byte names nothing, a folder is no file, too much is refused")
  func refusals() throws {
    let folder = join(FileSystem.temporaryFolder, "files-\(UUID())")
    defer { FileSystem.removeTree(folder) }
    try FileSystem.makeFolder(folder)
    try AtomicFile.write([1, 2, 3], to: join(folder, "x"))
    #expect(!FileSystem.exists(join(folder, "x\0y")) && FileSystem.exists(join(folder, "x")))
    do throws(SystemCallError) {
      _ = try FileSystem.contents(folder)
      Issue.record("a folder was read")
    } catch {
      #expect(error.isWrongKind && error.words == "it is a folder")
    }
    #expect(throws: SystemCallError("read", status: EFBIG)) {
      try FileSystem.contents(join(folder, "x"), limit: 2)
    }
    #expect(throws: SystemCallError.self) { try FileSystem.makeFolder(join(folder, "x/y")) }
  }

  @Test("what is left half written of a file is found by its bytes, and no other file's")
  func leftovers() throws {
    let folder = join(FileSystem.temporaryFolder, "files-\(UUID())")
    defer { FileSystem.removeTree(folder) }
    try FileSystem.makeFolder(folder)
    for name in [".é.1-a.tmp", ".e\u{301}.1-a.tmp", ".é.x.1-a.tmp"] {
      try AtomicFile.write([], to: join(folder, name))
    }
    AtomicFile.removeLeftovers(of: join(folder, "é"))
    #expect(
      try FileSystem.names(in: folder).map(Spelling.init)
        == [".e\u{301}.1-a.tmp", ".é.x.1-a.tmp"].map(Spelling.init))
  }

  @Test("JSON carries raw bytes as Python has them, and controls as escapes")
  func json() throws {
    let text = "a\u{9B}\u{202E}" + String(pathBytes: [0xE9]) + #"\udce9 \\"# + "😀"
    let bytes = try JSONDocument.encode([text])
    let document = String(decoding: bytes, as: UTF8.self)
    #expect(document.contains(#"a\u009b\u202e\udce9\\udce9 \\\\😀"#))
    #expect(try JSONDocument.decode([String].self, from: bytes) == [text])
    #expect(try JSONDocument.decode([String].self, from: Array(#"["\ud83d\ude00"]"#.utf8)) == ["😀"])
  }

  /// Who may not read is told in the same words, whatever call failed.
  @Test func whatCannotBeReadIsSaidInOneWay() {
    for (operation, words) in [
      ("read", "cannot be read: Permission denied"), ("map the file", "cannot be read: Permission denied"),
      ("open the folder", "the folder cannot be read: Permission denied"),
      ("read the folder", "the folder cannot be read: Permission denied"),
      ("write", "cannot write: Permission denied"),
    ] { #expect(SystemCallError(operation, status: EACCES).description == words) }
  }
}
