public import Files
import Foundation

/// Multinomial logistic regression with an L2 penalty: a simple classifier on a table of numbers, fitted in seconds.
///
/// With columns standardised it minimises
///
///     |W|^2 / 2 + C sum over rows of -ln softmax(W x + b)[label]
///
/// (for two labels, `|w|^2 / 2` of their difference `w`; b is not penalised): the objective of scikit-learn's
/// `LogisticRegression` after a `StandardScaler`. The same rows in any order give the same weights, to the last digit.
public struct LinearClassifier: Sendable, Codable, Hashable {
  /// Number of classes; labels are indices below it.
  public let classCount: Int
  /// The scaling applied to a row first.
  public let scaling: ColumnScaling
  /// `[column][class]`.
  public let weights: [[Double]]
  /// For each class; those of classes without rows are far below the others.
  public let biases: [Double]
  /// Number of L-BFGS steps made.
  public let stepCount: Int
  /// Largest remaining gradient component of the mean objective.
  public let largestSlope: Double

  /// Fits `[row][column]` to the index of each row's class.
  ///
  /// - Parameters:
  ///   - inversePenalty: C, the inverse of the penalty's strength, as in scikit-learn.
  ///   - tolerance: the fit ends when no gradient component of the objective, divided by C and the number of rows, is larger.
  ///
  /// Throws ``CodedError`` for no rows, shapes that do not fit, values that are not finite, and labels that are not a class.
  /// Classes without a row get probability 0. Cost: about `4 rows columns classes` multiplications for each of 50 to 300 steps.
  /// Traps unless `inversePenalty` and `tolerance` are positive.
  public init(
    rows: [[Double]], labels: [Int], classCount: Int, inversePenalty: Double = 1, tolerance: Double = 1e-9,
    maximumSteps: Int = 1000
  ) throws(CodedError) {
    demand(
      inversePenalty > 0 && tolerance > 0, "inverse penalty \(inversePenalty), tolerance \(tolerance)")
    try NumberRows.check(rows, count: labels.count)
    for label in labels where label < 0 || label >= classCount {
      throw CodedError(.unknownLabel, "label \(label) of \(classCount) classes")
    }
    let scaling = try ColumnScaling(rows: rows)
    let present = Set(labels).sorted()
    let order = NumberRows.canonicalOrder(rows, keys: labels)
    let places = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($1, $0) })
    // Of two classes only the difference is penalised: each has half of it.
    let decay = (present.count == 2 ? 2.0 : 1.0) / (inversePenalty * Double(rows.count))
    let objective = LogisticObjective(
      rows: order.map { scaling.apply(to: rows[$0]) }, labels: order.map { places[labels[$0]] ?? 0 },
      classCount: present.count, decay: decay)
    var search = QuasiNewton(dimension: objective.parameterCount)
    search.minimize(tolerance: tolerance, maximumSteps: maximumSteps, objective.evaluate)
    self.scaling = scaling
    self.classCount = classCount
    (stepCount, largestSlope) = (search.stepCount, search.largestSlope)
    let columnCount = rows[0].count
    var weights = [[Double]](
      repeating: [Double](repeating: 0, count: classCount), count: columnCount)
    var biases = [Double](repeating: -1e300, count: classCount)
    for (place, label) in present.enumerated() {
      for column in 0..<columnCount { weights[column][label] = search.point[column * present.count + place] }
      biases[label] = search.point[columnCount * present.count + place]
    }
    (self.weights, self.biases) = (weights, biases)
  }

  /// Probability of each class. Traps unless the row has the length of those it was fitted on.
  public func probabilities(of row: [Double]) -> [Double] {
    var logits = biases
    for (value, weights) in zip(scaling.apply(to: row), weights) {
      for index in logits.indices { logits[index] += value * weights[index] }
    }
    let largest = logits.max() ?? 0
    let shares = logits.map { exp($0 - largest) }
    let sum = shares.reduce(0, +)
    return shares.map { $0 / sum }
  }

  /// Reads one; throws if the weights do not fit.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    classCount = try values.decode(Int.self, forKey: .classCount)
    scaling = try values.decode(ColumnScaling.self, forKey: .scaling)
    weights = try values.decode([[Double]].self, forKey: .weights)
    biases = try values.decode([Double].self, forKey: .biases)
    stepCount = try values.decode(Int.self, forKey: .stepCount)
    largestSlope = try values.decode(Double.self, forKey: .largestSlope)
    let count = classCount
    guard biases.count == count, weights.count == scaling.means.count,
      weights.allSatisfy({ $0.count == count })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .weights, in: values, debugDescription: "weights that do not fit the columns and classes")
    }
  }
}
