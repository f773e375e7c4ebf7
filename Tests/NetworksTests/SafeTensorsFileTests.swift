import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .reference, .hostile)) struct SafeTensorsFileTests {
  private struct Expected: Decodable {
    struct Item: Decodable {
      let shape: [Int]
      let bits: [UInt32]
    }
    let metadata: [String: String]
    let tensors: [String: Item]
  }

  private let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appending(path: "safetensors-\(UUID())")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private static let sample = SafeTensorsFile(
    metadata: ["b": "1\n\"2\" \u{1} é 🎵", "a": "{\"version\": 1}"],
    tensors: [
      .init(name: "z.weight", tensor: Tensor([1, -0.0, .infinity, 3.25, 65504, 1e-8], shape: [2, 1, 3])),
      .init(name: "a \"b\"", tensor: Tensor([5], shape: [])),
      .init(name: "empty", tensor: Tensor([], shape: [0, 7])),
    ])

  @Test func readsWhatPythonWrote() throws {
    let golden = try #require(Bundle.module.url(forResource: "Golden/python", withExtension: "safetensors"))
    let table = golden.deletingPathExtension().appendingPathExtension("json")
    let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: table))
    let file = try SafeTensorsFile(path: golden.path)
    #expect(file.metadata == expected.metadata)
    #expect(Set(file.tensors.map(\.name)) == Set(expected.tensors.keys))
    for (name, item) in expected.tensors {
      let tensor = try #require(file[name])
      #expect(tensor.shape == Shape(item.shape))
      #expect(tensor.values.map(\.bitPattern) == item.bits, "\(name)")
    }
  }

  @Test func whatIsWrittenIsReadBack() throws {
    try Self.sample.write(to: path("a.safetensors"))
    let back = try SafeTensorsFile(path: path("a.safetensors"))
    #expect(back == Self.sample)
    #expect(back.tensors[0].tensor.values[1].sign == .minus)
    #expect(back["nothing such"] == nil)
  }

  @Test func bytesAreDeterministicAndAligned() throws {
    try Self.sample.write(to: path("a.safetensors"))
    try Self.sample.write(to: path("b.safetensors"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path("a.safetensors")))
    #expect(try bytes == Data(contentsOf: URL(fileURLWithPath: path("b.safetensors"))))
    let length = Int(bytes[0]) + Int(bytes[1]) << 8
    #expect(length % 8 == 0 && bytes.count == 8 + length + 7 * 4)
    let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
    #expect(
      header.hasPrefix(#"{"__metadata__":{"a":"{\"version\": 1}","b":"1\n\"2\" \u0001 é 🎵"},"z.weight":"#))
    #expect(
      header.hasSuffix(#""empty":{"dtype":"F32","shape":[0,7],"data_offsets":[28,28]}}"#)
        || header.hasSuffix(" "))
  }

  @Test func halfPrecisionRoundsToElevenBits() throws {
    try Self.sample.write(to: path("half.safetensors"), storage: .float16)
    let back = try SafeTensorsFile(path: path("half.safetensors"))
    #expect(back.tensors[0].tensor.values == [1, 0, .infinity, 3.25, 65504, 0])
    let large = SafeTensorsFile(tensors: [.init(name: "w", tensor: Tensor([70_000], shape: [1]))])
    let error = #expect(throws: CodedError.self) { try large.write(to: path("x"), storage: .float16) }
    #expect(error?.code == .outOfRange)
    #expect(!FileManager.default.fileExists(atPath: path("x")))
  }

  @Test func writingReplacesAndLeavesNothingElse() throws {
    try Data("old".utf8).write(to: URL(fileURLWithPath: path("m.safetensors")))
    try Self.sample.write(to: path("m.safetensors"))
    #expect(try SafeTensorsFile(path: path("m.safetensors")) == Self.sample)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["m.safetensors"])
  }

  @Test func failedWriteLeavesNothing() throws {
    try FileManager.default.createDirectory(atPath: path("taken/inner"), withIntermediateDirectories: true)
    for target in ["taken", "absent/m.safetensors"] {
      let error = #expect(throws: CodedError.self) { try Self.sample.write(to: path(target)) }
      #expect(error?.code == .inputOutput && error?.path == path(target))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["taken"])
  }

  @Test(.tags(.trap)) func repeatedNameTraps() async {
    await #expect(processExitsWith: .failure) {
      let entry = SafeTensorsFile.Entry(name: "w", tensor: Tensor([1], shape: [1]))
      _ = SafeTensorsFile(tensors: [entry, entry])
    }
  }
}
