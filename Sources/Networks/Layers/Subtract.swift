/// Elementwise difference `a - b` of two inputs, broadcast along axes of extent 1.
public struct Subtract: BinaryLayer {
  public static let kind = "subtract"
  public init() {}
  public var gradientsReadInputs: Bool { false }
  public func value(_ a: Float, _ b: Float) -> Float { a - b }
  public func firstGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float { gradient }
  public func secondGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float { -gradient }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .contributions }
}
