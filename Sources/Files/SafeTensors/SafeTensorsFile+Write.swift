extension SafeTensorsFile {
  /// How values are stored.
  public enum Storage: Sendable {
    /// `F32`: exactly.
    case float32
    /// `F16`: half the bytes, 11 significant bits, up to 65 504.
    case float16
  }

  /// Writes the file whole or not at all: a temporary file in the destination's folder, flushed to disk, renamed over
  /// the destination; then the folder is flushed. The same value gives the same bytes.
  ///
  /// - Throws: ``CodedError`` with code `inputOutput`, or `outOfRange` when `storage` cannot represent a finite value.
  public func write(to path: String, storage: Storage = .float32) throws(CodedError) {
    let blocks = try tensors.map { (entry) throws(CodedError) in
      try Self.bytes(of: entry, storage: storage, path: path)
    }
    var header = headerText(storage: storage, byteCounts: blocks.map(\.count))
    // Padded with spaces, so that the tensors start at a multiple of 8 bytes, as other writers do it.
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    do throws(SystemCallError) {
      var file = try AtomicFile(path: path)
      for block in [length, header] + blocks { try file.append(block) }
      try file.publish()
    } catch {
      throw CodedError(.inputOutput, error.description, path: path, underlyingStatus: Int(error.status))
    }
  }

  private static func bytes(
    of entry: Entry, storage: Storage, path: String
  ) throws(CodedError) -> [UInt8] {
    switch storage {
    case .float32:
      return unsafe entry.values.map(\.bitPattern.littleEndian).withUnsafeBytes { unsafe [UInt8]($0) }
    case .float16:
      let halves = entry.values.map { Float16($0) }
      guard !zip(halves, entry.values).contains(where: { !$0.isFinite && $1.isFinite }) else {
        let message = "tensor \"\(entry.name)\" has a value beyond 65504: it cannot be stored as F16"
        throw CodedError(.outOfRange, message, path: path)
      }
      return unsafe halves.map(\.bitPattern.littleEndian).withUnsafeBytes { unsafe [UInt8]($0) }
    }
  }

  private func headerText(storage: Storage, byteCounts: [Int]) -> [UInt8] {
    var parts: [String] = []
    if !metadata.isEmpty {
      // By code units, so that the order does not depend on the locale or the Unicode tables.
      let keys = metadata.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      let pairs = keys.map { Self.quoted($0) + ":" + Self.quoted(metadata[$0] ?? "") }
      parts.append("\"\(SafeTensorsHeader.metadataKey)\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (entry, count) in zip(tensors, byteCounts) {
      let shape = entry.extents.map(String.init).joined(separator: ",")
      let type = storage == .float32 ? SafeTensorsHeader.StoredType.float32 : .float16
      parts.append(
        """
        \(Self.quoted(entry.name)):{"dtype":"\(type.rawValue)","shape":[\(shape)],\
        "data_offsets":[\(offset),\(offset + count)]}
        """)
      offset += count
    }
    return Array("{\(parts.joined(separator: ","))}".utf8)
  }

  /// A JSON string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
