import Explanation

/// The explanations of a benchmark's clips by each entry, made when they are asked for; those of the first clips of the subset are kept for
/// the next measure.
struct ClipExplanations {
  private let subset: Set<Int>
  private let limit: Int
  private var kept: [Int: [ClassExplanation]] = [:]
  /// For each clip that is kept, those that it is explained together with. A single row is multiplied by another routine than several,
  /// and rounded otherwise: it must not matter for whom the maps are made.
  private var together: [Int: [Int]] = [:]

  /// - Parameter limit: clips that are kept at most.
  init(subset: [Int], limit: Int) { (self.subset, self.limit) = (Set(subset), limit) }

  /// For each clip, for each entry.
  ///
  /// - Parameter explain: gives those of some clips: for each entry, for each clip.
  mutating func of(
    _ indices: [Int], by explain: ([Int]) throws -> [[ClassExplanation]]
  ) throws -> [[ClassExplanation]] {
    for index in indices where kept[index] == nil {
      guard let others = together[index] else { continue }
      // Passed over before.
      let found = try explain(others)
      for (column, other) in others.enumerated() where together[other] == others {
        kept[other] = found.map { $0[column] }
      }
    }
    let missing = missing(indices)
    var own: [Int: [ClassExplanation]] = [:]
    if !missing.isEmpty {
      let found = try explain(missing)
      for (column, index) in missing.enumerated() {
        own[index] = found.map { $0[column] }
        if together[index] != nil { kept[index] = own[index] }
      }
    }
    return indices.compactMap { kept[$0] ?? own[$0] }
  }

  /// Tells that an earlier run had the explanations of some clips, which are not needed now: they are kept as if they had been made.
  mutating func pass(over indices: [Int]) { _ = missing(indices) }

  /// Those that are not kept from before, and are explained together.
  private mutating func missing(_ indices: [Int]) -> [Int] {
    let missing = indices.filter { together[$0] == nil }
    for index in missing where together.count < limit && subset.contains(index) { together[index] = missing }
    return missing
  }
}
