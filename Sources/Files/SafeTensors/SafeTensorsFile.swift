import Foundation

/// The contents of a safetensors file: named tensors in order, and text metadata.
///
/// The format is 8 bytes of header length (little-endian), a JSON header, and the tensors' bytes. Reading trusts nothing in the
/// file; writing is atomic and gives the same bytes for the same value. Source: huggingface/safetensors, "Format".
public struct SafeTensorsFile: Sendable, Equatable {
  /// One tensor's name, extents and values (row-major).
  public struct Entry: Sendable, Equatable {
    public let name: String
    public let extents: [Int]
    public let values: [Float]

    /// Traps unless there are as many values as the extents say.
    public init(name: String, extents: [Int], values: [Float]) {
      demand(values.count == extents.reduce(1, *), "\(values.count) values for \(extents)")
      (self.name, self.extents, self.values) = (name, extents, values)
    }
  }

  /// Free text by key (`__metadata__` of the format).
  public var metadata: [String: String]
  /// In the order of their bytes in the file; no name occurs twice.
  public let tensors: [Entry]

  /// Traps when a name occurs twice or is the format's own `__metadata__`.
  public init(metadata: [String: String] = [:], tensors: [Entry]) {
    let names = tensors.map(\.name)
    demand(Set(names).count == names.count, "a name occurs twice in \(names)")
    demand(!names.contains(SafeTensorsHeader.metadataKey), "a tensor cannot be called __metadata__")
    self.metadata = metadata
    self.tensors = tensors
  }

  /// Reads a file. F16, BF16 and F64 become `Float` (a double beyond its range becomes infinite); values that are not finite are
  /// kept; the caller decides whether they are allowed.
  ///
  /// - Parameter maximumByteCount: refuses larger files, so that a sparse file cannot claim all memory.
  /// - Throws: ``CodedError`` with code `missing`, `notSafeTensors`, `damaged` or `inputOutput`.
  public init(path: String, maximumByteCount: Int = 1 << 33) throws(CodedError) {
    let file = try SafeTensorsInput(path: path)
    let size = file.byteCount
    guard size >= 8 else {
      let what = size == 0 ? "the file is empty" : "not a safetensors file (only \(size) bytes)"
      throw CodedError(.notSafeTensors, what, path: path)
    }
    guard size <= maximumByteCount else {
      throw CodedError(
        .notSafeTensors, "\(size) bytes are more than the limit of \(maximumByteCount)", path: path)
    }
    let length = UInt64(littleEndian: try file.read(1, of: UInt64.self)[0])
    guard length <= SafeTensorsHeader.maximumByteCount else {
      let message = "not a safetensors file (its header would have \(length) bytes)"
      throw CodedError(.notSafeTensors, message, path: path)
    }
    guard Int(length) <= size - 8 else {
      let message = "not a safetensors file, or cut off (a header of \(length) bytes in a file of \(size))"
      throw CodedError(.notSafeTensors, message, path: path)
    }
    let header = try SafeTensorsHeader(
      parsing: try file.read(Int(length), of: UInt8.self), dataByteCount: size - 8 - Int(length), path: path)
    metadata = header.metadata
    var tensors: [Entry] = []
    for entry in header.entries {
      tensors.append(
        Entry(name: entry.name, extents: entry.extents, values: try Self.values(entry, from: file)))
    }
    self.tensors = tensors
  }

  private static func values(
    _ entry: SafeTensorsHeader.Entry, from file: borrowing SafeTensorsInput
  ) throws(CodedError) -> [Float] {
    let count = entry.extents.reduce(1, *)
    switch entry.type {
    case .float32:
      return try file.read(count, of: UInt32.self).map { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .float16:
      return try file.read(count, of: UInt16.self).map {
        Float(Float16(bitPattern: UInt16(littleEndian: $0)))
      }
    case .bfloat16:
      return try file.read(count, of: UInt16.self).map {
        Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16)
      }
    case .float64:
      return try file.read(count, of: UInt64.self).map { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    }
  }
}
