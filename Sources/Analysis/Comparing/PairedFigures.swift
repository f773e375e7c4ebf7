/// Figures of two models on the same tracks, and the same figures of resamples of these tracks.
struct PairedFigures {
  let accuracy: PredictionComparison.Figure
  let genres: [PredictionComparison.GenreChange]

  /// Stream of the resamples.
  private static let stream: UInt64 = 0xC0BA

  /// Pairs in an order that does not hang on where they came from, each with one label.
  init(_ pairs: [TrackMatching.Pair], labels: [String], bootstrap: Bootstrap) {
    let rows = pairs.map { Self.row($0, labels: labels) }
    // The prefix keeps a group named like a path apart from it.
    let groups = pairs.map { pair in (pair.a.group ?? pair.b.group).map { "g" + $0 } ?? "t" + pair.a.path }
    let resamples = bootstrap.means(ofRows: rows, groups: groups, stream: Self.stream)
    let totals = rows[0].indices.map { column in rows.reduce(0) { $0 + $1[column] } }
    func figure(_ value: (_ sums: [Double], _ model: Int) -> Double) -> PredictionComparison.Figure {
      let (a, b) = (value(totals, 0), value(totals, 1))
      let differences = resamples.map { value($0, 1) - value($0, 0) }
      let interval = Bootstrap.interval(ofResamples: differences)
      return .init(a: a, b: b, difference: Estimate(mean: b - a, interval: interval))
    }
    accuracy = figure { Self.ratio($0[$1], $0[2]) }
    genres = labels.enumerated().compactMap { index, label in
      let start = 3 + 5 * index
      let own = pairs.filter { $0.a.label == label }
      guard !own.isEmpty || pairs.contains(where: { $0.a.predicted == label || $0.b.predicted == label })
      else { return nil }
      return PredictionComparison.GenreChange(
        label: label, support: own.count,
        precision: figure { Self.ratio($0[start + 1 + $1], $0[start + 3 + $1]) },
        recall: figure { Self.ratio($0[start + 1 + $1], $0[start]) },
        f1: figure { Self.ratio(2 * $0[start + 1 + $1], $0[start] + $0[start + 3 + $1]) },
        fixedCount: own.count { !$0.a.isCorrect && $0.b.isCorrect },
        brokenCount: own.count { $0.a.isCorrect && !$0.b.isCorrect })
    }
  }

  /// What a track adds: right in A, right in B, itself; then for each label: has it, hit by A, by B, chosen by A, by B.
  private static func row(_ pair: TrackMatching.Pair, labels: [String]) -> [Double] {
    let number = { (flag: Bool) in flag ? 1.0 : 0.0 }
    let (a, b) = pair
    return [number(a.isCorrect), number(b.isCorrect), 1]
      + labels.flatMap { label in
        [
          number(a.label == label), number(a.label == label && a.isCorrect),
          number(b.label == label && b.isCorrect), number(a.predicted == label), number(b.predicted == label),
        ]
      }
  }

  /// 0 where there is nothing to divide by, as in ``ClassificationReport``.
  private static func ratio(_ above: Double, _ below: Double) -> Double { below == 0 ? 0 : above / below }
}
