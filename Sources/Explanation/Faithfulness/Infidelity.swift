import Files
public import Tensors

/// How badly a map predicts the effect of removing parts of the input.
///
/// Rectangles are replaced by the baseline. A map predicts that the score falls by its sum over the rectangle; it actually falls
/// by d. **Infidelity** = mean of (b s - d)^2, s the map's sum, b the best-fitting scale: maps of the CAM family have no unit,
/// and the paper allows the scale (Captum's `normalize=True`). Divided by the mean of d^2 it is the **share** of the change that
/// the map does not explain: 0 for a perfect map, 1 for one that predicts nothing.
///
/// The paper's inner product of perturbation and gradient becomes a sum over cells because the maps here are already evidence per
/// cell (Captum: `multiply_by_inputs`). Lower is better. A negative b, from a map that points the wrong way, is not allowed and
/// counts as b = 0.
///
/// Source: Yeh et al., "On the (In)fidelity and Sensitivity of Explanations", NeurIPS 2019, arXiv:1901.09392.
public struct Infidelity: Sendable, Hashable, Codable {
  /// The best scale b, at least 0.
  public let scale: Double
  /// mean of (b s - d)^2, in squared units of the score.
  public let value: Double
  /// ``value`` / mean of d^2, 0 to 1; nil if no perturbation changed the score.
  public let share: Double?

  /// - Parameters:
  ///   - predicted: s, the map's sum over each perturbed part.
  ///   - actual: d, the score on the input minus that on the perturbed input.
  /// Traps on different lengths.
  public init(predicted: [Double], actual: [Double]) {
    demand(predicted.count == actual.count, "\(predicted.count) sums, \(actual.count) changes")
    let product = zip(predicted, actual).reduce(0) { $0 + $1.0 * $1.1 }
    let square = predicted.reduce(0) { $0 + $1 * $1 }
    let scale = square > 0 ? max(0, product / square) : 0
    let count = Double(actual.count)
    let value = zip(predicted, actual).reduce(0) { sum, pair in
      let error = scale * pair.0 - pair.1
      return sum + error * error
    }
    let total = actual.reduce(0) { $0 + $1 * $1 }
    self.scale = scale
    self.value = value / count
    share = total > 0 ? min(1, value / total) : nil
  }
}

/// A rectangle of cells.
public struct CellRectangle: Sendable, Hashable {
  public let rows: Range<Int>
  public let columns: Range<Int>

  public init(rows: Range<Int>, columns: Range<Int>) {
    (self.rows, self.columns) = (rows, columns)
  }

  /// Stream of the seeded generator that ``random(count:in:seed:)`` draws from.
  static let stream: UInt64 = 0x1FD1

  /// Rectangles in a map `[F, T]`: each side uniform from 1 to half of the map's, with a uniform position.
  public static func random(count: Int, in shape: Shape, seed: UInt64) -> [CellRectangle] {
    var generator = SeededGenerator(seed: seed, stream: stream)
    func range(in extent: Int) -> Range<Int> {
      let length = 1 + generator.index(below: max(1, extent / 2))
      let start = generator.index(below: extent - length + 1)
      return start..<start + length
    }
    return (0..<count).map { _ in
      let rows = range(in: shape[0])
      return CellRectangle(rows: rows, columns: range(in: shape[1]))
    }
  }

  /// Sum of a map's values inside.
  public func sum(of map: Tensor) -> Double {
    let width = map.shape[1]
    let values = map.values.span
    var sum = 0.0
    for row in rows {
      for cell in row * width + columns.lowerBound..<row * width + columns.upperBound {
        sum += Double(values[cell])
      }
    }
    return sum
  }

  /// A mask with 0 inside and 1 outside.
  func writeHole(width: Int, _ mask: inout MutableSpan<Float>) {
    for cell in mask.indices { mask[cell] = 1 }
    for row in rows {
      for cell in row * width + columns.lowerBound..<row * width + columns.upperBound { mask[cell] = 0 }
    }
  }
}
