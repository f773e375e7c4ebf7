import Files
public import Tensors

/// ROAD's method of removing cells: each is replaced by the weighted mean of its eight neighbours, with a little noise.
///
/// The removed cells x solve x = sum of w x' over neighbours x', removed or not: w = 1/6 for cells that share an edge, 1/12
/// for diagonal ones, renormalised at the borders. No outline of a hole remains that a network could recognise. The system is
/// symmetric and positive definite as long as one cell remains; it is solved in double precision by conjugate gradients with a
/// multigrid cycle as the preconditioner (`ImputationKernel`; the authors' code solves it directly). Cost: about 10 to 20
/// iterations of about 60 operations per cell, regardless of the width of a hole.
///
/// Source: Rong et al., "A Consistent and Efficient Evaluation Strategy for Attribution Methods", ICML 2022,
/// arXiv:2202.00449.
public struct NoisyLinearImputation: Sendable {
  /// Standard deviation of the noise, in the standardised input's units.
  public var noise: Float = 0.01
  /// Residual, relative to the right-hand side, at which the solution is accepted. With 1e-6, cells of a standardised input are
  /// within 5e-5 of the exact solution, a two-hundredth of the noise's standard deviation.
  public var tolerance = 1e-6

  /// Stream of the seeded generator that makes the noise.
  static let stream: UInt64 = 0x20AD

  public init() {}

  /// The input `[C, F, T]` with the removed cells (in all channels) filled in; if none remain, with zeros and noise.
  ///
  /// - Parameter isRemoved: for each cell of `[F, T]` in row-major order.
  ///
  /// Traps on another count.
  public func imputed(_ input: Tensor, isRemoved: [Bool], seed: UInt64) -> Tensor {
    let (rows, columns) = (input.shape[1], input.shape[2])
    demand(isRemoved.count == rows * columns, "\(isRemoved.count) marks for \(rows) x \(columns) cells")
    var result = input
    var kernel = ImputationKernel(rows: rows, columns: columns)
    let field = isRemoved.contains(true) ? noiseField(of: input.count, seed: seed) : []
    result.withMutableSpan {
      fill(&$0, isRemoved: isRemoved.map { $0 ? 1 : 0 }, noise: field.span, by: &kernel)
    }
    return result
  }

  /// Noise for every cell of every channel, so that one seed gives one field whatever is removed.
  func noiseField(of count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed, stream: Self.stream)
    return (0..<count).map { _ in generator.normal() * noise }
  }

  /// As ``imputed(_:isRemoved:seed:)`` in place: 1 for the cells that are removed.
  func fill(
    _ values: inout MutableSpan<Float>, isRemoved: [UInt8], noise: Span<Float>,
    by kernel: inout ImputationKernel
  ) {
    let cells = isRemoved.count
    let count = isRemoved.reduce(0) { $0 + Int($1) }
    guard count > 0 else { return }
    if count < cells { kernel.fill(&values, where: isRemoved.span, tolerance: tolerance) }
    for start in stride(from: 0, to: values.count, by: cells) {
      for cell in 0..<cells where isRemoved[cell] != 0 {
        values[start + cell] = (count < cells ? values[start + cell] : 0) + noise[start + cell]
      }
    }
  }
}

/// ROAD's score of a map: how much more the class's probability falls when the most relevant cells are removed first.
public struct RemovalScore: Sendable, Hashable, Codable {
  /// The probability with the most relevant cells removed, at each share.
  public let mostRelevantFirst: [Double]
  /// The same with the least relevant cells removed.
  public let leastRelevantFirst: [Double]

  /// Traps unless both have the same length, at least 1.
  public init(mostRelevantFirst: [Double], leastRelevantFirst: [Double]) {
    demand(
      mostRelevantFirst.count == leastRelevantFirst.count && !mostRelevantFirst.isEmpty,
      "\(mostRelevantFirst.count) probabilities against \(leastRelevantFirst.count)")
    (self.mostRelevantFirst, self.leastRelevantFirst) = (mostRelevantFirst, leastRelevantFirst)
  }

  /// Mean over the shares of (LeRF - MoRF) / 2, like pytorch-grad-cam's `ROADCombined`: -0.5 to 0.5, higher is better, 0 for a
  /// map that orders cells at random.
  public var combined: Double {
    zip(leastRelevantFirst, mostRelevantFirst).reduce(0) { $0 + ($1.0 - $1.1) / 2 }
      / Double(mostRelevantFirst.count)
  }
}
