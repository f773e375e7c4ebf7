import CKernels

/// `y = 1 / (1 + exp(-x))`, slope `y (1 - y)`.
public struct Sigmoid: PointwiseLayer {
  public static let kind = "sigmoid"
  public init() {}
  public var slopeReads: PointwiseOperands { .output }
  public func value(_ x: Float) -> Float { gl_sigmoid(x) }
  public func slope(_ x: Float, _ y: Float) -> Float { y * (1 - y) }

  public func values(_ x: Span<Float>, into y: inout MutableSpan<Float>) {
    unsafe PointwiseOperation.run(gl_sigmoids, x, &y)
  }
}
