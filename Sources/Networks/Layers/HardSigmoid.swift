/// `y = slope x + offset`, clipped to 0 ... 1; its slope is 0 where it is clipped.
///
/// Slope 1/6 and offset 1/2 are PyTorch's `Hardsigmoid`; slope 0.2 is that of ONNX and of Keras before its version 3.
public struct HardSigmoid: PointwiseLayer {
  public static let kind = "hard-sigmoid"

  public var slope: Float
  public var offset: Float

  public init(slope: Float = 1 / 6, offset: Float = 0.5) { (self.slope, self.offset) = (slope, offset) }

  public var slopeReads: PointwiseOperands { .output }
  public var mistake: String? {
    slope.isFinite && offset.isFinite ? nil : "hard sigmoid with slope \(slope), offset \(offset)"
  }
  public func value(_ x: Float) -> Float {
    let line = slope * x + offset
    return line < 0 ? 0 : line > 1 ? 1 : line
  }
  public func slope(_ x: Float, _ y: Float) -> Float { y > 0 && y < 1 ? slope : 0 }
}
