import Exchange
import Files
import Foundation
import Models
import Networks
import Tensors
import TestSupport
import Testing

/// Files of other programs where weights or a model are wanted: each is named as what it is, with the way in.
@Suite(.tags(.hand, .hostile)) struct ForeignFileTests {
  private static func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

  /// What follows a beginning: enough for every check.
  private static let rest = [UInt8](repeating: 0x20, count: 64)
  private static let script = "Scripts/weights-to-safetensors.py makes safetensors of it"
  /// A local entry of a zip archive up to its name.
  private static let zip = bytes("PK\u{3}\u{4}") + [UInt8](repeating: 0, count: 26)

  private static let cases: [(beginning: [UInt8], kind: String, way: String)] = [
    (zip + bytes("archive/data.pkl"), "a PyTorch file (zip)", script),
    (zip + bytes("model_v2/.format_version"), "a PyTorch file (zip)", script),
    (zip + bytes("metadata.json"), "a model of Keras 3 (zip)", script),
    (zip + bytes("conv1.npy"), "NumPy arrays (.npz)", script),
    (zip + bytes("anything"), "a PyTorch, Keras or NumPy archive (zip)", script),
    (bytes("\u{80}\u{2}\u{8a}\nl\u{fc}"), "a PyTorch file (pickle)", script),
    (bytes("\u{80}\u{4}\u{95}"), "a PyTorch file (pickle)", script),
    (bytes("\u{89}HDF\r\n\u{1A}\n"), "an HDF5 file, as Keras writes it", script),
    (bytes("\u{1c}\0\0\0TFL3"), "a TensorFlow Lite model", script),
    (bytes("\u{93}NUMPY\u{1}\0"), "a NumPy array", script),
    // Version 8 of the representation, producer "pytorch"; version 3, a graph.
    (bytes("\u{8}\u{8}\u{12}\u{7}pytorch"), "an ONNX model", script),
    (bytes("\u{8}\u{3}:\u{ff}\u{1}"), "an ONNX model", script),
    (bytes("\u{8}\u{1}\u{12}\u{ff}\u{1}"), "a saved model of TensorFlow", script),
    // A node of 50 bytes, whose name has 8.
    (bytes("\n\u{32}\n\u{8}input_1/"), "a graph of TensorFlow", script),
    (bytes("GGUF\u{3}\0\0\0"), "a GGUF file", "none is read here"),
  ]

  private func file(_ bytes: [UInt8]) throws -> String {
    let path = try temporaryFolder() + "/weights.bin"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private static let entry = NetworkCatalogue.named("keyword-transformer")!

  @Test(arguments: 0..<cases.count) func theyAreNamed(_ number: Int) throws {
    let (beginning, kind, way) = Self.cases[number]
    let path = try file(beginning + Self.rest)
    let readers: [() throws -> Void] = [
      { _ = try ModelImport(Self.entry, labels: ["a"]).model(weights: path) },
      { _ = try GenreModel(path: path) },
    ]
    for read in readers {
      let error = #expect(throws: CodedError.self) { try read() }
      #expect(error?.code == .unknownFormat && error?.path == path)
      #expect(error?.message.hasPrefix("\(kind), not safetensors: ") == true, "\(error?.message ?? "")")
      #expect(error?.message.contains(way) == true && error?.message.contains("\n") == false)
    }
  }

  /// A checkpoint's index is known by its end.
  @Test func aCheckpointOfTensorFlowIsNamed() throws {
    let path = try file(Self.rest + [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB])
    let error = #expect(throws: CodedError.self) { _ = try GenreModel(path: path) }
    #expect(error?.message.hasPrefix("a checkpoint of TensorFlow, not safetensors") == true)
  }

  /// What only begins like one, or too short a file, is none of them.
  @Test(arguments: [
    bytes("\n\u{32}\n\u{8}in put_1") + rest, bytes("\n\u{2}\n\u{8}input_12") + rest,
    bytes("\u{8}\u{8}\u{99}") + rest, bytes("\u{8}\u{2}:") + rest, bytes("\u{8}\u{8}\u{12}"), bytes("\n"),
    bytes("\u{80}\u{9}") + rest, bytes("PK") + rest, [], bytes("{\"model\": 1}") + rest,
    bytes("\n\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\n\u{4}name") + rest,
  ]) func othersAreNot(_ bytes: [UInt8]) throws {
    let path = try file(bytes)
    let error = #expect(throws: CodedError.self) { _ = try GenreModel(path: path) }
    #expect(error?.code == .notSafeTensors)
  }

  /// Weights alone are no model, and the message says what makes one of them.
  @Test func weightsAloneAreNoModel() throws {
    let path = try temporaryFolder() + "/weights.safetensors"
    try SafeTensorsFile(tensors: [.init(name: "a", extents: [1], values: [1])]).write(to: path)
    let error = #expect(throws: CodedError.self) { _ = try GenreModel(path: path) }
    #expect(error?.code == .damaged && error?.message.contains("genrelens import") == true)
  }
}
