import Files
public import Networks
public import Tensors

/// A method's result for one input.
public struct MethodMap: Sendable {
  /// Signed and not normalised: `[f, t]` at the layer's resolution, or the input's `[F, T]`.
  public var signedMap: Tensor
  /// The axes of the map, if they are not those of the layer or the input.
  public var axes: [Axis]?
  /// d score / d input, or its equivalent, `[C, F, T]`; nil for methods without one.
  public var inputGradient: Tensor?
  /// Warnings about the map; zero gradients, class-blindness and empty maps need not be included.
  public var flags: Set<ExplanationFlag> = []
  /// The values that replaced masked cells, or where a path began, `[C, F, T]`.
  public var baselineInput: Tensor?
  /// The score relative to which attributions are counted.
  public var baselineScore: Double?
  /// The sum of the attributions minus their expected sum.
  public var completenessGap: Double?

  public init(_ signedMap: Tensor, inputGradient: Tensor? = nil, flags: Set<ExplanationFlag> = []) {
    (self.signedMap, self.inputGradient, self.flags) = (signedMap, inputGradient, flags)
  }
}
