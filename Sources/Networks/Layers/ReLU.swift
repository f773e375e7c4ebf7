import Tensors

/// max(x, 0).
public struct ReLU: Layer {
  public static let kind = "relu"
  public init() {}

  public var traits: LayerTraits { .rectifies }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape { inputs[0] }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .identity }

  public func operation(at site: LayerSite) -> (any LayerOperation)? { ReLUOperation(input: site.inputs[0]) }
}

/// Passes a gradient back through a ReLU in place, from the ReLU's output and under the pass's rule.
func reluBackward(
  _ forward: Primitive, _ backward: Primitive, _ gradient: NativeMemory, output: NativeMemory,
  _ context: BackwardContext
) {
  if context.rule != .ordinary {
    forward.run([(.source, gradient), (.destination, gradient)], on: context.stream, pool: context.pool)
  }
  if context.rule != .deconvolution {
    backward.run(
      [(.destination, output), (.destinationGradient, gradient), (.sourceGradient, gradient)],
      on: context.stream, pool: context.pool)
  }
}

/// max(x, 0) in the layout it is given, in place where nobody needs the input.
final class ReLUOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsOutput = true
  private let primitive: Primitive
  private lazy var gradientPrimitive = Primitive.reluGradient(outputFormat, hint: primitive)

  init(input: MemoryFormat) {
    outputFormat = input
    primitive = Primitive.relu(input)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = mayOverwrite ? inputs[0] : NativeMemory(outputFormat, from: context.pool)
    primitive.run([(.source, inputs[0]), (.destination, result)], on: context.stream, pool: context.pool)
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let output else { preconditionFailure("ReLU output was not kept") }
    reluBackward(primitive, gradientPrimitive, gradient, output: output, context)
    return [gradient]
  }
}
