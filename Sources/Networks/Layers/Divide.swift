/// Elementwise quotient `a / b` of two inputs, repeated along axes of extent 1.
public struct Divide: BinaryLayer {
  public static let kind = "divide"
  public init() {}
  public func value(_ a: Float, _ b: Float) -> Float { a / b }
  public func firstGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float { gradient / b }
  public func secondGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float { -gradient * (a / b) / b }
}
