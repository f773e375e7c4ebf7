public import Files
import Foundation
public import Statistics

/// How far a model's probabilities can be taken at their word.
///
/// The confidence of a track is the probability of the label that the model chose. Confidences fall into bins of equal width;
/// in each the mean confidence is held against the share that was right. The order of the tracks changes nothing, not even
/// the last digit.
///
/// Sources: Naeini, Cooper and Hauskrecht 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning";
/// Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599; Brier 1950,
/// doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
public struct Calibration: Sendable, Codable, Hashable {
  /// The tracks whose confidence lies in one range.
  public struct Bin: Sendable, Codable, Hashable {
    /// The range is `low <= confidence < high`; the last one holds 1 too.
    public let low: Double
    public let high: Double
    /// Tracks in it.
    public let count: Int
    /// Those of them that were labelled right.
    public let correctCount: Int
    /// nil in an empty bin, as the next two.
    public let meanConfidence: Double?
    /// Share labelled right.
    public let accuracy: Double?
    /// 95 % interval of `accuracy`: over groups where the tracks have them, else Wilson's.
    public let interval: ConfidenceInterval?
  }

  /// Bins of equal width from 0 to 1, empty ones too.
  public let bins: [Bin]
  /// Number of tracks.
  public let count: Int
  /// Mean confidence of all tracks.
  public let meanConfidence: Double
  /// Share of all tracks labelled right.
  public let accuracy: Double
  /// `sum over bins of count / n * |accuracy - mean confidence|`.
  public let expectedCalibrationError: Double
  /// The largest `|accuracy - mean confidence|` of a bin with tracks. With few tracks in a bin it is mostly chance.
  public let maximumCalibrationError: Double
  /// Mean over tracks of `sum over labels of (p - [label is true])^2`: 0 to 2. scikit-learn's `brier_score_loss` of two labels
  /// is half of it, as is its score of several labels with `scale_by_half=True`.
  public let brierScore: Double
  /// Mean of -ln p(true label), as in ``ClassificationReport/logLoss``.
  public let logLoss: Double

  /// Measures predictions under the model's labels; nil where one of them has no probabilities.
  ///
  /// Confidences on an edge belong to the bin above it, as in NumPy's `histogram` and so in netcal's `ECE` and `MCE`; Guo et al. write
  /// the other side. Throws ``CodedError`` as ``ClassificationReport`` does. Traps for fewer than one bin.
  public init?(predictions: [Prediction], labels: [String], binCount: Int = 15) throws(CodedError) {
    demand(binCount > 0, "\(binCount) bins")
    guard !predictions.isEmpty else { throw CodedError(.empty, "no predictions to calibrate") }
    var index: [String: Int] = [:]
    for (position, label) in labels.enumerated() where index.updateValue(position, forKey: label) != nil {
      throw CodedError(.unknownLabel, "label “\(label)” appears twice")
    }
    var items: [Item] = []
    var (squares, losses): ([Double], [Double]) = ([], [])
    for prediction in predictions {
      try prediction.check(labels: labels)
      guard !prediction.probabilities.isEmpty else { return nil }
      // The check has found both labels.
      let (truth, chosen) = (index[prediction.label] ?? 0, index[prediction.predicted] ?? 0)
      let probabilities = prediction.probabilities
      items.append(
        Item(
          confidence: min(max(probabilities[chosen], 0), 1), isCorrect: truth == chosen,
          cluster: prediction.cluster))
      squares.append(Self.brier(probabilities, truth: truth))
      losses.append(ClassificationReport.loss(ofProbability: probabilities[truth]))
    }
    let total = Double(items.count)
    let isGrouped = predictions.contains { $0.group != nil }
    (count, bins) = (items.count, Self.bins(items, binCount: binCount, isGrouped: isGrouped))
    meanConfidence = items.map(\.confidence).orderlessSum / total
    accuracy = Double(items.count(where: \.isCorrect)) / total
    brierScore = squares.orderlessSum / total
    logLoss = losses.orderlessSum / total
    let gaps = bins.map { abs(($0.accuracy ?? 0) - ($0.meanConfidence ?? 0)) }
    expectedCalibrationError = zip(bins, gaps).reduce(0) { $0 + Double($1.0.count) / total * $1.1 }
    maximumCalibrationError = gaps.max() ?? 0
  }

  /// For example "The model claims 93.1 % on average and is right in 88.0 %; its confidence is off by 5.2 points."
  public var sentence: String {
    String(
      format:
        "The model claims %.1f %% on average and is right in %.1f %%; over the bins of confidence it is off by "
        + "%.1f points (expected calibration error).",
      100 * meanConfidence, 100 * accuracy, 100 * expectedCalibrationError)
  }

  private struct Item {
    let confidence: Double
    let isCorrect: Bool
    let cluster: String
  }

  /// `sum over labels of (p - [label is true])^2`.
  package static func brier(_ probabilities: [Double], truth: Int) -> Double {
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
            ? .wilson(members.map(\.isCorrect), groups: members.map(\.cluster))
            : .wilson(successes: right, count: members.count))
    }
  }
}
