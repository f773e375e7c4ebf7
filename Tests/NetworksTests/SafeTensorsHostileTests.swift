import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// Files that lie: each must give a typed error, never a trap.
@Suite(.tags(.hostile)) struct SafeTensorsHostileTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let header: String
    var data = 0
    let code: CodedError.Code
    let word: String
    var testDescription: String { word }
  }

  private static func tensor(_ shape: String, _ offsets: String, type: String = "F32") -> String {
    #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  private static let cases: [Case] = [
    .init(
      header: #"{"w":\#(tensor("[1]", "[0,4]")),"w":\#(tensor("[1]", "[4,8]"))}"#, data: 8, code: .damaged,
      word: "duplicate key"),
    .init(header: #"{"__metadata__":{"a":"1","a":"2"}}"#, code: .damaged, word: "duplicate key"),
    .init(header: #"{"__metadata__":{},"__metadata__":{}}"#, code: .damaged, word: "duplicate key"),
    .init(
      header: #"{"w":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}"#, data: 4,
      code: .damaged, word: "duplicate key"),
    .init(
      header: #"{"w":\#(tensor("[1]", "[0,4]")),"\u0077":\#(tensor("[1]", "[4,8]"))}"#, data: 8,
      code: .damaged, word: "duplicate key"),
    .init(
      header: #"{"w":\#(tensor("[1]", "[0,4]")),"v":\#(tensor("[1]", "[8,12]"))}"#, data: 12, code: .damaged,
      word: "gap"),
    .init(
      header: #"{"w":\#(tensor("[2]", "[0,8]")),"v":\#(tensor("[2]", "[4,12]"))}"#, data: 12, code: .damaged,
      word: "overlaps"),
    .init(header: #"{"w":\#(tensor("[1]", "[4,8]"))}"#, data: 8, code: .damaged, word: "gap"),
    .init(header: #"{"w":\#(tensor("[2]", "[0,8]"))}"#, data: 4, code: .damaged, word: "cut off"),
    .init(header: #"{"w":\#(tensor("[1]", "[0,4]"))}"#, data: 8, code: .damaged, word: "the file has 8"),
    .init(header: #"{"w":\#(tensor("[3]", "[0,8]"))}"#, data: 8, code: .damaged, word: "needs 12 bytes"),
    .init(
      header: #"{"w":\#(tensor("[4294967296,4294967296]", "[0,0]"))}"#, code: .damaged, word: "too large"),
    .init(header: #"{"w":\#(tensor("[4611686018427387904]", "[0,0]"))}"#, code: .damaged, word: "too large"),
    .init(
      header: #"{"w":\#(tensor("[99999999999999999999]", "[0,0]"))}"#, code: .damaged,
      word: "number too large"),
    .init(header: #"{"w":\#(tensor("[1]", "[8,4]"))}"#, data: 8, code: .damaged, word: "backwards"),
    .init(header: #"{"w":\#(tensor("[1]", "[0,4,8]"))}"#, data: 4, code: .damaged, word: "more than 2"),
    .init(header: #"{"w":\#(tensor("[1]", "[4]"))}"#, data: 4, code: .damaged, word: "two data_offsets"),
    .init(header: #"{"w":\#(tensor("[-1]", "[0,4]"))}"#, data: 4, code: .damaged, word: "whole number"),
    .init(header: #"{"w":\#(tensor("[1.0]", "[0,4]"))}"#, data: 4, code: .damaged, word: "expected ']'"),
    .init(header: #"{"w":\#(tensor("[01]", "[0,4]"))}"#, data: 4, code: .damaged, word: "leading zero"),
    .init(
      header: #"{"w":\#(tensor("[\(Array(repeating: "1", count: 17).joined(separator: ","))]", "[0,4]"))}"#,
      data: 4, code: .damaged, word: "more than 16"),
    .init(
      header: #"{"w":\#(tensor(String(repeating: "[", count: 100_000), "[0,4]"))}"#, code: .damaged,
      word: "whole number"),
    .init(header: #"{"w":{"dtype":"F32","shape":[]}}"#, code: .damaged, word: "needs dtype"),
    .init(
      header: #"{"w":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}"#, data: 4, code: .damaged,
      word: "unknown key"),
    .init(
      header: #"{"w":\#(tensor("[1]", "[0,4]", type: "I32"))}"#, data: 4, code: .notSafeTensors,
      word: "has type I32"),
    .init(header: #"{"__metadata__":{"a":1}}"#, code: .damaged, word: "expected a string"),
    .init(header: #"{"\ud800":\#(tensor("[1]", "[0,4]"))}"#, data: 4, code: .damaged, word: "surrogate"),
    .init(header: #"{"\ud800A":1}"#, code: .damaged, word: "lone surrogate"),
    .init(header: #"{"\x":1}"#, code: .damaged, word: "unknown escape"),
    .init(header: #"{"\u00g0":1}"#, code: .damaged, word: "bad \\u escape"),
    .init(header: "{\"a\n\":1}", code: .damaged, word: "control character"),
    .init(header: #"{"a"#, code: .damaged, word: "unfinished string"),
    .init(header: #"{"a\"#, code: .damaged, word: "unfinished escape"),
    .init(header: "{", code: .damaged, word: "expected a string"),
    .init(header: "{} x", code: .damaged, word: "text after"),
    .init(header: "{},", code: .damaged, word: "text after"),
    .init(header: #"{"w":\#(tensor("[1]", "[0,4]")),}"#, data: 4, code: .damaged, word: "expected a string"),
    .init(header: "[]", code: .notSafeTensors, word: "not a JSON object"),
    .init(header: "", code: .notSafeTensors, word: "not a JSON object"),
  ]

  private func error(for bytes: [UInt8]) throws -> CodedError? {
    let url = URL(fileURLWithPath: NSTemporaryDirectory()).appending(path: "hostile-\(UUID()).safetensors")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let error = #expect(throws: CodedError.self) { try SafeTensorsFile(path: url.path) }
    #expect(error?.path == url.path)
    return error
  }

  private func file(_ header: [UInt8], length: UInt64? = nil, data: Int = 0) -> [UInt8] {
    let length = length ?? UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header
      + [UInt8](repeating: 0, count: data)
  }

  @Test(arguments: cases) func isRefused(_ hostile: Case) throws {
    let error = try error(for: file(Array(hostile.header.utf8), data: hostile.data))
    #expect(error?.code == hostile.code)
    #expect(error?.message.contains(hostile.word) == true, "\(error?.message ?? "")")
  }

  @Test func badUTF8IsRefused() throws {
    // Stray continuation byte, overlong slash, encoded surrogate, beyond U+10FFFF.
    for bad: [UInt8] in [[0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] {
      let error = try error(for: file([UInt8(ascii: "{"), UInt8(ascii: "\"")] + bad + Array("\":1}".utf8)))
      #expect(error?.code == .damaged && error?.message.contains("UTF-8") == true)
    }
  }

  @Test func headerLengthIsNotTrusted() throws {
    for length: UInt64 in [100, 100_000_001, UInt64(Int64.max), .max] {
      #expect(try error(for: file(Array("{}".utf8), length: length))?.code == .notSafeTensors)
    }
    for bytes: [UInt8] in [[], [1, 2, 3], Array("this is a text, not a model".utf8)] {
      #expect(try error(for: bytes)?.code == .notSafeTensors)
    }
  }

  @Test func everyCutOfAGoodFileIsRefused() throws {
    let good = file(Array(#"{"w":\#(Self.tensor("[1]", "[0,4]"))}"#.utf8), data: 4)
    for length in good.indices { _ = try error(for: Array(good[..<length])) }
  }

  @Test func missingFileAndFolder() {
    let absent = #expect(throws: CodedError.self) {
      try SafeTensorsFile(path: "/nowhere/model.safetensors")
    }
    #expect(absent?.code == .missing)
    let folder = #expect(throws: CodedError.self) { try SafeTensorsFile(path: NSTemporaryDirectory()) }
    #expect(folder?.code == .notSafeTensors)
  }

  @Test func sparseFileBeyondTheLimitIsRefused() throws {
    let url = URL(fileURLWithPath: NSTemporaryDirectory()).appending(path: "sparse-\(UUID()).safetensors")
    try Data(file(Array(#"{"w":\#(Self.tensor("[1000000]", "[0,4000000]"))}"#.utf8))).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let handle = try FileHandle(forWritingTo: url)
    try handle.truncate(atOffset: handle.seekToEnd() + 4_000_000)
    try handle.close()
    let error = #expect(throws: CodedError.self) {
      try SafeTensorsFile(path: url.path, maximumByteCount: 1 << 20)
    }
    #expect(error?.code == .notSafeTensors)
    #expect(try SafeTensorsFile(path: url.path)["w"]?.count == 1_000_000)
  }
}
