/// `y = min(max(x, 0), 6)`; slope 1 where 0 < x < 6, else 0.
///
/// A rectifier: guided backpropagation also stops gradients below 0 here, and the deconvolution rule passes those above 0
/// unchanged. Source: Howard et al. 2017, arXiv:1704.04861.
public struct ReLU6: PointwiseLayer {
  public static let kind = "relu6"
  public init() {}
  public var slopeReads: PointwiseOperands { .output }
  public var isRectifier: Bool { true }
  public func value(_ x: Float) -> Float { x < 0 ? 0 : x > 6 ? 6 : x }
  public func slope(_ x: Float, _ y: Float) -> Float { y > 0 && y < 6 ? 1 : 0 }
}
