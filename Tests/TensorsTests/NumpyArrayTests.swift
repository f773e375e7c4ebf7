import Foundation
import TestSupport
import Testing

@testable import Files
@testable import Tensors

@Suite(.tags(.hand, .reference, .hostile)) struct NumpyArrayTests {
  func golden(_ name: String) throws -> String {
    try #require(Bundle.module.path(forResource: "numpy-\(name)", ofType: "npy", inDirectory: "Golden"))
  }

  @Test(arguments: ["f4", "f2", "f8", "version2"]) func floatsAsNumpyWroteThem(name: String) throws {
    let array = try NumpyArray(path: golden(name))
    #expect(array.shape == [2, 3, 4])
    #expect(array.tensor().values == (0..<24).map { (Float($0) - 7) / 4 })
    #expect(array.row(1) == Tensor((12..<24).map { (Float($0) - 7) / 4 }, shape: [3, 4]))
  }

  @Test(
    arguments: [
      ("u1", [0, 1, 255]), ("i1", [-128, 1, 127]), ("i2", [-32768, 1, 32767]), ("u2", [0, 1, 65535]),
      ("i4", [-0x1p31, 1, 0x1p20]), ("i8", [-0x1p40, 1, 0x1p20]),
    ] as [(String, [Float])]) func integersAsNumpyWroteThem(name: String, values: [Float]) throws
  {
    #expect(try NumpyFile.read(golden(name)) == Tensor(values, shape: [3]))
  }

  @Test func oddShapes() throws {
    #expect(try NumpyFile.read(golden("scalar")) == Tensor([2.5], shape: []))
    #expect(try NumpyFile.read(golden("vector")) == Tensor([1, 2, 3], shape: [3]))
    #expect(try NumpyArray(path: golden("empty")).shape == [0, 20, 130])
  }

  @Test(arguments: [("fortran", "np.ascontiguousarray"), ("big-endian", ">f4"), ("structured", "structured")])
  func otherLayoutsAreRefusedWithTheCure(name: String, words: String) throws {
    let error = try #require(throws: CodedError.self) { _ = try NumpyArray(path: golden(name)) }
    #expect(error.code == .unsupported && error.message.contains(words))
  }

  /// Headers a hostile or broken writer could make; each throws, none traps.
  @Test(arguments: [
    "", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 0, 4), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1, }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1), }",
    "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } import os",
    "{'descr': '<f4, 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1,", count: 40))), }",
  ]) func hostileHeadersThrow(header: String) throws {
    let bytes = NumpyHeader.magic + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
    try withTemporaryFile(bytes + Array(header.utf8) + [0, 0, 0, 0]) { path in
      #expect(throws: CodedError.self) { _ = try NumpyArray(path: path) }
    }
  }

  @Test func everyCutOfAFileThrows() throws {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: golden("f4"))))
    for count in [0, 1, 5, 6, 8, 9, 10, 60, 127, 128, 129, whole.count - 1] {
      try withTemporaryFile(Array(whole.prefix(count))) { path in
        #expect(throws: CodedError.self) { _ = try NumpyArray(path: path) }
      }
    }
    try withTemporaryFile(whole + [0]) { path in
      let error = try #require(throws: CodedError.self) { _ = try NumpyArray(path: path) }
      #expect(error.code == .wrongLength)
    }
  }

  /// Any bytes in the header: an array whose data fits the file, or an error; never a trap.
  @Test func damagedHeadersNeverTrap() throws {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: golden("f4"))))
    var generator = SeededGenerator(seed: 4)
    var accepted = 0
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0...generator.index(below: 4) {
        let symbols = Array("0123456789(),:'{}TF<>|fu \n".utf8)
        bytes[6 + generator.index(below: 70)] = symbols[generator.index(below: symbols.count)]
      }
      try withTemporaryFile(bytes) { path in
        guard let array = try? NumpyArray(path: path) else { return }
        accepted += 1
        #expect(array.shape.count * array.element.byteCount == 96)
        #expect(array.tensor().count == array.shape.count)
      }
    }
    #expect(accepted > 0 && accepted < 300)
  }

  @Test func aHugeHeaderIsNotRead() throws {
    let bytes = NumpyHeader.magic + [2, 0, 0xFF, 0xFF, 0xFF, 0x7F] + [UInt8](repeating: 32, count: 100)
    try withTemporaryFile(bytes) { path in
      let error = try #require(throws: CodedError.self) { _ = try NumpyArray(path: path) }
      #expect(error.code == .damaged)
    }
  }

  @Test func missingFileAndFolderThrow() {
    #expect(throws: CodedError.self) { _ = try NumpyArray(path: "/no/such/file.npy") }
    #expect(throws: CodedError.self) { _ = try NumpyArray(path: NSTemporaryDirectory()) }
  }

  @Test(.tags(.trap)) func copyOutOfRangeTraps() async {
    await #expect(processExitsWith: .failure) {
      let path = try #require(
        Bundle.module.path(forResource: "numpy-f4", ofType: "npy", inDirectory: "Golden"))
      var values = Tensor(shape: [4])
      values.withMutableSpan { span in
        (try? NumpyArray(path: path))?.copyElements(from: 21, count: 4, into: &span)
      }
    }
  }
}

/// Runs `body` with the path of a temporary file of these bytes.
func withTemporaryFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
  try withTemporaryFolder { folder in
    let path = folder + "/file"
    try Data(bytes).write(to: URL(filePath: path))
    try body(path)
  }
}

/// Runs `body` with the path of a temporary folder, which is removed afterwards.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "genrelens-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}
