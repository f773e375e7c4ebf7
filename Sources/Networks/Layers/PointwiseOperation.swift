import Tensors

/// A kind of layer that computes each element of its result from that element of its input alone.
public protocol PointwiseLayer: Layer {
  /// y = f(x).
  func value(_ x: Float) -> Float
  /// dy / dx, given x and y.
  func slope(_ x: Float, _ y: Float) -> Float
  /// Whether guided backpropagation and the deconvolution rule act here, as at a ReLU.
  var isRectifier: Bool { get }
}

extension PointwiseLayer {
  public var isRectifier: Bool { false }
  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape { inputs[0] }
  public func operation(at site: LayerSite) -> (any Operation)? {
    PointwiseOperation(self, input: site.inputs[0])
  }
}

/// A function of each element, in the layout it is given.
final class PointwiseOperation<Function: PointwiseLayer>: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let keepsOutput = true
  private let function: Function

  init(_ function: Function, input: MemoryFormat) {
    self.function = function
    outputFormat = input
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    inputs[0].withFloats { x in
      result.withFloats { y in for index in 0..<y.count { y[index] = function.value(x[index]) } }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let input = inputs[0], let output else { preconditionFailure("a function without its input") }
    let rule = function.isRectifier ? context.rule : .ordinary
    gradient.withFloats { g in
      input.withFloats { x in
        output.withFloats { y in
          for index in 0..<g.count {
            if rule != .ordinary { g[index] = max(0, g[index]) }
            if rule != .deconvolution { g[index] *= function.slope(x[index], y[index]) }
          }
        }
      }
    }
    return [gradient]
  }
}
