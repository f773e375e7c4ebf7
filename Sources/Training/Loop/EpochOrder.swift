import Tensors

/// Which examples an epoch takes, and in which order.
///
/// An epoch draws equally many examples, ``windowsPerRecording``, of each recording, so that a long one weighs no more than a
/// short one: of a recording with more a random part, without repetition; of one with fewer some again. Where each recording
/// is one example, an epoch takes every example once.
struct EpochOrder {
  private let examples: [Int]
  /// The recordings of each class that has any; all of them as one, where classes are not balanced.
  private let classes: [[[Int]]]
  /// Examples that an epoch draws of each recording.
  let windowsPerRecording: Int
  /// Recordings that an epoch takes of each class; nil where each of them is taken once.
  private let share: Int?
  /// Examples of one epoch.
  let count: Int
  /// Whether each example is taken once.
  private let isPlain: Bool

  /// - Parameters:
  ///   - recordings: for every example number what tells its recording; nil where each is its own.
  ///   - balanced: every class is drawn equally often, `ceil(recordings / classes)` times: each of its recordings as
  ///     often as another or once more.
  ///   - windows: examples of each recording; 0 is the mean of ``examples``, rounded up.
  init(_ examples: [Int], labels: [Int], recordings: [Int]? = nil, balanced: Bool, windows: Int = 0) {
    self.examples = examples
    let units = Self.units(examples, recordings)
    windowsPerRecording = windows > 0 ? windows : Self.share(of: examples.count, among: units.count)
    if balanced {
      classes = Dictionary(grouping: units) { labels[$0[0]] }.sorted { $0.key < $1.key }.map(\.value)
      let share = Self.share(of: units.count, among: classes.count)
      self.share = share
      count = share * classes.count * windowsPerRecording
    } else {
      (classes, share) = ([units], nil)
      count = units.count * windowsPerRecording
    }
    let wanted = windowsPerRecording
    isPlain = !balanced && units.allSatisfy { $0.count == wanted }
  }

  /// The examples of each recording, in the order of their first ones.
  static func units(_ examples: [Int], _ recordings: [Int]?) -> [[Int]] {
    guard let recordings else { return examples.map { [$0] } }
    var places: [Int: Int] = [:]
    var units: [[Int]] = []
    for example in examples {
      let place = places[recordings[example]] ?? units.count
      if place == units.count {
        places[recordings[example]] = place
        units.append([])
      }
      units[place].append(example)
    }
    return units
  }

  private static func share(of count: Int, among parts: Int) -> Int { (count + parts - 1) / max(1, parts) }

  /// The examples of one epoch. The same generator state gives the same order.
  func shuffled(using generator: inout SeededGenerator) -> [Int] {
    if isPlain { return examples.shuffled(using: &generator) }
    var drawn: [Int] = []
    drawn.reserveCapacity(count)
    for members in classes {
      var places: [Int] = []
      if let share {
        for _ in 0..<share / members.count { places += members.indices }
        places += members.indices.shuffled(using: &generator).prefix(share % members.count)
      } else {
        places += members.indices
      }
      var times = [Int](repeating: 0, count: members.count)
      for place in places { times[place] += 1 }
      var windows = zip(members, times).map { unit, times in
        draw(times * windowsPerRecording, of: unit, using: &generator)[...]
      }
      for place in places {
        drawn += windows[place].prefix(windowsPerRecording)
        windows[place] = windows[place].dropFirst(windowsPerRecording)
      }
    }
    return drawn.shuffled(using: &generator)
  }

  /// So many windows of a recording, each as often as another or once more.
  private func draw(_ count: Int, of unit: [Int], using generator: inout SeededGenerator) -> [Int] {
    var drawn: [Int] = []
    for _ in 0..<count / unit.count { drawn += unit }
    let rest = count % unit.count
    return rest == 0 ? drawn : drawn + unit.shuffled(using: &generator).prefix(rest)
  }
}
