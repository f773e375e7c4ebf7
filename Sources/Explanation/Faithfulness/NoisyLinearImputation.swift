import Files
public import Tensors

/// ROAD's way of taking cells away: each becomes the weighted mean of its eight neighbours, with a little noise.
///
/// The removed cells x solve x = sum of w x' over neighbours x', removed or not: w = 1/6 for cells that share an edge, 1/12
/// for diagonal ones, renormalised at the borders. No hole's outline is left that a network could read. The system is
/// symmetric and positive definite as long as one cell stays; it is solved by conjugate gradients with the diagonal as
/// preconditioner, to a residual of 1e-5 of the right side (the authors' code solves it directly). Cost: 10 operations for
/// each cell and iteration, with about as many iterations as the widest hole has cells.
///
/// Source: Rong et al., "A Consistent and Efficient Evaluation Strategy for Attribution Methods", ICML 2022,
/// arXiv:2202.00449.
public struct NoisyLinearImputation: Sendable {
  /// Standard deviation of the noise, in the standardised input's units.
  public var noise: Float = 0.01
  /// Residual relative to the right side at which the solution is taken.
  public var tolerance = 1e-5

  /// Stream of the seeded generator that makes the noise.
  static let stream: UInt64 = 0x20AD

  public init() {}

  /// The input `[C, F, T]` with the removed cells (in all channels) filled in; where nothing stays, with zeros and noise.
  ///
  /// - Parameter isRemoved: for each cell of `[F, T]` in row-major order.
  ///
  /// Traps on another count.
  public func imputed(_ input: Tensor, isRemoved: [Bool], seed: UInt64) -> Tensor {
    let (rows, columns) = (input.shape[1], input.shape[2])
    let cells = rows * columns
    demand(isRemoved.count == cells, "\(isRemoved.count) marks for \(rows) x \(columns) cells")
    let removed = isRemoved.indices.filter { isRemoved[$0] }
    guard !removed.isEmpty else { return input }
    let system = ImputationSystem(rows: rows, columns: columns, isRemoved: isRemoved)
    var values = input.values
    var generator = SeededGenerator(seed: seed, stream: Self.stream)
    for channel in 0..<input.shape[0] {
      let known = values[channel * cells..<(channel + 1) * cells].map(Double.init)
      let solution = removed.count == cells ? known.map { _ in 0 } : system.solve(known, tolerance: tolerance)
      // Noise for every cell, so that one seed gives one field whatever is removed.
      for cell in 0..<cells {
        let disturbance = generator.normal() * noise
        if isRemoved[cell] { values[channel * cells + cell] = Float(solution[cell]) + disturbance }
      }
    }
    return Tensor(values, shape: input.shape)
  }
}

/// The linear system of the removed cells, on a grid with a border of one cell so that every cell has eight neighbours.
private struct ImputationSystem {
  private static let (edge, diagonal) = (1.0 / 6, 1.0 / 12)

  let rows: Int
  let columns: Int
  private let width: Int
  /// 1 inside the map, 0 on the border.
  private var inside: [Double]
  /// 1 for removed cells.
  private var removed: [Double]
  /// Sum of the weights of the neighbours that exist; 1 for all cells that are not removed.
  private var weights: [Double]

  init(rows: Int, columns: Int, isRemoved: [Bool]) {
    (self.rows, self.columns, width) = (rows, columns, columns + 2)
    let count = (rows + 2) * (columns + 2)
    inside = [Double](repeating: 0, count: count)
    removed = inside
    weights = [Double](repeating: 1, count: count)
    for row in 0..<rows {
      for column in 0..<columns {
        let place = (row + 1) * width + column + 1
        inside[place] = 1
        removed[place] = isRemoved[row * columns + column] ? 1 : 0
      }
    }
    let sums = neighbourSums(inside)
    for place in weights.indices where removed[place] > 0 { weights[place] = sums[place] }
  }

  /// Weighted sums over the eight neighbours; 0 on the border.
  private func neighbourSums(_ values: [Double]) -> [Double] {
    let (source, width, columns) = (values.span, width, columns)
    var result = [Double](repeating: 0, count: values.count)
    var target = result.mutableSpan
    for row in 1...rows {
      let start = row * width
      precondition(start + width + columns + 2 <= source.count && start > 0)
      for place in (start + 1)..<(start + 1 + columns) {
        let edges =
          unsafe source[unchecked: place - 1] + source[unchecked: place + 1]
          + source[unchecked: place - width] + source[unchecked: place + width]
        let corners =
          unsafe source[unchecked: place - width - 1] + source[unchecked: place - width + 1]
          + source[unchecked: place + width - 1] + source[unchecked: place + width + 1]
        unsafe target[unchecked: place] = Self.edge * edges + Self.diagonal * corners
      }
    }
    return result
  }

  /// Values of all cells: the known ones, and the solution where cells are removed.
  func solve(_ known: [Double], tolerance: Double) -> [Double] {
    var field = [Double](repeating: 0, count: inside.count)
    var (sum, count) = (0.0, 0.0)
    for row in 0..<rows {
      for column in 0..<columns {
        let place = (row + 1) * width + column + 1
        field[place] = removed[place] > 0 ? 0 : known[row * columns + column]
        sum += field[place]
        count += 1 - removed[place]
      }
    }
    let right = zip(neighbourSums(field), removed).map { $0 * $1 }
    let start = removed.map { $0 * sum / count }
    let solution = conjugateGradient(right, start: start, tolerance: tolerance)
    return known.indices.map { cell in
      let place = (cell / columns + 1) * width + cell % columns + 1
      return removed[place] > 0 ? solution[place] : known[cell]
    }
  }

  private func conjugateGradient(_ right: [Double], start: [Double], tolerance: Double) -> [Double] {
    var solution = start
    var residual = zip(right, product(start)).map { $0 - $1 }
    let limit = tolerance * tolerance * max(dot(right, right), .leastNormalMagnitude)
    var scaled = zip(residual, weights).map { $0 / $1 }
    var direction = scaled
    var energy = dot(residual, direction)
    for _ in 0..<(10 * (rows + columns) + 100) where dot(residual, residual) > limit {
      let image = product(direction)
      let step = energy / dot(direction, image)
      for index in solution.indices {
        solution[index] += step * direction[index]
        residual[index] -= step * image[index]
      }
      let previous = energy
      for index in scaled.indices { scaled[index] = residual[index] / weights[index] }
      energy = dot(residual, scaled)
      let growth = energy / previous
      for index in direction.indices { direction[index] = scaled[index] + growth * direction[index] }
    }
    return solution
  }

  /// (D - W) x on the removed cells.
  private func product(_ values: [Double]) -> [Double] {
    var result = neighbourSums(values)
    for index in result.indices {
      result[index] = removed[index] * (weights[index] * values[index] - result[index])
    }
    return result
  }

  private func dot(_ one: [Double], _ other: [Double]) -> Double { Sums.products(one.span, other.span) }
}

/// ROAD's score of a map: how much more the class's probability falls when the most relevant cells go first.
public struct RemovalScore: Sendable, Hashable {
  /// The probability with the most relevant cells removed, at each share.
  public let mostRelevantFirst: [Double]
  /// With the least relevant cells removed.
  public let leastRelevantFirst: [Double]

  /// Traps unless both have the same length, at least 1.
  public init(mostRelevantFirst: [Double], leastRelevantFirst: [Double]) {
    demand(
      mostRelevantFirst.count == leastRelevantFirst.count && !mostRelevantFirst.isEmpty,
      "\(mostRelevantFirst.count) probabilities against \(leastRelevantFirst.count)")
    (self.mostRelevantFirst, self.leastRelevantFirst) = (mostRelevantFirst, leastRelevantFirst)
  }

  /// Mean over the shares of (LeRF - MoRF) / 2, as pytorch-grad-cam's `ROADCombined`: -0.5 to 0.5, higher is better, 0 for a
  /// map that orders cells at random.
  public var combined: Double {
    zip(leastRelevantFirst, mostRelevantFirst).reduce(0) { $0 + ($1.0 - $1.1) / 2 }
      / Double(mostRelevantFirst.count)
  }
}
