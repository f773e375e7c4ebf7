import Files
import Networks
import Tensors

/// Methods of one backward pass to the input, by one rule.
protocol InputGradientMethod: ExplanationMethod {
  static var rule: GradientRule { get }
  /// The map of one input `[C, F, T]` and its gradient.
  static func map(input: Tensor, gradient: Tensor) -> Tensor
}

extension InputGradientMethod {
  static var rule: GradientRule { .ordinary }
  static func map(input: Tensor, gradient: Tensor) -> Tensor { overChannels(gradient, largerMagnitude) }

  public func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
    let (inputs, gradients) = (batch.inputMaps, batch.inputGradients(rule: Self.rule))
    return (0..<batch.count).map { index in
      let gradient = gradients.item(index)
      var map = MethodMap(Self.map(input: inputs.item(index), gradient: gradient), inputGradient: gradient)
      if gradient.values.allSatisfy({ $0 == 0 }) { map.flags.insert(.zeroGradient) }
      return map
    }
  }
}
