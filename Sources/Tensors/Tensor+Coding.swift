import Foundation

/// A shape, and the values as little-endian single precision: bit for bit, and a third of the length of their digits.
extension Tensor: Codable {
  private enum Key: String, CodingKey { case shape, values }

  /// Throws where the values are not as many as the shape says.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let shape = try container.decode(Shape.self, forKey: .shape)
    let bytes = try container.decode(Data.self, forKey: .values)
    let count = shape.dimensions.reduce(4) { product, extent in
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? .max : next
    }
    guard bytes.count == count else {
      throw DecodingError.dataCorruptedError(
        forKey: .values, in: container, debugDescription: "\(bytes.count) bytes for \(shape)")
    }
    let values = unsafe bytes.withUnsafeBytes { bytes in
      (0..<shape.count).map { place in
        let bits = unsafe bytes.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: bits))
      }
    }
    self.init(values, shape: shape)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(shape, forKey: .shape)
    let bits = values.map(\.bitPattern.littleEndian)
    try container.encode(unsafe bits.withUnsafeBytes { unsafe Data($0) }, forKey: .values)
  }
}
