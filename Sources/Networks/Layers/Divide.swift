/// Elementwise quotient `a / b` of two inputs, broadcast along axes of extent 1.
///
/// Relevance goes to `a`: `b` counts as a constant, like the standard deviation of a norm in AttnLRP.
public struct Divide: BinaryLayer {
  public static let kind = "divide"
  public init() {}
  public func value(_ a: Float, _ b: Float) -> Float { a / b }
  public func firstGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float { gradient / b }
  public func secondGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float { -gradient * (a / b) / b }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    inputs[0].isBatched
      ? .elementwise(operands: [0]) : .notCovered("no rule for a constant divided by a value")
  }
}
