import Tensors

/// Clips that stay together.
struct FoldUnit {
  /// Recordings of each label.
  var counts: [Int]
  /// Their positions.
  var members: [Int] = []

  /// The units of a data set's clips, in the order of their first ones.
  static func units(of dataset: Dataset) -> [FoldUnit] {
    let labels = dataset.labels
    let classes = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    return dataset.inseparable(among: Array(dataset.clips.indices), joinsNames: false).map { members in
      var unit = FoldUnit(counts: Array(repeating: 0, count: labels.count), members: members)
      for clip in dataset.recordingClips(members) { unit.counts[classes[clip.label] ?? 0] += 1 }
      return unit
    }
  }
}

/// Units on their way into folds that are to be alike.
///
/// What is made small is the sum over the genres of the variance, over the folds, of each fold's share of the genre's
/// clips, divided by the number of genres, plus the variance of the folds' shares of all clips. Only sums of squares
/// change when a unit moves, so the value of a move costs one pass over the genres.
struct FoldAllocation {
  /// The fold of each unit.
  private(set) var folds: [Int]
  private let foldCount: Int
  private let seed: UInt64
  /// Shares that a unit brings: of each genre's clips (weighted, so that squares add up), last of all clips.
  private let shares: [[Double]]
  /// Sums of ``shares`` in each fold.
  private var loads: [[Double]]
  /// Clips of each label in each fold.
  private var counts: [[Int]]
  private let units: [FoldUnit]
  /// Pairs that are looked at for an exchange in one pass.
  private static let pairLimit = 2_000_000

  init(units: [FoldUnit], foldCount: Int, seed: UInt64) {
    (self.units, self.foldCount, self.seed) = (units, foldCount, seed)
    let classes = units.first?.counts.count ?? 0
    let totals = (0..<classes).map { label in Double(units.reduce(0) { $0 + $1.counts[label] }) }
    let all = totals.reduce(0, +)
    let weight = 1 / Double(max(1, classes)).squareRoot()
    shares = units.map { unit in
      zip(unit.counts, totals).map { weight * Double($0) / max(1, $1) }
        + [Double(unit.counts.reduce(0, +)) / max(1, all)]
    }
    folds = Array(repeating: 0, count: units.count)
    loads = Array(repeating: Array(repeating: 0, count: classes + 1), count: foldCount)
    counts = Array(repeating: Array(repeating: 0, count: classes), count: foldCount)
  }

  /// A label that some fold lacks.
  var missingLabel: Int? { counts.first?.indices.first { label in counts.contains { $0[label] == 0 } } }

  mutating func run() {
    var generator = SeededGenerator(seed: seed, stream: 0xF01D)
    let order = units.indices.shuffled(using: &generator)
    // Those that pull most at the balance first, while there is most to even it out with.
    let pull = shares.map { share in share.reduce(0) { $0 + $1 * $1 } }
    for unit in order.sorted(by: { pull[$0] > pull[$1] }) {
      let best = (0..<foldCount).min { cost(of: unit, joining: $0) < cost(of: unit, joining: $1) } ?? 0
      place(unit, in: best, sign: 1)
    }
    // Each round only goes downhill, so it ends; the bound is for the patience of very large data sets.
    for _ in 0..<50 {
      let moved = moveUnits(order)
      guard exchangeUnits(order) || moved else { break }
    }
  }

  /// How the sum of squared loads grows when a unit joins a fold: `2 load share + share^2`, summed.
  private func cost(of unit: Int, joining fold: Int) -> Double {
    var sum = 0.0
    let (share, load) = (shares[unit], loads[fold])
    for index in share.indices { sum += share[index] * (2 * load[index] + share[index]) }
    return sum
  }

  private mutating func place(_ unit: Int, in fold: Int, sign: Int) {
    for index in shares[unit].indices { loads[fold][index] += Double(sign) * shares[unit][index] }
    for label in units[unit].counts.indices { counts[fold][label] += sign * units[unit].counts[label] }
    if sign > 0 { folds[unit] = fold }
  }

  /// Moves each unit to where it brings the balance furthest. Returns whether one was moved.
  private mutating func moveUnits(_ order: [Int]) -> Bool {
    var hasMoved = false
    for unit in order {
      let home = folds[unit]
      place(unit, in: home, sign: -1)
      let stay = cost(of: unit, joining: home)
      var (best, least) = (home, stay - 1e-12)
      for fold in 0..<foldCount where fold != home {
        let cost = cost(of: unit, joining: fold)
        if cost < least { (best, least) = (fold, cost) }
      }
      place(unit, in: best, sign: 1)
      if best != home { hasMoved = true }
    }
    return hasMoved
  }

  /// Exchanges pairs of units of two folds where that helps. Returns whether a pair was exchanged.
  private mutating func exchangeUnits(_ order: [Int]) -> Bool {
    var (hasMoved, pairs) = (false, 0)
    for (position, first) in order.enumerated() {
      for second in order[(position + 1)...] where folds[first] != folds[second] {
        pairs += 1
        guard pairs <= Self.pairLimit else { return hasMoved }
        if gain(ofExchanging: first, second) < -1e-12 {
          let (home, other) = (folds[first], folds[second])
          place(first, in: home, sign: -1)
          place(second, in: other, sign: -1)
          place(first, in: other, sign: 1)
          place(second, in: home, sign: 1)
          hasMoved = true
        }
      }
    }
    return hasMoved
  }

  /// Change of the sum of squared loads when two units change places: with d = second - first,
  /// `sum 2 d (load(home) - load(other)) + 2 d^2`.
  private func gain(ofExchanging first: Int, _ second: Int) -> Double {
    var sum = 0.0
    let (home, other) = (loads[folds[first]], loads[folds[second]])
    let (own, next) = (shares[first], shares[second])
    for index in own.indices {
      let difference = next[index] - own[index]
      sum += 2 * difference * (home[index] - other[index] + difference)
    }
    return sum
  }
}
