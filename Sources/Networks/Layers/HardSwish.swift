/// `y = x min(max(x + 3, 0), 6) / 6`; slope 0 below -3, 1 above 3, and `x / 3 + 1/2` between them.
///
/// Source: Howard et al. 2019, arXiv:1905.02244.
public struct HardSwish: PointwiseLayer {
  public static let kind = "hard-swish"
  public init() {}
  public var slopeReads: PointwiseOperands { .input }
  public func value(_ x: Float) -> Float {
    let line = x + 3
    return x * ((line < 0 ? 0 : line > 6 ? 6 : line) / 6)
  }
  public func slope(_ x: Float, _ y: Float) -> Float { x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5 }
}
