import CKernels

/// `y = x s` with `s = 1 / (1 + exp(-x))`, slope `s (1 + x (1 - s))`; also called swish.
///
/// Source: Elfwing, Uchibe and Doya 2018, doi:10.1016/j.neunet.2017.12.012.
public struct SiLU: PointwiseLayer {
  public static let kind = "silu"
  public init() {}
  public var slopeReads: PointwiseOperands { .input }
  public func value(_ x: Float) -> Float { gl_silu(x) }
  public func slope(_ x: Float, _ y: Float) -> Float { gl_silu_slope(x) }

  public func values(_ x: Span<Float>, into y: inout MutableSpan<Float>) {
    unsafe PointwiseOperation.run(gl_silus, x, &y)
  }

  public func multiplySlopes(_ x: Span<Float>, _ y: Span<Float>, into gradients: inout MutableSpan<Float>) {
    unsafe PointwiseOperation.run(gl_silu_slopes, x, &gradients)
  }
}
