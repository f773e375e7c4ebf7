/// How gradients pass the rectifiers of a network (``LayerTraits/rectifies``) in the backward pass.
///
/// ```swift
/// trace.gradient(of: .logit(2), at: "input", rule: .guided)
/// trace.gradient(of: .logit(2), at: "input", rule: GradientRule { $0.depth < 3 ? .guided : .ordinary })
/// ```
public struct GradientRule: BackwardRule {
  /// At one rectifier.
  public enum Decision: Sendable, Hashable {
    /// d y / d x: where the input was positive.
    case ordinary
    /// Where input and gradient are positive.
    case guided
    /// Where the gradient is positive.
    case deconvolution
  }

  /// d y / d x everywhere.
  public static let ordinary = GradientRule(.ordinary)
  /// Guided backpropagation (Springenberg et al. 2015, arXiv:1412.6806): where input and gradient are positive.
  public static let guided = GradientRule(.guided)
  /// Deconvolution (Zeiler and Fergus 2014, arXiv:1311.2901): where the gradient is positive.
  public static let deconvolution = GradientRule(.deconvolution)

  /// The decision at every node where it is the same at all of them.
  package let everywhere: Decision?
  private let table: @Sendable (BackwardNode) -> Decision

  /// The same at every rectifier.
  public init(_ decision: Decision) {
    everywhere = decision
    table = { _ in decision }
  }

  /// Evaluated at each rectifier.
  public init(_ table: @escaping @Sendable (BackwardNode) -> Decision) {
    everywhere = nil
    self.table = table
  }

  public func rule(at node: BackwardNode) -> Decision { table(node) }
}
