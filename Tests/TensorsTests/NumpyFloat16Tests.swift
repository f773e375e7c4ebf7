import Foundation
import TestSupport
import Testing

@testable import Files
@testable import Tensors

@Suite(.tags(.hand, .property)) struct NumpyFloat16Tests {
  private func path() -> String {
    FileManager.default.temporaryDirectory.appending(path: "genrelens-\(UUID()).npy").path
  }

  /// Every one of the 65 536 patterns, against the language's own conversion.
  @Test func everyBitPatternIsRead() throws {
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let header = NumpyHeader.encode(.float16, extents: [65_536])
    let bytes = (0..<65_536).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    try Data(header + bytes).write(to: URL(fileURLWithPath: path))
    let values = try NumpyFile.read(path).values
    for pattern in 0..<65_536 {
      let expected = Float(Float16(bitPattern: UInt16(pattern)))
      #expect(expected.isNaN ? values[pattern].isNaN : values[pattern] == expected, "\(pattern)")
    }
  }

  @Test func whatItCannotHoldIsRefused() throws {
    let path = path()
    for value in [65_505, -70_000, Float.infinity] {
      let error = try #require(throws: CodedError.self) {
        try NumpyFile.write(Tensor([1, value], shape: [2]), to: path, element: .float16)
      }
      #expect(error.code == .outOfRange && error.message.contains("65504"))
      #expect(!FileManager.default.fileExists(atPath: path))
    }
    try NumpyFile.write(Tensor([65_504, -65_504], shape: [2]), to: path, element: .float16)
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try NumpyFile.read(path).values == [65_504, -65_504])
  }

  /// Rows gathered from run to run are those of one run, whatever stood behind the kept ones.
  @Test(arguments: [NumpyElement.float32, .float16]) func writingGoesOnBehindKeptRows(
    element: NumpyElement
  ) throws {
    let path = path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let rows = Tensor((0..<30).map { Float($0) }, shape: [6, 5])
    for kept in [0, 2, 4] {
      var writer = try NumpyWriter(workingPath: path, keepingRows: kept, rowShape: [5], element: element)
      #expect(writer.rowCount == kept)
      for row in kept..<min(6, kept + 3) { try writer.append(rows.item(row).values.span) }
    }
    var writer = try NumpyWriter(workingPath: path, keepingRows: 5, rowShape: [5], element: element)
    try writer.append(rows.item(5).values.span)
    try writer.seal()
    #expect(try NumpyFile.read(path) == rows)
    #expect(throws: CodedError.self) {
      _ = try NumpyWriter(workingPath: path, keepingRows: 7, rowShape: [5], element: element)
    }
  }
}
