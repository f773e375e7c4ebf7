import Files
public import Tensors

/// The distribution of a map's evidence over time: one share per frame, summing to 1.
public struct TimeProfile: Sendable, Equatable, Codable {
  /// Share of each frame, first one first.
  public let perFrame: [Double]
  /// Whether there was no evidence at all; every share is then 0.
  public let isEmpty: Bool

  /// The profile of a map `[F, T]`; negative cells count as no evidence.
  public init(map: Tensor) {
    demand(map.shape.rank == 2, "map \(map.shape) must be [F, T]")
    let frames = map.shape[1]
    var sums = [Double](repeating: 0, count: frames)
    for (index, value) in map.values.enumerated() where value > 0 { sums[index % frames] += Double(value) }
    let total = sums.reduce(0, +)
    isEmpty = !(total > 0)
    perFrame = total > 0 ? sums.map { $0 / total } : sums
  }
}
