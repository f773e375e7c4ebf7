import Files

/// The extents of a tensor's axes, outermost first (row-major, "C order").
///
/// ```swift
/// let shape: Shape = [64, 1, 20, 130]
/// print(shape.rank, shape.count, shape[3])             // 4 166400 130
/// ```
///
/// A shape gives the lengths of axes, not their meaning: networks name their axes, because `[20, 130]` may be features by time or
/// the reverse.
///
/// The axis alphabet of the whole package: **N** batch, **C** channel, **F** feature bin, **T** time. A batch of
/// feature maps is `[N, C, F, T]`.
public struct Shape: Hashable, Sendable, Codable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// Extents, outermost axis first; each is at least 0.
  public let dimensions: [Int]

  /// Traps when an extent is negative.
  public init(_ dimensions: [Int]) {
    demand(dimensions.allSatisfy { $0 >= 0 }, "negative extent in \(dimensions)")
    self.dimensions = dimensions
  }

  public init(arrayLiteral elements: Int...) {
    self.init(elements)
  }

  public init(from decoder: any Decoder) throws {
    let dimensions = try decoder.singleValueContainer().decode([Int].self)
    guard dimensions.allSatisfy({ $0 >= 0 }) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "negative extent in \(dimensions)"))
    }
    self.dimensions = dimensions
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(dimensions)
  }

  /// Number of axes.
  public var rank: Int { dimensions.count }

  /// Number of elements: the product of the extents (1 for a scalar).
  public var count: Int { dimensions.reduce(1, *) }

  /// The extent of one axis.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// For example `[64, 1, 128, 431]`.
  public var description: String { "\(dimensions)" }
}
