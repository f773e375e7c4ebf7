public import Files
import Foundation

/// How well a model's probabilities are calibrated, measured on tracks or anything else that has a true class.
///
/// The confidence of a track is the probability of the label that the model chose. Confidences fall into bins of equal width; in
/// each, the mean confidence is compared with the share that was right. The order of the tracks changes nothing, not even the
/// last digit.
///
/// Sources: Naeini, Cooper and Hauskrecht 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning";
/// Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599; Brier 1950,
/// doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
public struct Calibration: Sendable, Codable, Hashable {
  /// The tracks whose confidence is in one range.
  public struct Bin: Sendable, Codable, Hashable {
    /// The range is `low <= confidence < high`; the last bin includes 1.
    public let low: Double
    public let high: Double
    /// Number of tracks in the bin.
    public let count: Int
    /// Number of those that were labelled correctly.
    public let correctCount: Int
    /// nil for an empty bin, like the next two.
    public let meanConfidence: Double?
    /// Share labelled correctly.
    public let accuracy: Double?
    /// 95 % interval of `accuracy`: over groups if the tracks have them, otherwise Wilson's.
    public let interval: ConfidenceInterval?
  }

  /// Bins of equal width from 0 to 1, including empty ones.
  public let bins: [Bin]
  /// Number of tracks.
  public let count: Int
  /// Mean confidence of all tracks.
  public let meanConfidence: Double
  /// Share of all tracks labelled correctly.
  public let accuracy: Double
  /// `sum over bins of count / n * |accuracy - mean confidence|`.
  public let expectedCalibrationError: Double
  /// The largest `|accuracy - mean confidence|` of a bin with tracks. With few tracks in a bin it is mostly noise.
  public let maximumCalibrationError: Double
  /// Mean over tracks of `sum over labels of (p - [label is true])^2`: 0 to 2. scikit-learn's `brier_score_loss` of two labels
  /// is half of it, as is its score of several labels with `scale_by_half=True`.
  public let brierScore: Double
  /// Mean of -ln p(true label), with p clipped to within 2.2e-16 of 0 and 1.
  public let logLoss: Double

  /// - Parameters:
  ///   - probabilities: `[track][class]`.
  ///   - labels: indices of the true classes.
  ///   - chosen: indices of the classes that the model chose; they need not be the most probable ones.
  ///   - groups: for each track the group on which it depends (its artist); nil if tracks are independent.
  ///
  /// Confidences on an edge belong to the bin above it, as in NumPy's `histogram` and therefore in netcal's `ECE` and `MCE`; Guo
  /// et al. put them in the bin below. Throws ``CodedError`` for no tracks, rows that do not fit, and numbers outside 0 and 1.
  /// Traps for fewer than one bin, and unless there is one chosen class, and one group, for each track.
  public init(
    probabilities: [[Double]], labels: [Int], chosen: [Int], groups: [String]? = nil, binCount: Int = 15
  ) throws(CodedError) {
    demand(binCount > 0, "\(binCount) bins")
    demand(
      chosen.count == labels.count && groups?.count ?? labels.count == labels.count,
      "\(chosen.count) chosen classes and \(groups?.count ?? labels.count) groups for \(labels.count) tracks")
    try NumberRows.check(probabilities: probabilities, labels: labels)
    let items = labels.indices.map { index in
      Item(
        confidence: min(max(probabilities[index][chosen[index]], 0), 1),
        isCorrect: labels[index] == chosen[index], group: groups?[index] ?? "")
    }
    let rows = zip(probabilities, labels)
    let total = Double(items.count)
    (count, bins) = (items.count, Self.bins(items, binCount: binCount, isGrouped: groups != nil))
    meanConfidence = items.map(\.confidence).orderlessSum / total
    accuracy = Double(items.count(where: \.isCorrect)) / total
    brierScore = rows.map { Self.brier($0, truth: $1) }.orderlessSum / total
    logLoss = rows.map { Self.loss(ofProbability: $0[$1]) }.orderlessSum / total
    let gaps = bins.map { abs(($0.accuracy ?? 0) - ($0.meanConfidence ?? 0)) }
    expectedCalibrationError = zip(bins, gaps).reduce(0) { $0 + Double($1.0.count) / total * $1.1 }
    maximumCalibrationError = gaps.max() ?? 0
  }

  private struct Item {
    let confidence: Double
    let isCorrect: Bool
    let group: String
  }

  /// -ln p, p kept within 2.2e-16 of 0 and 1.
  package static func loss(ofProbability probability: Double) -> Double {
    let epsilon = Double.ulpOfOne
    return -log(min(max(probability, epsilon), 1 - epsilon))
  }

  /// `sum over labels of (p - [label is true])^2`.
  static func brier(_ probabilities: [Double], truth: Int) -> Double {
    probabilities.enumerated().reduce(0) { sum, item in
      let difference = item.element - (item.offset == truth ? 1 : 0)
      return sum + difference * difference
    }
  }

  /// ``expectedCalibrationError`` of items that do not all weigh the same: in place of counts are sums of weights.
  static func expectedError(
    _ items: [(confidence: Double, isCorrect: Bool, weight: Double)], binCount: Int = 15
  ) -> Double {
    let edges = edges(binCount)
    let total = items.map(\.weight).orderlessSum
    let members = Dictionary(grouping: items) { bin(of: min(max($0.confidence, 0), 1), edges) }
    return members.sorted { $0.key < $1.key }.reduce(0) { sum, members in
      let weight = members.value.map(\.weight).orderlessSum
      let right = members.value.map { $0.isCorrect ? $0.weight : 0 }.orderlessSum
      let confidence = members.value.map { $0.weight * min(max($0.confidence, 0), 1) }.orderlessSum
      return sum + weight / total * abs(right / weight - confidence / weight)
    }
  }

  /// NumPy's linspace: the edges are multiples of the width, the last one is 1.
  private static func edges(_ binCount: Int) -> [Double] {
    (0..<binCount).map { Double($0) * (1 / Double(binCount)) } + [1]
  }

  private static func bin(of confidence: Double, _ edges: [Double]) -> Int {
    let binCount = edges.count - 1
    var bin = min(Int(confidence / (1 / Double(binCount))), binCount - 1)
    // The division may round across an edge.
    while bin > 0, confidence < edges[bin] { bin -= 1 }
    while bin < binCount - 1, confidence >= edges[bin + 1] { bin += 1 }
    return bin
  }

  private static func bins(_ items: [Item], binCount: Int, isGrouped: Bool) -> [Bin] {
    let edges = edges(binCount)
    var members = [[Item]](repeating: [], count: binCount)
    for item in items { members[bin(of: item.confidence, edges)].append(item) }
    return members.enumerated().map { place, members in
      let right = members.count(where: \.isCorrect)
      let isEmpty = members.isEmpty
      let count = Double(members.count)
      return Bin(
        low: edges[place], high: edges[place + 1], count: members.count, correctCount: right,
        meanConfidence: isEmpty ? nil : members.map(\.confidence).orderlessSum / count,
        accuracy: isEmpty ? nil : Double(right) / count,
        interval: isEmpty
          ? nil
          : isGrouped
            ? .wilson(members.map(\.isCorrect), groups: members.map(\.group))
            : .wilson(successes: right, count: members.count))
    }
  }
}
