import Files

/// The upper quantile of a stream of numbers, in memory that does not grow with it.
///
/// Numbers are counted by their sign, their exponent and the first nine bits of their fraction, so that the result is the edge of such a
/// class: the smallest edge `e` for which at most a given share of the numbers is at or above it. It is above the exact quantile by at
/// most 1/512 of its size. Where the highest class alone holds more (a function with a ceiling), it is the edge of that class, unless half of
/// all numbers are in it. Memory: 4 kB for each power of two that occurs.
package struct ActivationQuantile: Sendable {
  /// Bits of a `Float` below those that are counted.
  private static let dropped = 14
  private static let classesPerBlock = 512

  /// Numbers of each class, in blocks of one sign and exponent.
  private var blocks: [Int32: [Int]] = [:]
  /// How many there are.
  package private(set) var count = 0

  package init() {}

  /// Adds finite numbers.
  package mutating func add(_ values: Span<Float>) {
    count += values.count
    var (name, block): (Int32, [Int]) = (.max, [])
    for index in values.indices {
      let key = Self.key(values[index])
      let own = key >> 9
      if own != name {
        if name != .max { blocks[name] = block }
        block = blocks.removeValue(forKey: own) ?? Array(repeating: 0, count: Self.classesPerBlock)
        name = own
      }
      block[Int(key & 511)] += 1
    }
    if name != .max { blocks[name] = block }
  }

  /// The edge at which responses begin; infinite without numbers.
  package func threshold(share: Double) -> Float {
    let most = Int(share * Double(count))
    var above = 0
    for name in blocks.keys.sorted(by: >) {
      let block = blocks[name] ?? []
      for place in block.indices.reversed() where block[place] > 0 {
        let key = name << 9 | Int32(place)
        above += block[place]
        if above > most {
          let isCeiling = above == block[place] && 2 * above <= count
          return Self.edge(isCeiling ? key : key + 1)
        }
      }
    }
    return .infinity
  }

  /// Ordered as the numbers are; zero has one sign.
  private static func key(_ value: Float) -> Int32 {
    let bits = Int32(bitPattern: (value == 0 ? 0 : value).bitPattern)
    return (bits >= 0 ? bits : bits ^ .max) >> Int32(dropped)
  }

  /// The smallest number of a class.
  private static func edge(_ key: Int32) -> Float {
    let bits = key << Int32(dropped)
    return Float(bitPattern: UInt32(bitPattern: bits >= 0 ? bits : bits ^ .max))
  }
}
