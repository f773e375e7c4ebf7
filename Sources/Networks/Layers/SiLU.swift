import CKernels

/// `y = x s` with `s = 1 / (1 + exp(-x))`, slope `s (1 + x (1 - s))`; also called swish.
///
/// Source: Elfwing, Uchibe and Doya 2018, doi:10.1016/j.neunet.2017.12.012.
public struct SiLU: PointwiseLayer {
  public static let kind = "silu"
  public init() {}
  public var slopeReads: PointwiseOperands { .input }
  public func value(_ x: Float) -> Float { x * gl_sigmoid(x) }
  public func slope(_ x: Float, _ y: Float) -> Float {
    let s = gl_sigmoid(x)
    return s * (1 + x * (1 - s))
  }
}
