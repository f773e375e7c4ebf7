/// Elementwise product `a b` of two inputs, broadcast along axes of extent 1.
public struct Multiply: BinaryLayer {
  public static let kind = "multiply"
  public init() {}
  public func value(_ a: Float, _ b: Float) -> Float { a * b }
  public func firstGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float { gradient * b }
  public func secondGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float { gradient * a }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    .elementwise(operands: [0, 1])
  }
}
