extension Timeline {
  /// The recording as segments, each of one class, in time order.
  ///
  /// The class changes only where another one is ahead by ``SegmentRule/margin`` (a Schmitt trigger over ``cells``, in time
  /// order). Then the shortest segment below ``SegmentRule/minimumSeconds`` is merged into the neighbour whose class is more
  /// probable in it, until none remains or it has no neighbour. A gap in the sound heard ends a segment. Cost: cells x labels,
  /// and segments squared in the worst case for the shortest length.
  public func segments(_ rule: SegmentRule = SegmentRule()) -> [TimelineSegment] {
    var runs: [Run] = []
    for cell in cells {
      let leader = cell.probabilities.indices.max {
        (cell.probabilities[$0], $1) < (cell.probabilities[$1], $0)
      }
      guard let leader else { continue }
      let last = runs.last.flatMap { Self.touches($0, cell.startSeconds) ? $0.choice : nil }
      let stays = last.map { cell.probabilities[leader] - cell.probabilities[$0] < rule.margin } ?? false
      let choice = stays ? last ?? leader : leader
      if last == choice {
        runs[runs.count - 1].add(cell)
      } else {
        runs.append(Run(cell, choice))
      }
    }
    Self.join(&runs, shorterThan: rule.minimumSeconds)
    return runs.map { $0.segment(labels) }
  }

  private static func touches(_ run: Run, _ seconds: Double) -> Bool { abs(run.end - seconds) < 1e-6 }

  private static func join(_ runs: inout [Run], shorterThan seconds: Double) {
    while true {
      let joinable = runs.indices.filter { index in
        runs[index].end - runs[index].start < seconds - 1e-6
          && (index > 0 && touches(runs[index - 1], runs[index].start)
            || index + 1 < runs.count && touches(runs[index], runs[index + 1].start))
      }
      guard
        let index = joinable.min(by: { runs[$0].end - runs[$0].start < runs[$1].end - runs[$1].start })
      else { return }
      let neighbors = [index - 1, index + 1].filter { other in
        runs.indices.contains(other) && touches(runs[min(index, other)], runs[max(index, other)].start)
      }
      let run = runs[index]
      guard let chosen = neighbors.max(by: { run.sums[runs[$0].choice] < run.sums[runs[$1].choice] })
      else { return }
      runs[min(index, chosen)].absorb(runs[max(index, chosen)], choice: runs[chosen].choice)
      runs.remove(at: max(index, chosen))
      // What now touches its like on the other side becomes one with it.
      for place in [min(index, chosen), min(index, chosen) - 1]
      where runs.indices.contains(place) && runs.indices.contains(place + 1) {
        if runs[place].choice == runs[place + 1].choice, touches(runs[place], runs[place + 1].start) {
          runs[place].absorb(runs[place + 1], choice: runs[place].choice)
          runs.remove(at: place + 1)
        }
      }
    }
  }

  /// Cells in a row that are heard as one class.
  private struct Run {
    let start: Double
    private(set) var end: Double
    private(set) var choice: Int
    /// Of each class, its probability times seconds.
    private(set) var sums: [Double]

    init(_ cell: Cell, _ choice: Int) {
      (start, end, self.choice) = (cell.startSeconds, cell.endSeconds, choice)
      sums = cell.probabilities.map { $0 * cell.seconds }
    }

    mutating func add(_ cell: Cell) {
      for (index, probability) in cell.probabilities.enumerated() {
        sums[index] += probability * cell.seconds
      }
      end = cell.endSeconds
    }

    /// Takes in the run that follows.
    mutating func absorb(_ next: Run, choice: Int) {
      for index in sums.indices { sums[index] += next.sums[index] }
      (end, self.choice) = (next.end, choice)
    }

    func segment(_ labels: [String]) -> TimelineSegment {
      let means = sums.map { $0 / max(end - start, .leastNormalMagnitude) }
      let others = means.indices.filter { $0 != choice }.map { means[$0] }
      return TimelineSegment(
        startSeconds: start, endSeconds: end, label: labels[choice], probability: means[choice],
        margin: means[choice] - (others.max() ?? 0))
    }
  }
}
