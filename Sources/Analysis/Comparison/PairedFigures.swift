import Statistics
import Tensors

/// Figures of two models on the same tracks, and the same figures of resamples of these tracks.
struct PairedFigures {
  let accuracy: PredictionComparison.Figure
  let genres: [PredictionComparison.GenreChange]

  /// Stream of the resamples.
  private static let stream: UInt64 = 0xC0BA

  /// Pairs in an order that does not hang on where they came from, each with one label.
  init(_ pairs: [TrackMatching.Pair], labels: [String], bootstrap: Bootstrap) {
    let places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    let width = 3 + 5 * labels.count
    let columns = pairs.map { Self.columns($0, places: places) }
    let totals = Self.sums(columns, width: width)
    let resamples = Self.resamples(columns, pairs, width: width, bootstrap: bootstrap)
    func figure(_ value: (_ sums: [Double], _ model: Int) -> Double) -> PredictionComparison.Figure {
      let (a, b) = (value(totals, 0), value(totals, 1))
      let differences = resamples.map { value($0, 1) - value($0, 0) }
      let interval = Bootstrap.interval(ofResamples: differences)
      return .init(a: a, b: b, difference: Estimate(mean: b - a, interval: interval))
    }
    accuracy = figure { Self.ratio($0[1 + $1], $0[0]) }
    genres = labels.enumerated().compactMap { index, label in
      let start = 3 + 5 * index
      let own = pairs.filter { $0.a.label == label }
      guard !own.isEmpty else { return nil }
      return PredictionComparison.GenreChange(
        label: label, support: own.count,
        precision: figure { Self.ratio($0[start + 1 + $1], $0[start + 3 + $1]) },
        recall: figure { Self.ratio($0[start + 1 + $1], $0[start]) },
        f1: figure { Self.ratio(2 * $0[start + 1 + $1], $0[start] + $0[start + 3 + $1]) },
        fixedCount: own.count { !$0.a.isCorrect && $0.b.isCorrect },
        brokenCount: own.count { $0.a.isCorrect && !$0.b.isCorrect })
    }
  }

  /// Where a track counts one: itself, right in A, right in B; then for each label: has it, hit by A, by B, chosen by A, by
  /// B.
  private static func columns(_ pair: TrackMatching.Pair, places: [String: Int]) -> [Int] {
    let start = { (label: String) in 3 + 5 * (places[label] ?? 0) }
    let (a, b) = pair
    var columns = [0, start(a.label), start(a.predicted) + 3, start(b.predicted) + 4]
    if a.isCorrect { columns += [1, start(a.label) + 1] }
    if b.isCorrect { columns += [2, start(b.label) + 2] }
    return columns
  }

  private static func sums(_ columns: [[Int]], width: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: width)
    for column in columns.joined() { sums[column] += 1 }
    return sums
  }

  /// The sums of resamples of whole groups, drawn as ``Bootstrap`` draws them; none for fewer than two groups.
  private static func resamples(
    _ columns: [[Int]], _ pairs: [TrackMatching.Pair], width: Int, bootstrap: Bootstrap
  ) -> [[Double]] {
    var places: [String: Int] = [:]
    var members: [[Int]] = []
    for (pair, own) in zip(pairs, columns) {
      let name = TrackMatching.cluster(pair)
      if let place = places[name] {
        members[place] += own
      } else {
        places[name] = members.count
        members.append(own)
      }
    }
    guard members.count > 1 else { return [] }
    var generator = SeededGenerator(seed: bootstrap.seed, stream: stream)
    return (0..<bootstrap.resampleCount).map { _ in
      var sums = [Double](repeating: 0, count: width)
      for _ in members.indices {
        for column in members[generator.index(below: members.count)] { sums[column] += 1 }
      }
      return sums
    }
  }

  /// 0 where there is nothing to divide by, as in ``ClassificationReport``.
  private static func ratio(_ above: Double, _ below: Double) -> Double { below == 0 ? 0 : above / below }
}
