import Files
import Foundation
import TestSupport
import Testing

/// Wildcards in paths.
@Suite(.tags(.hand)) struct PathPatternTests {
  /// A folder with these files, and with what patterns below it find, as names below it.
  private func found(_ pattern: String, among names: [String]) throws -> [String] {
    let root = FileManager.default.temporaryDirectory.appending(path: "pattern-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: root) }
    for name in names {
      let path = root + "/" + name
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: path))
    }
    return PathPattern(root + "/" + pattern).matches().map { String($0.dropFirst(root.count + 1)) }
  }

  private static let names = [
    "a.mp3", "b.mp3", "b.flac", "é.mp3", ".hidden.mp3", "[x].mp3", "deep/c.mp3", "deep/er/d.mp3",
    "other/e.mp3",
  ]

  @Test(arguments: [
    ("*.mp3", ["[x].mp3", "a.mp3", "b.mp3", "é.mp3"]), ("?.mp3", ["a.mp3", "b.mp3", "é.mp3"]),
    ("[ab].*", ["a.mp3", "b.flac", "b.mp3"]), ("[!ab].mp3", ["é.mp3"]), ("[a-c].mp3", ["a.mp3", "b.mp3"]),
    (".*", [".hidden.mp3"]), ("\\[x\\].mp3", ["[x].mp3"]), ("[[]x].mp3", ["[x].mp3"]), ("[.mp3", []),
    ("*/*.mp3", ["deep/c.mp3", "other/e.mp3"]), ("d*/er/*", ["deep/er/d.mp3"]),
    ("**/*.mp3", ["[x].mp3", "a.mp3", "b.mp3", "é.mp3", "deep/c.mp3", "deep/er/d.mp3", "other/e.mp3"]),
    ("**/er/*.mp3", ["deep/er/d.mp3"]), ("*a*b*c*", []), ("*.ogg", []),
    ("**/**/d.mp3", ["deep/er/d.mp3"]),
  ])
  func findsWhatAShellFinds(_ pattern: String, _ expected: [String]) throws {
    #expect(try found(pattern, among: Self.names) == expected)
  }

  @Test func knowsAWildcard() {
    #expect(["a*", "a?", "[a"].allSatisfy(PathPattern.isPattern) && !PathPattern.isPattern("a{b}~.mp3"))
  }

  /// Many stars cost no more than the product of the lengths.
  @Test(.timeLimit(.minutes(1))) func manyStarsAreFast() throws {
    let name = String(repeating: "a", count: 200)
    let pattern = String(repeating: "*a", count: 100) + "b"
    #expect(try found(pattern, among: [name]) == [])
  }
}
