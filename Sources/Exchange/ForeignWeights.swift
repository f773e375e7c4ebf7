import Files

/// Weights in files of other frameworks, which are named as what they are.
enum ForeignWeights {
  private static let kinds: [(beginning: [UInt8], kind: String)] = [
    ([0x50, 0x4B, 0x03, 0x04], "a PyTorch, Keras or NumPy archive (zip)"),
    ([0x80, 0x02], "a PyTorch file (pickle)"),
    ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file, as Keras writes it"),
    ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy array"),
  ]

  /// Throws for a file that another framework has written, with the way in.
  static func refuse(_ path: String) throws(CodedError) {
    let bytes: [UInt8]
    do throws(SystemCallError) {
      let file = try RegularFile(path: path)
      bytes = try file.bytes(at: 0, count: min(16, file.byteCount))
    } catch {
      throw CodedError(reading: error, path: path)
    }
    let tensorFlowLite = bytes.count > 8 && Array(bytes[4..<8]) == Array("TFL3".utf8)
    let kind = kinds.first { bytes.starts(with: $0.beginning) }?.kind
    guard let kind = tensorFlowLite ? "a TensorFlow Lite model" : kind else { return }
    throw CodedError(
      .unknownFormat,
      "\(kind), not safetensors: Scripts/weights-to-safetensors.py converts it", path: path)
  }
}
