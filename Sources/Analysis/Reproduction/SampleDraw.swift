import Files
import Tensors

/// Draws samples with a seed, independently of the order of the items.
public struct SampleDraw: Sendable, Hashable {
  public let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  /// Some of the items, in the order in which they were drawn; all of them if there are no more.
  ///
  /// - Parameters:
  ///   - name: distinguishes the items: they are sorted by it first, so their order does not matter.
  ///   - stream: one for each purpose; draws from different streams are independent.
  public func drawn<Item>(
    _ count: Int, of items: [Item], by name: (Item) -> String, stream: UInt64
  ) -> [Item] {
    var generator = SeededGenerator(seed: seed, stream: 0xF0_0000 + stream)
    let sorted = items.enumerated().sorted {
      let (one, other) = (Spelling(name($0.element)), Spelling(name($1.element)))
      return one == other ? $0.offset < $1.offset : one < other
    }
    return Array(sorted.map(\.element).shuffled(using: &generator).prefix(count))
  }
}
