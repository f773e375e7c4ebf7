import Datasets
import Foundation
import Testing

@Suite struct CSVTableTests {
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
    ("a\n\"x\"y\n", 2, "behind a closing quote"),
    ("a,A\n", 1, "twice"), ("a\nb\0\n", 2, "zero byte"), ("a,b\n\"1\n2\",3\n4\n", 4, "1 fields"),
    ("a\r\n\"1\r\n2\"\r\n3,4\r\n", 4, "2 fields"),
  ]) func errorsNameTheLine(text: String, line: Int, words: String) throws {
    let error = try #require(throws: DatasetError.self) {
      _ = try CSVTable(parsing: Data(text.utf8), path: "x.csv")
    }
    #expect(error.line == line && error.message.contains(words), "\(error)")
    #expect(error.description.hasPrefix("x.csv:\(line): "))
  }

  @Test func brokenTextThrows() {
    for bytes in [[0xFF, 0xFE, 0x0A, 0x61], [UInt8](repeating: 0x61, count: (1 << 20) + 1)] as [[UInt8]] {
      #expect(throws: DatasetError.self) { _ = try CSVTable(parsing: Data(bytes), path: "x.csv") }
    }
    #expect(throws: DatasetError.self) { _ = try CSVTable(parsing: Data(), path: "x.csv") }
    #expect(throws: DatasetError.self) { _ = try CSVTable(path: "/no/such.csv") }
    #expect(throws: DatasetError.self) { _ = try CSVTable(path: NSTemporaryDirectory()) }
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
}
