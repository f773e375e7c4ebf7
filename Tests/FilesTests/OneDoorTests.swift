import Files
import TestSupport
import Testing

/// Every path goes through one door, so that none is lost for its bytes.
@Suite(.tags(.property)) struct OneDoorTests {
  static let sources = join(folder(of: folder(of: folder(of: #filePath))), "Sources")

  static func files(below path: String) throws -> [String] {
    try FileSystem.names(in: path).flatMap { name in
      let inner = join(path, name)
      return FileSystem.isFolder(inner)
        ? try files(below: inner) : fileExtension(inner) == "swift" ? [inner] : []
    }
  }

  @Test("only Files hands a path to the system")
  func foundationIsNotAsked() throws {
    let files = try Self.files(below: Self.sources).filter { below($0, join(Self.sources, "Files")) == nil }
    #expect(files.count > 300)
    // Each takes a path as UTF-8, or cuts it on characters.
    let others = [
      "FileManager", "FileHandle(for", "fileURLWithPath", "URL(filePath", "contentsOfFile", "fopen(",
      "unsafe open(path",
      "unsafe stat(path", "unlink(path", "unsafe rename(", #"hasPrefix("/")"#, #"split(separator: "/").last"#,
    ]
    for file in files {
      let text = String(pathBytes: try FileSystem.contents(file))
      for word in others where text.contains(word) {
        Issue.record(
          "\(below(file, Self.sources) ?? file) has \(word): FileSystem and PathParts of the module Files do it by bytes"
        )
      }
    }
  }
}
