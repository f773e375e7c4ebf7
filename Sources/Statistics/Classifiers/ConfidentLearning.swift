public import Files

/// Which given labels are likely to be wrong, judged by a classifier that has not seen the track.
///
/// A track counts as truly belonging to a class if its probability reaches the mean self-confidence of that class. Counts by
/// given and true class, scaled to the given labels, estimate how often each label is wrong; that many tracks, those most like
/// another class, are candidates. The numbers match cleanlab's.
///
/// Source: Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
/// doi:10.1613/jair.1.12125.
public struct ConfidentLearning: Sendable, Hashable {
  /// How candidates are chosen; named as cleanlab's `filter_by`.
  public enum Filter: String, Sendable, Codable, CaseIterable {
    /// For each pair of given and other class, the tracks with the largest margin towards the other one.
    case pruneByNoiseRate = "prune_by_noise_rate"
    /// For each given class, the tracks with the lowest self-confidence.
    case pruneByClass = "prune_by_class"
    /// The tracks that both methods choose.
    case both
    /// The tracks that were counted as another class than the given one.
    case confidentLearning = "confident_learning"
  }

  /// Mean probability of each class over the tracks with that label; nil for a class without tracks.
  public let thresholds: [Double?]
  /// Counts of tracks by given class (row) and true class (column), at least 1 on the diagonal.
  public let counts: [[Int]]
  /// The same, scaled so that each row sums to the number of tracks with that label.
  public let joint: [[Int]]
  /// Estimated share of given label i (row) among tracks truly of class j (column).
  public let noiseRates: [[Double]]
  /// Estimated share of true class j (row) among tracks given label i (column).
  public let inverseNoiseRates: [[Double]]
  private let labels: [Int]
  private let probabilities: [[Double]]
  /// The class each track was counted as; nil where no probability reaches its threshold.
  private let confidentClasses: [Int?]

  /// - Parameters:
  ///   - labels: indices of the given classes.
  ///   - probabilities: `[track][class]`, of a classifier that was not fitted to the track.
  ///
  /// Throws ``CodedError`` for no tracks, rows that do not fit, and numbers outside 0 and 1.
  public init(labels: [Int], probabilities: [[Double]]) throws(CodedError) {
    try NumberRows.check(probabilities: probabilities, labels: labels)
    (self.labels, self.probabilities) = (labels, probabilities)
    let classes = probabilities[0].indices
    let thresholds: [Double?] = classes.map { label in
      let own = zip(labels, probabilities).filter { $0.0 == label }.map { $0.1[label] }
      return own.isEmpty ? nil : max(own.orderlessSum / Double(own.count), Self.leastThreshold)
    }
    let confident = probabilities.map { Self.confidentClass($0, thresholds: thresholds) }
    var counts = classes.map { _ in classes.map { _ in 0 } }
    for (label, other) in zip(labels, confident) { if let other { counts[label][other] += 1 } }
    for label in classes { counts[label][label] = max(1, counts[label][label]) }
    (self.thresholds, confidentClasses, self.counts) = (thresholds, confident, counts)
    joint = Self.calibrated(counts, labelCounts: classes.map { label in labels.count { $0 == label } })
    let joint = joint
    noiseRates = joint.map { row in
      row.indices.map { column in Self.share(row[column], of: joint.reduce(0) { $0 + $1[column] }) }
    }
    inverseNoiseRates = classes.map { truth in
      joint.map { Self.share($0[truth], of: $0.reduce(0, +)) }
    }
  }

  /// Estimated number of tracks with a wrong label: the sum off the diagonal of ``joint``.
  public var estimatedErrorCount: Int {
    joint.indices.reduce(0) { sum, row in sum + joint[row].reduce(0, +) - joint[row][row] }
  }

  /// Probability of each track's given label.
  public var selfConfidences: [Double] { zip(labels, probabilities).map { $1[$0] } }

  /// `(p(given) - largest other p + 1) / 2`: 0 to 1, below a half if another class is more likely.
  public var margins: [Double] {
    zip(labels, probabilities).map { label, row in
      let other = row.indices.filter { $0 != label }.map { row[$0] }.max() ?? 0
      return (row[label] - other + 1) / 2
    }
  }

  /// Positions of the tracks for which another class is more likely than the given one (by more than 1e-6).
  public var doubtful: [Int] { labels.indices.filter { !isLikeliest($0) } }

  /// Positions of the tracks whose label is likely wrong, in order of position.
  ///
  /// All of them are ``doubtful``. Among equal margins the first in order is chosen.
  public func candidates(_ filter: Filter = .pruneByNoiseRate) -> [Int] {
    let chosen: Set<Int> =
      switch filter {
      case .pruneByNoiseRate: prunedByNoiseRate()
      case .pruneByClass: prunedByClass()
      case .both: prunedByNoiseRate().intersection(prunedByClass())
      case .confidentLearning:
        Set(labels.indices.filter { confidentClasses[$0] != nil && confidentClasses[$0] != labels[$0] })
      }
    return chosen.filter { !isLikeliest($0) }.sorted()
  }
}

extension ConfidentLearning {
  /// cleanlab's lower bound of a threshold.
  private static let leastThreshold = 2e-6
  /// What is as good as equal to cleanlab.
  private static let slack = 1e-6

  private static func share(_ part: Int, of whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }

  /// The one class that reaches its threshold; of several the likeliest of all classes.
  private static func confidentClass(_ row: [Double], thresholds: [Double?]) -> Int? {
    let reaching = row.indices.filter { label in
      thresholds[label].map { row[label] >= $0 - slack } ?? false
    }
    return reaching.count > 1 ? likeliest(row) : reaching.first
  }

  private static func likeliest(_ row: [Double]) -> Int {
    row.indices.max { row[$0] < row[$1] } ?? 0
  }

  private func isLikeliest(_ track: Int) -> Bool {
    var row = probabilities[track]
    row[labels[track]] += Self.slack
    return Self.likeliest(row) == labels[track]
  }

  /// Scales rows to the numbers of given labels, then all to their sum, and rounds.
  private static func calibrated(_ counts: [[Int]], labelCounts: [Int]) -> [[Int]] {
    let scaled = zip(counts, labelCounts).map { row, count in
      let sum = Double(row.reduce(0, +))
      return row.map { Double($0) / sum * Double(count) }
    }
    let total = scaled.joined().reduce(0, +)
    let wanted = Double(labelCounts.reduce(0, +))
    return scaled.map { row in roundedKeepingSum(row.map { $0 / total * wanted }) }
  }

  /// Whole numbers with the sum of the row: those furthest from their rounded value are moved by one.
  static func roundedKeepingSum(_ row: [Double]) -> [Int] {
    var rounded = row.map { $0.rounded(.toNearestOrEven) }
    var missing = Int(row.reduce(0, +).rounded(.toNearestOrEven) - rounded.reduce(0, +))
    while missing != 0 {
      let ascending = row.indices.sorted { row[$0] - rounded[$0] < row[$1] - rounded[$1] }
      let order = missing > 0 ? ascending.reversed() : ascending
      for index in order.prefix(abs(missing)) { rounded[index] += missing > 0 ? 1 : -1 }
      missing = Int(row.reduce(0, +).rounded(.toNearestOrEven) - rounded.reduce(0, +))
    }
    return rounded.map { Int($0) }
  }

  /// How many tracks of given class `i` to prune for true class `j`, `[i][j]`, at least one track left in each class.
  ///
  /// The diagonal of ``joint`` is raised to 1 where it is 0, evenly at the cost of the row's other counts; then rows of the
  /// transposed table are rounded, which whole numbers pass unchanged.
  private func pruneCounts() -> [[Int]] {
    let table = joint.enumerated().map { label, row in
      let missing = Double(max(row[label], 1) - row[label])
      let others = max(Double(row.count { $0 != 0 }) - 1, 1)
      return row.enumerated().map { other, count in
        other == label ? max(count, 1) : Int(max(0, Double(count) - missing / others))
      }
    }
    return table
  }

  private func prunedByNoiseRate() -> Set<Int> {
    var chosen: Set<Int> = []
    for (label, row) in pruneCounts().enumerated() {
      let own = labels.indices.filter { labels[$0] == label }
      guard own.count > 1 else { continue }
      for (other, count) in row.enumerated() where other != label && count > 0 {
        let margin = { (track: Int) in probabilities[track][other] - probabilities[track][label] }
        chosen.formUnion(own.sorted { margin($0) > margin($1) }.prefix(count))
      }
    }
    return chosen
  }

  private func prunedByClass() -> Set<Int> {
    var chosen: Set<Int> = []
    for (label, row) in pruneCounts().enumerated() {
      let own = labels.indices.filter { labels[$0] == label }
      guard own.count > 1 else { continue }
      let ascending = own.sorted { probabilities[$0][label] < probabilities[$1][label] }
      chosen.formUnion(ascending.prefix(max(0, own.count - row[label])))
    }
    return chosen
  }
}
