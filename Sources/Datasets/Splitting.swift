public import Files
import Tensors

/// Divides recordings into train, valid and test: seeded, in proportion within each genre, groups kept together. Windows of one
/// recording count as one.
///
/// Groups (artist, album) stay together if the data set names them, and all windows of one recording always do. Each such unit is
/// assigned where it brings the genre counts closest to the requested shares, large units first; with units of one clip, the
/// counts of every genre are exact. The same seed and data set give the same split on every machine.
public struct Splitting: Sendable, Hashable, Codable {
  /// Share of the clips used to choose the settings.
  public var validFraction = 0.1
  /// Share of the clips kept for testing.
  public var testFraction = 0.1
  public var seed: UInt64 = 1

  /// 80 / 10 / 10, seed 1.
  public init() {}

  /// Traps unless the fractions are at least 0 and sum to less than 1.
  public init(validFraction: Double, testFraction: Double, seed: UInt64 = 1) {
    demand(
      validFraction >= 0 && testFraction >= 0 && validFraction + testFraction < 1,
      "fractions \(validFraction) and \(testFraction)")
    (self.validFraction, self.testFraction, self.seed) = (validFraction, testFraction, seed)
  }

  /// The data set with a split for every clip.
  ///
  /// A data set that has splits keeps them; if it has no `valid`, that part is taken from `train`. Adds a warning if no groups
  /// are known. Throws if there are fewer than two genres, or if a genre has too few units for the parts; the message names it.
  public func assign(to dataset: Dataset) throws(CodedError) -> Dataset {
    var shares: [(split: Split, share: Double)] = [(.train, 1 - validFraction - testFraction)]
    if validFraction > 0 { shares.append((.valid, validFraction)) }
    if testFraction > 0 { shares.append((.test, testFraction)) }
    var candidates = Array(dataset.clips.indices)
    if dataset.isSplit {
      guard !dataset.clips.contains(where: { $0.split == .valid }), validFraction > 0 else { return dataset }
      candidates = candidates.filter { dataset.clips[$0].split == .train }
      shares.removeAll { $0.split == .test }
      guard !candidates.isEmpty else { return dataset }
    }
    try dataset.requireGenres()
    var result = dataset
    let bare = dataset.clips.filter { $0.group == nil }
    if !bare.isEmpty {
      let who = bare.count == dataset.clips.count ? "no groups are known" : bare.withoutGroupWords
      result.warnings.append(
        DatasetWarning(
          .splitByTrack,
          dataset.holdsPictures
            ? "\(who): split by picture, so pictures of one scene may stand in train and test and flatter the figures"
            : "\(who): split by track, so one artist may stand in train and test and flatter the figures"))
    }
    var allocation = Allocation(units: units(of: dataset, candidates), shares: shares)
    allocation.distribute()
    allocation.repair()
    try allocation.check(dataset)
    for unit in allocation.units {
      for member in unit.members { result.clips[member].split = shares[unit.part].split }
    }
    return result
  }

  /// Clips that stay together, shuffled by the seed, then the large ones first.
  private func units(of dataset: Dataset, _ candidates: [Int]) -> [Allocation.Unit] {
    let labels = dataset.labels
    let classes = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    var units = dataset.inseparable(among: candidates).map { members in
      var unit = Allocation.Unit(counts: Array(repeating: 0, count: labels.count), members: members)
      for clip in dataset.recordingClips(members) { unit.counts[classes[clip.label] ?? 0] += 1 }
      return unit
    }
    var generator = SeededGenerator(seed: seed, stream: 0x5EED)
    units.shuffle(using: &generator)
    return units.enumerated()
      .sorted { ($1.element.size, $0.offset) < ($0.element.size, $1.offset) }
      .map(\.element)
  }
}

extension Dataset {
  /// One track for each recording among some, of one that is torn one in each part: windows of one count once.
  func recordingClips(_ members: [Int]) -> [Clip] {
    guard members.count > 1 else { return members.map { clips[$0] } }
    var seen: Set<[Spelling]> = []
    return members.map { clips[$0] }.filter { clip in
      seen.insert([clip.identity, clip.split?.rawValue ?? ""].map { Spelling($0) }).inserted
    }
  }

  /// The sets of clips that no split may tear apart, in the order of their first clips: those of one group, and all
  /// windows of one recording, also where these name several groups or only some of them name one.
  ///
  /// - Parameter joinsNames: whether clips of different groups that have nothing but a name in common stay together too.
  func inseparable(among candidates: [Int], joinsNames: Bool = true) -> [[Int]] {
    // Sets are joined as they turn out to be one; the earlier one stands for both.
    var parents: [Int] = []
    func root(_ set: Int) -> Int {
      var set = set
      while parents[set] != set {
        parents[set] = parents[parents[set]]
        set = parents[set]
      }
      return set
    }
    // Spellings of an artist that Unicode takes for one are one group; files are told apart by their bytes.
    var groups: [String: Int] = [:]
    var recordings: [Spelling: Int] = [:]
    var sets: [Int] = []
    let names = RecordingKeys(clips)
    for index in candidates {
      let clip = clips[index]
      let isNamedOnly = clip.path == nil && clip.identifier == nil
      let keys = [
        names.identifier(of: clip),
        joinsNames || !isNamedOnly || clip.group == nil ? names.name(of: clip) : nil,
      ].compactMap(\.self)
      let known = ([clip.group.flatMap { groups[$0] }] + keys.map { recordings[$0] }).compactMap(\.self)
        .map(root)
      let set = known.min() ?? parents.count
      if set == parents.count { parents.append(set) }
      for other in known { parents[other] = set }
      if let group = clip.group { groups[group] = set }
      for key in keys { recordings[key] = set }
      sets.append(set)
    }
    var positions: [Int: Int] = [:]
    var result: [[Int]] = []
    for (index, set) in zip(candidates, sets) {
      let set = root(set)
      let position = positions[set] ?? result.count
      if position == result.count {
        positions[set] = position
        result.append([])
      }
      result[position].append(index)
    }
    return result
  }
}

/// Units on their way into parts.
private struct Allocation {
  struct Unit {
    var counts: [Int]
    var members: [Int] = []
    var part = 0
    /// Recordings in it.
    var size: Int { counts.reduce(0, +) }
  }

  var units: [Unit]
  let shares: [(split: Split, share: Double)]
  /// Clips of a class wanted in, and given to, each part: [part][class].
  private var wanted: [[Int]] = []
  private var given: [[Int]] = []

  init(units: [Unit], shares: [(split: Split, share: Double)]) {
    self.units = units
    self.shares = shares
    let classes = units.first?.counts.count ?? 0
    given = Array(repeating: Array(repeating: 0, count: classes), count: shares.count)
    wanted = given
    for label in 0..<classes {
      let total = units.reduce(0) { $0 + $1.counts[label] }
      for (part, count) in Allocation.portions(of: total, shares.map(\.share)).enumerated() {
        wanted[part][label] = count
      }
    }
  }

  /// Whole numbers that sum to `total`, nearest to the shares (largest remainder), none 0 where `total` allows.
  static func portions(of total: Int, _ shares: [Double]) -> [Int] {
    let sum = shares.reduce(0, +)
    let exact = shares.map { Double(total) * $0 / sum }
    var counts = exact.map { Int($0) }
    let order = exact.indices.sorted { exact[$0] - Double(counts[$0]) > exact[$1] - Double(counts[$1]) }
    for part in order.prefix(total - counts.reduce(0, +)) { counts[part] += 1 }
    for part in counts.indices where counts[part] == 0 {
      let largest = counts.indices.max { counts[$0] < counts[$1] } ?? 0
      if counts[largest] > 1 {
        counts[largest] -= 1
        counts[part] += 1
      }
    }
    return counts
  }

  mutating func distribute() {
    for index in units.indices {
      let costs = shares.indices.map { cost(of: units[index], in: $0) }
      let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
      move(index, to: best, isNew: true)
    }
  }

  /// Change of sum (given - wanted)^2 / wanted over the classes when the unit joins a part.
  private func cost(of unit: Unit, in part: Int) -> Double {
    var cost = 0.0
    for (label, count) in unit.counts.enumerated() where count > 0 {
      let excess = Double(given[part][label] - wanted[part][label])
      cost += Double(count) * (2 * excess + Double(count)) / max(0.5, Double(wanted[part][label]))
    }
    return cost
  }

  private mutating func move(_ index: Int, to part: Int, isNew: Bool = false) {
    for (label, count) in units[index].counts.enumerated() {
      if !isNew { given[units[index].part][label] -= count }
      given[part][label] += count
    }
    units[index].part = part
  }

  /// Gives each part that lacks a class the smallest unit of it that nobody misses.
  mutating func repair() {
    for part in given.indices {
      for label in given[part].indices where given[part][label] == 0 {
        let spare = units.indices.filter { index in
          units[index].counts[label] > 0
            && units[index].counts.indices.allSatisfy { other in
              units[index].counts[other] == 0
                || given[units[index].part][other] > units[index].counts[other]
            }
        }
        if let index = spare.min(by: { units[$0].size < units[$1].size }) {
          move(index, to: part)
        }
      }
    }
  }

  func check(_ dataset: Dataset) throws(CodedError) {
    for (label, name) in dataset.labels.enumerated() {
      guard let part = given.indices.first(where: { given[$0][label] == 0 }) else { continue }
      let clips = given.reduce(0) { $0 + $1[label] }
      let count = units.count { $0.counts[label] > 0 }
      let kind = dataset.clips.contains { $0.group != nil } ? "group" : "track"
      throw CodedError(
        .tooFewClips,
        "genre '\(name)' has \(clips.counted("recording")) in \(count.counted(kind)): too few for \(shares.count) parts, none is left for "
          + shares[part].split.rawValue, path: dataset.path)
    }
  }
}
