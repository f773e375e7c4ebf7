public import Files
import Foundation

/// A single number that calibrates a model's probabilities: the softmax of its logits divided by a temperature.
///
/// The temperature T makes the mean of `-ln softmax(z / T)[true label]` smallest. Since `ln p` differs from the logits z by the
/// same number for all labels, it is fitted on probabilities alone. The order of labels is preserved: no prediction changes.
/// Above 1, the model was overconfident. If it is fitted on several windows per recording, the mean is over recordings, and for
/// each over its windows, so all recordings weigh the same. Fit it on tracks that the model was not fitted to (the validation
/// split), and keep it only if ``TemperatureTrial`` shows that it helps on tracks to which it was not fitted.
///
/// Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599, section 4.2.
public struct TemperatureScaling: Sendable, Codable, Hashable {
  /// The quality of the probabilities before or after.
  public struct Figures: Sendable, Codable, Hashable {
    /// Mean of -ln p(true label) in nats.
    public let logLoss: Double
    /// In 15 bins of the largest probability; see ``Calibration/expectedCalibrationError``.
    public let expectedCalibrationError: Double
    /// See ``Calibration/brierScore``.
    public let brierScore: Double
  }

  /// T: logits are divided by it.
  public let temperature: Double
  /// Whether the fit ended at a limit of ``bounds``: tracks that are all labelled correctly call for a temperature of 0, a model
  /// worse than chance for an infinite one. Such a temperature means little.
  public let isAtBound: Bool
  /// Number of tracks it was fitted on, however many windows each had.
  public let count: Int
  /// Measured on the tracks it was fitted on.
  public let before: Figures
  public let after: Figures

  /// Range of temperatures considered.
  public static let bounds = 0.01...100.0
  /// Probabilities below it are replaced by it: the smallest positive single-precision number, the format in which networks
  /// compute.
  public static let floor = 0x1p-149

  /// Fits on probabilities `[track][class]`, or `[window][class]`, and the indices of the true classes.
  ///
  /// - Parameter recordings: for each window the index of its recording; nil if each row is a track.
  ///
  /// The loss is convex in 1/T: Newton's steps on its derivative, with bisection where they leave the bracket, until the relative
  /// change of 1/T is below 1e-13. Throws ``CodedError`` for no tracks, rows that do not fit, and numbers outside 0 and 1. Traps
  /// unless there is one recording for each row.
  public init(
    probabilities: [[Double]], labels: [Int], recordings: [Int]? = nil
  ) throws(CodedError) {
    try NumberRows.check(probabilities: probabilities, labels: labels)
    demand(
      recordings.map { $0.count == labels.count } ?? true, "one recording for each of \(labels.count) windows"
    )
    let rows = probabilities.map(Self.logarithms)
    let weights = Self.weights(recordings ?? Array(rows.indices))
    let (inverse, isAtBound) = Self.fit(rows, labels, weights)
    (temperature, self.isAtBound, count) = (
      1 / inverse, isAtBound, Set(recordings ?? Array(rows.indices)).count
    )
    before = Self.figures(rows, labels, weights, inverses: rows.map { _ in 1 })
    after = Self.figures(rows, labels, weights, inverses: rows.map { _ in inverse })
  }

  /// Of n windows of a recording each weighs 1/n.
  static func weights(_ recordings: [Int]) -> [Double] {
    let counts = recordings.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    return recordings.map { 1 / Double(counts[$0] ?? 1) }
  }

  private static func mean(_ values: [Double], _ weights: [Double]) -> Double {
    zip(values, weights).map { $0 * $1 }.orderlessSum / weights.orderlessSum
  }

  /// The probabilities at this temperature, `p^(1/T)` scaled to the sum 1.
  public func apply(to probabilities: [Double]) -> [Double] {
    softmax(Self.logarithms(probabilities), inverseTemperature: 1 / temperature)
  }

  /// Reads one; throws if the temperature is not a positive number.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    temperature = try values.decode(Double.self, forKey: .temperature)
    isAtBound = try values.decode(Bool.self, forKey: .isAtBound)
    count = try values.decode(Int.self, forKey: .count)
    before = try values.decode(Figures.self, forKey: .before)
    after = try values.decode(Figures.self, forKey: .after)
    guard Self.bounds.contains(temperature) else {
      throw DecodingError.dataCorruptedError(
        forKey: .temperature, in: values,
        debugDescription: "temperature \(temperature) outside \(Self.bounds)")
    }
  }
}

extension TemperatureScaling {
  static func logarithms(_ probabilities: [Double]) -> [Double] {
    probabilities.map { log(max($0, floor)) }
  }

  /// First and second derivative of the mean loss by the inverse temperature: with `q = softmax(inverse z)` the means of
  /// `E_q[z] - z[true]` and of `Var_q[z]`.
  private static func derivatives(
    _ rows: [[Double]], _ labels: [Int], _ weights: [Double], _ inverse: Double
  ) -> (first: Double, second: Double) {
    var (first, second): ([Double], [Double]) = ([], [])
    for (row, label) in zip(rows, labels) {
      let shares = softmax(row, inverseTemperature: inverse)
      let mean = zip(shares, row).reduce(0) { $0 + $1.0 * $1.1 }
      first.append(mean - row[label])
      second.append(zip(shares, row).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) })
    }
    return (Self.mean(first, weights), Self.mean(second, weights))
  }

  /// The inverse temperature with the smallest loss, and whether it is one of the ends.
  static func fit(
    _ rows: [[Double]], _ labels: [Int], _ weights: [Double]
  ) -> (inverse: Double, isAtBound: Bool) {
    var (low, high) = (1 / bounds.upperBound, 1 / bounds.lowerBound)
    if derivatives(rows, labels, weights, low).first >= 0 { return (low, true) }
    if derivatives(rows, labels, weights, high).first <= 0 { return (high, true) }
    var inverse = 1.0
    for _ in 0..<200 {
      let (first, second) = derivatives(rows, labels, weights, inverse)
      // The best one, to the last digit: no step may leave it.
      if first == 0 { break }
      if first > 0 { high = inverse } else { low = inverse }
      let newton = inverse - first / second
      if abs(newton - inverse) <= 1e-13 * inverse { break }
      // The geometric middle, since the bracket spans four powers of ten.
      inverse = newton > low && newton < high ? newton : (low * high).squareRoot()
    }
    return (inverse, false)
  }

  /// `-ln softmax(inverse * logits)[label]`, by the logits: it has digits where the probability has none left.
  static func loss(_ row: [Double], _ label: Int, inverse: Double) -> Double {
    let largest = row.max() ?? 0
    let sum = row.reduce(0) { $0 + exp(inverse * ($1 - largest)) }
    return log(sum) - inverse * (row[label] - largest)
  }

  /// Each row at an inverse temperature of its own.
  static func figures(
    _ rows: [[Double]], _ labels: [Int], _ weights: [Double], inverses: [Double]
  ) -> Figures {
    var (losses, squares): ([Double], [Double]) = ([], [])
    var items: [(confidence: Double, isCorrect: Bool, weight: Double)] = []
    for (index, row) in rows.enumerated() {
      let shares = softmax(row, inverseTemperature: inverses[index])
      losses.append(loss(row, labels[index], inverse: inverses[index]))
      squares.append(Calibration.brier(shares, truth: labels[index]))
      let chosen = shares.indices.max { shares[$0] < shares[$1] } ?? 0
      items.append((shares[chosen], chosen == labels[index], weights[index]))
    }
    return Figures(
      logLoss: mean(losses, weights), expectedCalibrationError: Calibration.expectedError(items),
      brierScore: mean(squares, weights))
  }
}
