import Explanation

/// Sums of what is drawn over thresholds and over shares of the input, subject by subject.
struct SweepMeans {
  private struct Sums {
    var count = 0.0
    var rows: [[Double]] = []

    mutating func add(_ values: [[Double]]) {
      count += 1
      rows = rows.isEmpty ? values : zip(rows, values).map { zip($0, $1).map { $0 + $1 } }
    }

    var means: [[Double]] { rows.map { $0.map { $0 / count } } }
  }

  private var drops: [ExplanationBenchmark.Subject: Sums] = [:]
  private var courses: [ExplanationBenchmark.Subject: (shares: [Double], sums: Sums)] = [:]
  private var removals: [ExplanationBenchmark.Subject: (shares: [Double], sums: Sums)] = [:]

  /// Adds an item: its drop and its kept share at each level.
  package mutating func add(_ values: [Double], kept: [Double], of subject: ExplanationBenchmark.Subject) {
    drops[subject, default: Sums()].add([values, kept])
  }

  /// Adds an item's curves.
  package mutating func add(
    _ insertion: PerturbationCurve, _ deletion: PerturbationCurve, of subject: ExplanationBenchmark.Subject
  ) {
    courses[subject, default: (insertion.shares, Sums())].sums
      .add([insertion.probabilities, deletion.probabilities])
  }

  /// Adds what is left of an item's probability without the shares of its cells.
  package mutating func add(
    _ removal: RemovalScore, shares: [Double], of subject: ExplanationBenchmark.Subject
  ) {
    removals[subject, default: (shares, Sums())].sums
      .add([removal.mostRelevantFirst, removal.leastRelevantFirst])
  }

  package func sweep(levels: [Int], subjects: [ExplanationBenchmark.Subject]) -> ThresholdSweep {
    ThresholdSweep(
      levels: levels,
      curves: subjects.compactMap { subject in
        drops[subject].map {
          ThresholdSweep.Curve(subject: subject, drops: $0.means[0], kept: $0.means[1])
        }
      },
      courses: subjects.compactMap { subject in
        courses[subject].map { shares, sums in
          ThresholdSweep.Course(
            subject: subject, shares: shares, insertion: sums.means[0], deletion: sums.means[1])
        }
      },
      removals: subjects.compactMap { subject in
        removals[subject].map { shares, sums in
          ThresholdSweep.Removal(
            subject: subject, shares: shares, mostRelevantFirst: sums.means[0],
            leastRelevantFirst: sums.means[1])
        }
      })
  }
}
