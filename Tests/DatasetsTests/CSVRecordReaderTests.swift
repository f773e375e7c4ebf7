import Datasets
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct CSVRecordReaderTests {
  /// What the reader gives of a file of this text.
  func records(
    _ text: String, selecting columns: [Int]? = nil, ofCount count: Int = 0
  ) throws -> [CSVTable.Record] {
    let folder = try TemporaryFolder(["x.csv": text])
    var reader = try CSVRecordReader(path: folder["x.csv"])
    if let columns { reader.select(columns, ofCount: count) }
    var records: [CSVTable.Record] = []
    while let record = try reader.next() { records.append(record) }
    #expect(try reader.next() == nil)
    return records
  }

  /// Fields of all kinds, longer together than several read buffers, so that every kind of byte falls on their edges.
  @Test(arguments: ["\n", "\r\n", "\r"]) func fieldsAcrossBuffers(lineEnd: String) throws {
    var generator = SeededGenerator(seed: 3)
    let parts = ["a", ",", "\"", "\n", "\r\n", "\r", "ö", "\u{1F3B5}", " ", "<p>", ""]
    let rows = (0..<6_000).map { row in
      [String(row)]
        + (0..<4).map { _ in
          (0..<generator.index(below: 60)).map { _ in parts[generator.index(below: parts.count)] }.joined()
        }
    }
    // Every field quoted: the writer of this test, not the one that is tested elsewhere.
    let text = rows.map { row in
      row.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
    }.joined(separator: lineEnd)
    #expect(text.utf8.count > 2 << 18)
    let found = try records(text)
    #expect(found.map(\.fields) == rows)
    #expect(try records(text, selecting: [3, 0], ofCount: 5).map(\.fields) == rows.map { [$0[3], $0[0]] })
    #expect(try CSVTable.records(of: Data(text.utf8), path: "x") == found)
    // The line on which a record starts: line ends before it, CRLF being one.
    let second = text.range(of: "\"1\",").map { text[..<$0.lowerBound] } ?? ""
    let ends = second.unicodeScalars.reduce(into: (count: 0, wasReturn: false)) { state, scalar in
      if scalar == "\r" || (scalar == "\n" && !state.wasReturn) { state.count += 1 }
      state.wasReturn = scalar == "\r"
    }
    #expect(found[1].line == 1 + ends.count)
  }

  @Test func unselectedFieldsAreNotLookedAt() throws {
    let bytes: [UInt8] = Array("a,b,c\n1,".utf8) + [0xFF, 0xFE] + Array(",3\n".utf8)
    var reader = CSVRecordReader(Data(bytes), path: "x.csv")
    reader.select([2, 0], ofCount: 3)
    #expect(try reader.next()?.fields == ["c", "a"])
    #expect(try reader.next()?.fields == ["3", "1"])
    var whole = CSVRecordReader(Data(bytes), path: "x.csv")
    _ = try whole.next()
    // Names of files are bytes.
    #expect(try whole.next()?.fields[1].pathBytes == [0xFF, 0xFE])
  }

  @Test func anotherNumberOfFieldsThrowsWithItsLine() throws {
    let error = #expect(throws: CodedError.self) {
      try records("a,b\n1,\"x\ny\"\n3\n", selecting: [0], ofCount: 2)
    }
    #expect(error?.line == 4 && error?.message == "1 fields, the header has 2")
    let more = #expect(throws: CodedError.self) { try records("a,b,c\n", selecting: [0], ofCount: 2) }
    #expect(more?.message == "3 fields, the header has 2")
  }

  @Test func aFieldWithoutEndIsRefusedBeforeItFillsMemory() throws {
    let text = "a\n\"" + String(repeating: "x", count: CSVTable.maximumFieldByteCount + 1)
    let error = #expect(throws: CodedError.self) { try records(text, selecting: [], ofCount: 1) }
    #expect(error?.line == 2 && error?.message.contains("a field of more than") == true)
  }

  @Test(arguments: [
    ("", 0), ("\u{FEFF}", 0), ("\u{FEFF}a", 1), ("\n\n", 0), ("a", 1), ("a\n\"\"", 2), ("\"\"\r\n", 1),
  ]) func ends(text: String, count: Int) throws {
    #expect(try records(text).count == count)
  }

  @Test func whatIsNoFile() throws {
    let missing = #expect(throws: CodedError.self) { _ = try CSVRecordReader(path: "/no/such.csv") }
    #expect(missing?.code == .missing)
    let folder = #expect(throws: CodedError.self) { _ = try CSVRecordReader(path: NSTemporaryDirectory()) }
    #expect(folder?.message == "not a CSV file: it is a folder")
    let device = #expect(throws: CodedError.self) { _ = try CSVRecordReader(path: "/dev/null") }
    #expect(device?.message == "not a CSV file: it is a device, not a file")
  }
}
