/// A file in which another program keeps a model or its weights, told by its content, and the way from it to a model here.
///
/// ```
/// if let foreign = ForeignModelFile(path: "model.pt") { throw foreign.refusal("model.pt") }      // a PyTorch file ...
/// ```
package struct ForeignModelFile: Sendable, Equatable {
  /// What it is: `a PyTorch file (zip)`.
  package let kind: String
  /// What makes a model of it.
  package let way: String

  private static let script =
    "Scripts/weights-to-safetensors.py makes safetensors of it, and genrelens import a model of those"
  /// Bytes of the beginning that are looked at.
  static let lookedAt = 4096

  /// nil for a file that is none of them, or cannot be read.
  package init?(path: String) {
    guard let file = try? RegularFile(path: path) else { return nil }
    let size = file.byteCount
    guard let beginning = try? file.bytes(at: 0, count: min(Self.lookedAt, size)),
      let end = try? file.bytes(at: max(0, size - 8), count: min(8, size))
    else { return nil }
    self.init(beginning: beginning, end: end)
  }

  /// - Parameters:
  ///   - beginning: the first bytes of the file, a few hundred at least if it has as many.
  ///   - end: the last eight.
  init?(beginning bytes: [UInt8], end: [UInt8]) {
    if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      self.init(Self.kindOfArchive(bytes))
    } else if bytes.count > 8, bytes[4..<8].elementsEqual("TFL3".utf8) {
      self.init("a TensorFlow Lite model")
    } else if bytes.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self.init("an HDF5 file, as Keras writes it")
    } else if bytes.starts(with: [0x80]), bytes.count > 1, (2...5).contains(bytes[1]) {
      self.init("a PyTorch file (pickle)")
    } else if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) {
      self.init("a NumPy array")
    } else if bytes.starts(with: "GGUF".utf8) {
      self.init("a GGUF file", way: "it holds a language model, and none is read here")
    } else if end == [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB] {
      self.init("a checkpoint of TensorFlow")
    } else if Self.isONNX(bytes) {
      self.init("an ONNX model")
    } else if bytes.starts(with: [0x08, 0x01, 0x12]), bytes.count > 16 {
      self.init("a saved model of TensorFlow")
    } else if Self.isGraph(bytes) {
      self.init("a graph of TensorFlow")
    } else {
      return nil
    }
  }

  private init(_ kind: String, way: String = Self.script) { (self.kind, self.way) = (kind, way) }

  /// What a zip archive is, by the names of its first entries.
  private static func kindOfArchive(_ bytes: [UInt8]) -> String {
    func holds(_ name: String) -> Bool { bytes.firstRange(of: Array(name.utf8)) != nil }
    if holds("/data.pkl") || holds("/byteorder") || holds("/.format_version") {
      return "a PyTorch file (zip)"
    }
    if holds("metadata.json") || holds("model.weights.h5") || holds("config.json") {
      return "a model of Keras 3 (zip)"
    }
    return holds(".npy") ? "NumPy arrays (.npz)" : "a PyTorch, Keras or NumPy archive (zip)"
  }

  /// Field 1, the version of the intermediate representation, which is 3 and more since 2017; then producer, domain, graph or others.
  private static func isONNX(_ bytes: [UInt8]) -> Bool {
    let next: Set<UInt8> = [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72]
    return bytes.count > 16 && bytes[0] == 0x08 && (3...32).contains(bytes[1]) && next.contains(bytes[2])
  }

  /// Field 1, a node, which begins with its name.
  private static func isGraph(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 16, bytes[0] == 0x0A else { return false }
    var (place, length) = (1, 0)
    for shift in stride(from: 0, to: 28, by: 7) {
      let byte = bytes[place]
      place += 1
      length |= Int(byte & 0x7F) << shift
      if byte < 0x80 { break }
    }
    guard length > 4, bytes[place] == 0x0A else { return false }
    let count = Int(bytes[place + 1])
    let name = bytes.dropFirst(place + 2).prefix(count)
    return !name.isEmpty && count <= length - 2 && name.allSatisfy { (0x21...0x7E).contains($0) }
  }

  /// The error for this file where a model, or safetensors, are wanted.
  package func refusal(_ path: String) -> CodedError {
    CodedError(.unknownFormat, "\(kind), not safetensors: \(way)", path: path)
  }
}
