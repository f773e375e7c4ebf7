import Files
public import Tensors

/// How much a map changes under a small change to the input: max over samples of |map(x + d) - map(x)| / |map(x)|.
///
/// d is uniform in [-radius, radius] in each cell of the standardised input, the norm is Frobenius' (Captum's
/// `sensitivity_max` with its defaults). Lower is better, but a map that never changes has 0 and explains nothing: read it
/// together with the other measures.
///
/// Source: Yeh et al., NeurIPS 2019, arXiv:1901.09392.
public struct MaxSensitivity: Sendable, Hashable, Codable {
  /// Largest change of a cell.
  public var radius: Float = 0.02
  /// Number of disturbed copies.
  public var sampleCount = 10

  /// Stream of the seeded generator that makes the copies.
  static let stream: UInt64 = 0x5E45

  public init() {}

  /// Disturbed copies of an input.
  public func samples(of input: Tensor, seed: UInt64) -> [Tensor] {
    var generator = SeededGenerator(seed: seed, stream: Self.stream)
    return (0..<sampleCount).map { _ in input.map { $0 + generator.uniform(in: -radius..<radius) } }
  }

  /// The measure from the input's map and those of the copies; nil if the input's map is zero. Traps on shapes that do not fit.
  public static func value(of map: Tensor, disturbed: [Tensor]) -> Double? {
    let norm = map.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard norm > 0 else { return nil }
    return disturbed.map { other in
      demand(other.shape == map.shape, "map \(other.shape) against \(map.shape)")
      return zip(map.values, other.values).reduce(0) { sum, pair in
        let change = Double(pair.1) - Double(pair.0)
        return sum + change * change
      }.squareRoot() / norm
    }.max()
  }
}
