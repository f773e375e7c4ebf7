/// `y = x` for positive x, otherwise `slope x`.
///
/// A rectifier: guided backpropagation also stops gradients below 0 here, and the deconvolution rule passes those above 0
/// unchanged. Source: Maas, Hannun and Ng 2013, "Rectifier Nonlinearities Improve Neural Network Acoustic Models".
public struct LeakyReLU: PointwiseLayer {
  public static let kind = "leaky-relu"

  /// The slope for negative x.
  public var slope: Float

  public init(slope: Float = 0.01) { self.slope = slope }

  public var slopeReads: PointwiseOperands { .input }
  public var isRectifier: Bool { true }
  public var mistake: String? { slope.isFinite ? nil : "leaky ReLU with slope \(slope)" }
  public func value(_ x: Float) -> Float { x > 0 ? x : slope * x }
  public func slope(_ x: Float, _ y: Float) -> Float { x > 0 ? 1 : slope }
}
