import Datasets
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct CSVTableTests {
  func fields(_ text: String) throws -> [[String]] {
    try CSVTable.records(of: Data(text.utf8), path: "x.csv").map(\.fields)
  }

  @Test(arguments: [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    ("a,b\r1,2", [["a", "b"], ["1", "2"]]),
    ("\u{FEFF}a,b\n1,2", [["a", "b"], ["1", "2"]]),
    ("a\n\n\r\n1\n\n", [["a"], ["1"]]),
    ("a,b\n,\n", [["a", "b"], ["", ""]]),
    ("a\n\"\"\n", [["a"], [""]]),
    ("\"a,1\",\"say \"\"hi\"\"\"\n", [["a,1", "say \"hi\""]]),
    ("\"two\r\nlines\",x\n", [["two\r\nlines", "x"]]),
    ("12\" mix,x\n", [["12\" mix", "x"]]),
    ("Bj\u{F6}rk, \u{1F3B5} \n", [["Bj\u{F6}rk", " \u{1F3B5} "]]),
    ("", []),
  ]) func recordsAsTheRfcReadsThem(text: String, expected: [[String]]) throws {
    #expect(try fields(text) == expected)
  }

  @Test(arguments: [
    ("a,b\n1\n", 2, "1 fields"), ("a\n\"x\n\n", 2, "not closed"),
    ("a\n\"x\"y\n", 2, "after a closing quote"),
    ("a,A\n", 1, "twice"), ("a\nb\0\n", 2, "zero byte"), ("a,b\n\"1\n2\",3\n4\n", 4, "1 fields"),
    ("a\r\n\"1\r\n2\"\r\n3,4\r\n", 4, "2 fields"),
  ]) func errorsNameTheLine(text: String, line: Int, words: String) throws {
    let error = try #require(throws: CodedError.self) {
      _ = try CSVTable(parsing: Data(text.utf8), path: "x.csv")
    }
    #expect(error.line == line && error.message.contains(words), "\(error)")
    #expect(error.description.hasPrefix("x.csv:\(line): "))
  }

  @Test func brokenTextThrows() {
    for bytes in [[0xFF, 0xFE, 0x0A, 0x61], [UInt8](repeating: 0x61, count: (1 << 20) + 1)] as [[UInt8]] {
      #expect(throws: CodedError.self) { _ = try CSVTable(parsing: Data(bytes), path: "x.csv") }
    }
    #expect(throws: CodedError.self) { _ = try CSVTable(parsing: Data(), path: "x.csv") }
    #expect(throws: CodedError.self) { _ = try CSVTable(path: "/no/such.csv") }
    #expect(throws: CodedError.self) { _ = try CSVTable(path: NSTemporaryDirectory()) }
  }

  @Test func columnsIgnoreCase() throws {
    let table = try CSVTable(parsing: Data("Row, Genre ,split\n0,Folk,train\n".utf8), path: "x.csv")
    #expect(table.column("label", "genre") == 1 && table.column("group") == nil)
    #expect(table.records[0].line == 2)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let rows = [["a", "b,c", "d\"e"], ["", "two\nlines", " edge "], ["ö", "x\r", "\""]]
    let text = CSVTable.encode(header: ["1", "2", "3"], rows: rows)
    let table = try CSVTable(parsing: Data(text.utf8), path: "x.csv")
    #expect(table.records.map(\.fields) == rows)
    #expect(text.hasPrefix("1,2,3\na,\"b,c\",\"d\"\"e\"\n"))
  }

  /// Cells of what means something to a reader, at every place of a table.
  private static let parts = [
    "", " ", "\t", "\n", "\r", "\r\n", ",", ";", "\"", "'", "=", "-", "./", "/", "sep=", "a", "A", "1",
    "\u{FEFF}", "\u{301}", "\u{A0}",
    "\u{2003}", "ö", String(pathBytes: [0xFF]), String(pathBytes: [0xFE]),
  ]

  private func words(_ count: Int, _ generator: inout SeededGenerator) -> [String] {
    (0..<count).map { _ in
      (0..<generator.index(below: 4)).map { _ in Self.parts[generator.index(below: Self.parts.count)] }
        .joined()
    }
  }

  private func spelled(_ rows: [[String]]) -> [[[UInt8]]] { rows.map { $0.map(\.pathBytes) } }

  @Test func oddCellsAreReadBackTheSame() throws {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<4_000 {
      let count = 1 + generator.index(below: 3)
      // Names of columns differ, and are UTF-8.
      let header =
        generator.index(below: 3) == 0
        ? ["path", "p_a", "p_A"]
        : words(count, &generator).enumerated().map { $1.replacing(/[^\u{0}-\u{FFFF}]/, with: "") + "\($0)" }
      let rows = (0..<3).map { _ in words(header.count, &generator) }
      let text = CSVTable.encode(header: header, rows: rows)
      let table = try CSVTable(parsing: Data(text.pathBytes), path: "x.csv")
      #expect(spelled([table.header]) == spelled([header]), "\(text.debugDescription)")
      #expect(spelled(table.records.map(\.fields)) == spelled(rows), "\(text.debugDescription)")
    }
  }

  @Test(arguments: ["", " ", "\n", "\u{A0}", "sep=", "12\";;;", "x\r;;;\"", "\u{FEFF}", " a ", "'=a"])
  func oddNamesOfColumnsAreReadBackTheSame(name: String) throws {
    for header in [[name], [name, ""], ["", name]] {
      let text = CSVTable.encode(header: header, rows: [header])
      let table = try CSVTable(parsing: Data(text.utf8), path: "x.csv")
      #expect(
        spelled([table.header]) == spelled([header])
          && spelled([table.records[0].fields]) == spelled([header]))
    }
  }

  @Test(
    "what was read of any text is the same when it is written and read again",
    arguments: [
      " \n   ", "path\n./=x\n", "path\n'=x\n", "\" x \"\n\"\"\n", "p_Folk,p_folk\n1,2\n",
      "sep=;\n\"sep=\";\n",
    ])
  func readTwice(text: String) throws {
    let table = try CSVTable(parsing: Data(text.utf8), path: "x.csv")
    let written = CSVTable.encode(header: table.header, rows: table.records.map(\.fields))
    let again = try CSVTable(parsing: Data(written.utf8), path: "x.csv")
    #expect(spelled([again.header]) == spelled([table.header]))
    #expect(spelled(again.records.map(\.fields)) == spelled(table.records.map(\.fields)))
  }

  @Test func spacesAroundANameInQuotesArePartOfIt() throws {
    let table = try CSVTable(parsing: Data("\" Path \", label ,\"p_Folk \"\na,b,c\n".utf8), path: "x.csv")
    #expect(table.header == [" Path ", "label", "p_Folk "])
    #expect(table.column("path") == 0 && table.column("LABEL") == 1)
  }
}
