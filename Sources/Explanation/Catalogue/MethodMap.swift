import Files
public import Networks
public import Tensors

/// What a method finds for one input.
public struct MethodMap: Sendable {
  /// Signed and not normalised: `[f, t]` at the layer's resolution, or the input's `[F, T]`.
  public var signedMap: Tensor
  /// The axes that it runs over, where they are not those of the layer or the input.
  public var axes: [Axis]?
  /// d score / d input, or what takes its place, `[C, F, T]`; nil for methods that have none.
  public var inputGradient: Tensor?
  /// What to know before believing it; zero gradients, class-blindness and empty maps need not be among them.
  public var flags: Set<ExplanationFlag> = []
  /// What took the place of masked cells, or where a path began, `[C, F, T]`.
  public var baselineInput: Tensor?
  /// The score that attributions count from.
  public var baselineScore: Double?
  /// Sum of the attributions minus what they should add up to.
  public var completenessGap: Double?

  public init(_ signedMap: Tensor, inputGradient: Tensor? = nil, flags: Set<ExplanationFlag> = []) {
    (self.signedMap, self.inputGradient, self.flags) = (signedMap, inputGradient, flags)
  }
}
