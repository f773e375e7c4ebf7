import Files
public import Tensors

/// The cells of a map from the most to the least relevant.
///
/// Cells with equal values are ordered at random with the seed: a stable sort would favour low bins and early frames. CAM maps
/// have many equal cells, since everything that is not positive is 0.
public struct CellOrder: Sendable, Hashable {
  /// The rank of each cell, in row-major order: 0 for the most relevant.
  public let places: [Int32]

  /// Stream of the seeded generator that breaks ties.
  static let stream: UInt64 = 0x0DE2

  /// Traps on NaN.
  public init(_ map: Tensor, seed: UInt64) {
    demand(!map.values.contains { $0.isNaN }, "a map with NaN has no order")
    var generator = SeededGenerator(seed: seed, stream: Self.stream)
    // Ordered as one integer: the value's order-preserving bits, reversed, above a random number.
    let keys = map.values.map { value -> UInt64 in
      // -0 and 0 are one value.
      let bits = (value + 0).bitPattern
      let ascending = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
      return UInt64(~ascending) << 32 | generator.next() >> 32
    }
    var places = [Int32](repeating: 0, count: map.count)
    for (place, cell) in Self.ascendingOrder(of: keys).enumerated() { places[Int(cell)] = Int32(place) }
    self.places = places
  }

  /// The indices of the keys in ascending order, equal keys in the order in which they stand: a radix sort, digit by
  /// digit from the lowest. A map has tens of thousands of cells, and a comparison each would take longer than a network.
  static func ascendingOrder(of keys: [UInt64]) -> [Int32] {
    let (digitBits, digits) = (11, 6)
    var order = keys.indices.map { Int32($0) }
    var next = [Int32](repeating: 0, count: keys.count)
    for digit in 0..<digits {
      var starts = [Int](repeating: 0, count: 1 << digitBits)
      let shift = UInt64(digit * digitBits)
      let mask = UInt64(starts.count - 1)
      for key in keys { starts[Int(key >> shift & mask)] += 1 }
      var sum = 0
      for value in starts.indices { (starts[value], sum) = (sum, sum + starts[value]) }
      for index in order {
        let value = Int(keys[Int(index)] >> shift & mask)
        next[starts[value]] = index
        starts[value] += 1
      }
      swap(&order, &next)
    }
    return order
  }

  /// 1 for the `count` most relevant cells and 0 for the others, or the reverse.
  func write(first count: Int, kept: Bool, _ mask: inout MutableSpan<Float>) {
    let (places, limit) = (places.span, Int32(count))
    demand(places.count == mask.count, "\(places.count) cells for a mask of \(mask.count)")
    let (inside, outside): (Float, Float) = kept ? (1, 0) : (0, 1)
    for cell in mask.indices {
      unsafe mask[unchecked: cell] = places[unchecked: cell] < limit ? inside : outside
    }
  }
}
