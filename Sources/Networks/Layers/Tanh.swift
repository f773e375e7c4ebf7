import CKernels

/// `y = tanh(x)`, slope `1 - y^2`.
public struct Tanh: PointwiseLayer {
  public static let kind = "tanh"
  public init() {}
  public var slopeReads: PointwiseOperands { .output }
  public func value(_ x: Float) -> Float { gl_tanh(x) }
  public func slope(_ x: Float, _ y: Float) -> Float { 1 - y * y }

  public func values(_ x: Span<Float>, into y: inout MutableSpan<Float>) {
    unsafe PointwiseOperation.run(gl_tanhs, x, &y)
  }
}
