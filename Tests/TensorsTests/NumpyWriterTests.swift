import Files
import Foundation
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .reference)) struct NumpyWriterTests {
  let values = Tensor((0..<24).map { (Float($0) - 7) / 4 }, shape: [2, 3, 4])

  func golden(_ name: String) throws -> Data {
    let path = try #require(
      Bundle.module.path(forResource: "numpy-\(name)", ofType: "npy", inDirectory: "Golden"))
    return try Data(contentsOf: URL(filePath: path))
  }

  func files(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
  }

  @Test func bytesEqualNumpys() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.npy"
      for (name, tensor, element) in [
        ("f4", values, .float32), ("f2", values, .float16), ("scalar", Tensor([2.5], shape: []), .float32),
        ("vector", Tensor([1, 2, 3], shape: [3]), .float32),
        ("empty", Tensor(shape: [0, 20, 130]), .float32),
      ] as [(String, Tensor, NumpyElement)] {
        try NumpyFile.write(tensor, to: path, element: element)
        #expect(try Data(contentsOf: URL(filePath: path)) == golden(name), "\(name)")
      }
      #expect(try files(in: folder) == ["x.npy"])
    }
  }

  @Test func aFolderThatIsGoneIsNoMissingInput() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/gone/x.npy"
      let failures = [
        #expect(throws: CodedError.self) { try NumpyFile.write(values, to: path) },
        #expect(throws: CodedError.self) { _ = try NumpyWriter(path: path, rowShape: [3, 4]) },
        #expect(throws: CodedError.self) { try NumpyFile.write(Tensor([2.5], shape: []), to: path) },
      ]
      #expect(failures.map { $0?.code } == [.inputOutput, .inputOutput, .inputOutput])
      #expect(#expect(throws: CodedError.self) { _ = try NumpyFile.read(path) }?.code == .missing)
    }
  }

  @Test func rowByRowGivesTheSameBytes() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.npy"
      var writer = try NumpyWriter(path: path, rowShape: [3, 4])
      try writer.append(values.item(0).values.span)
      try writer.append(values.item(0).values.span)
      try writer.append(values.item(0).values.span)
      try writer.rollBack(toRowCount: 1)
      try writer.append(values.item(1).values.span)
      #expect(!FileManager.default.fileExists(atPath: path))
      try writer.finish()
      #expect(try Data(contentsOf: URL(filePath: path)) == golden("f4"))
    }
  }

  @Test func aDroppedWriterLeavesTheOldFile() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.npy"
      try NumpyFile.write(values, to: path)
      do {
        var writer = try NumpyWriter(path: path, rowShape: [3, 4])
        try writer.append(values.item(1).values.span)
      }
      #expect(try files(in: folder) == ["x.npy"])
      #expect(try NumpyFile.read(path) == values)
    }
  }

  @Test func aMappedArrayKeepsItsBytesWhenReplaced() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.npy"
      try NumpyFile.write(values, to: path)
      let mapped = try NumpyArray(path: path)
      try NumpyFile.write(Tensor([9], shape: [1]), to: path)
      #expect(mapped.tensor() == values)
    }
  }

  @Test func aMissingFolderThrows() {
    #expect(throws: CodedError.self) { try NumpyFile.write(values, to: "/no/such/folder/x.npy") }
    #expect(throws: CodedError.self) { try NumpyFile.write(values, to: NSTemporaryDirectory()) }
  }

  @Test(.tags(.trap)) func wrongRowTraps() async {
    await #expect(processExitsWith: .failure) {
      var writer = try NumpyWriter(path: NSTemporaryDirectory() + "/never.npy", rowShape: [3])
      try writer.append([1, 2].span)
    }
  }
}
