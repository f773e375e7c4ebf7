public import Tensors

/// The cells of a map from the most to the least relevant.
///
/// Equal cells come in an order drawn from the seed: a stable sort would favour low bins and early frames. CAM maps have
/// many equal cells, since all that is not positive is 0.
public struct CellOrder: Sendable, Hashable {
  /// Of each cell, in row-major order, its place: 0 for the most relevant.
  public let places: [Int32]

  /// Stream of the seeded generator that breaks ties.
  static let stream: UInt64 = 0x0DE2

  /// Traps on NaN.
  public init(_ map: Tensor, seed: UInt64) {
    precondition(!map.values.contains { $0.isNaN }, "a map with NaN has no order")
    var generator = SeededGenerator(seed: seed, stream: Self.stream)
    // Sorted as one integer: the value's order-preserving bits, reversed, above a random number and the cell.
    let keys = map.values.enumerated().map { cell, value -> (UInt64, Int32) in
      // -0 and 0 are one value.
      let bits = (value + 0).bitPattern
      let ascending = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
      return (UInt64(~ascending) << 32 | generator.next() >> 32, Int32(cell))
    }
    var places = [Int32](repeating: 0, count: map.count)
    let sorted = keys.sorted { $0.0 == $1.0 ? $0.1 < $1.1 : $0.0 < $1.0 }
    for (place, key) in sorted.enumerated() { places[Int(key.1)] = Int32(place) }
    self.places = places
  }

  /// 1 for the `count` most relevant cells and 0 for the others, or the reverse.
  func write(first count: Int, kept: Bool, _ mask: inout MutableSpan<Float>) {
    let (places, limit) = (places.span, Int32(count))
    precondition(places.count == mask.count, "\(places.count) cells for a mask of \(mask.count)")
    let (inside, outside): (Float, Float) = kept ? (1, 0) : (0, 1)
    for cell in mask.indices {
      unsafe mask[unchecked: cell] = places[unchecked: cell] < limit ? inside : outside
    }
  }
}
