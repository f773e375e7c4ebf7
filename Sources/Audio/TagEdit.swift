package import Files

/// A change of a file's tags: the resulting file, as pieces in their order.
public struct TagEdit: Sendable, Equatable {
  /// A part of the resulting file.
  public enum Piece: Sendable, Equatable {
    /// Bytes of the existing file, from an offset on.
    case kept(offset: Int, count: Int)
    /// New bytes.
    case added([UInt8])
  }

  public let pieces: [Piece]

  public init(_ pieces: [Piece]) { self.pieces = pieces }

  /// Size of the resulting file in bytes.
  public var byteCount: Int {
    pieces.reduce(0) { sum, piece in
      switch piece {
      case .kept(_, let count): sum + count
      case .added(let bytes): sum + bytes.count
      }
    }
  }

  /// Gives the bytes of the file that comes of it, block by block.
  ///
  /// - Parameter file: the file as it is. Throws when it cannot be read or is shorter than the pieces say.
  package func forEachBlock(of file: borrowing RegularFile, _ body: ([UInt8]) throws -> Void) throws {
    for piece in pieces {
      switch piece {
      case .added(let bytes): try body(bytes)
      case .kept(var offset, var count):
        while count > 0 {
          let block = try file.bytes(at: offset, count: min(count, 1 << 20))
          try body(block)
          offset += block.count
          count -= block.count
        }
      }
    }
  }
}
