import Foundation
import TestSupport
import Testing

@testable import Explanation

/// The tables of `docs/explanation-methods.md` are those of the catalogue.
@Suite(.tags(.property)) struct MethodTablesTests {
  /// The document with its tables written anew between their marks.
  private func renewed(_ text: String) throws -> String {
    var text = text
    for source in ["layer", "input", "attention", "recurrence"] {
      let (from, to) = ("<!-- methods: \(source) -->\n", "<!-- end -->")
      let start = try #require(text.range(of: from), "\(source)")
      let end = try #require(text.range(of: to, range: start.upperBound..<text.endIndex), "\(source)")
      let table = ExplanationCatalogue.table(of: try #require(MethodTraits.Source(rawValue: source)))
      text.replaceSubrange(start.upperBound..<end.lowerBound, with: table)
    }
    return text
  }

  @Test func theDocumentHasTheCataloguesTables() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/explanation-methods.md")
    let text = try String(contentsOf: path, encoding: .utf8)
    let renewed = try renewed(text)
    if ProcessInfo.processInfo.environment["WRITE_METHOD_TABLES"] != nil {
      try renewed.write(to: path, atomically: true, encoding: .utf8)
    }
    #expect(text == renewed, "write them again: WRITE_METHOD_TABLES=1 swift test --filter MethodTablesTests")
  }
}
