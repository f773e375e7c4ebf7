import Tensors

/// Which examples an epoch takes, and in which order.
struct EpochOrder {
  private let examples: [Int]
  /// The examples of each class that has any; nil where every example is taken once.
  private let classes: [[Int]]?
  /// Examples of one epoch.
  let count: Int

  /// - Parameter balanced: every class is drawn equally often, `ceil(examples / classes)` times: each of its examples as
  ///   often as another or once more.
  init(_ examples: [Int], labels: [Int], balanced: Bool) {
    self.examples = examples
    guard balanced else {
      (classes, count) = (nil, examples.count)
      return
    }
    let classes = Dictionary(grouping: examples) { labels[$0] }.sorted { $0.key < $1.key }.map(\.value)
    self.classes = classes
    count = Self.share(of: examples.count, among: classes.count) * classes.count
  }

  private static func share(of count: Int, among parts: Int) -> Int { (count + parts - 1) / max(1, parts) }

  /// The examples of one epoch. The same generator state gives the same order.
  func shuffled(using generator: inout SeededGenerator) -> [Int] {
    guard let classes else { return examples.shuffled(using: &generator) }
    let share = Self.share(of: examples.count, among: classes.count)
    var drawn: [Int] = []
    drawn.reserveCapacity(count)
    for members in classes {
      for _ in 0..<share / members.count { drawn += members }
      drawn += members.shuffled(using: &generator).prefix(share % members.count)
    }
    return drawn.shuffled(using: &generator)
  }
}
