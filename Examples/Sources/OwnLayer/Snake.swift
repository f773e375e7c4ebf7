import Foundation
import Networks
import Tensors

/// Snake: `y = x + sin(a x)^2 / a` with one learned a > 0 for each channel: it keeps what a ReLU cannot, periods.
///
/// `dy/dx = 1 + sin(2 a x)`, `dy/da = x sin(2 a x) / a - sin(a x)^2 / a^2`. Shapes `[N, C, ...]` to the same.
/// Source: Ziyin, Hartwig and Ueda, "Neural Networks Fail to Learn Periodic Functions", 2020, arXiv:2006.08195.
struct Snake: Layer {
  static let kind = "snake"

  /// a before training.
  var frequency: Float = 1

  func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard inputs[0].axes.first?.name == .channel, frequency > 0, frequency.isFinite else {
      throw ArchitectureError("snake with frequency \(frequency) on \(inputs[0])")
    }
    return inputs[0]
  }

  func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    [LayerArray("frequency", [inputs[0][0]], initial: .constant(frequency), decays: false, minimum: 1e-3)]
  }

  func operation(at site: LayerSite) -> (any LayerOperation)? { SnakeOperation(site) }
}

final class SnakeOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let hasParameters = true
  private let inputFormat: MemoryFormat
  private let name: String
  /// Rows of one channel each, batch after batch.
  private let (channels, columns): (Int, Int)

  init(_ site: LayerSite) {
    let shape = site.inputs[0].shape
    (inputFormat, outputFormat, name) = (site.inputs[0], .plain(shape), site.array("frequency"))
    (channels, columns) = (shape[1], shape.count / (shape[0] * shape[1]))
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let (result, a) = (context.memory(outputFormat), context.parameters[name].values)
    context.converted(inputs[0], to: outputFormat).withFloats { x in
      result.withFloats { y in
        for index in 0..<y.count {
          let frequency = a[index / columns % channels]
          let sine = sin(frequency * x[index])
          y[index] = x[index] + sine * sine / frequency
        }
      }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let input = inputs[0] else { preconditionFailure("snake without its input") }
    let (result, a) = (context.memory(outputFormat), context.parameters[name].values)
    var sums = [Float](repeating: 0, count: channels)
    context.converted(input, to: outputFormat).withFloats { x in
      context.converted(gradient, to: outputFormat).withFloats { dy in
        result.withFloats { dx in
          for index in 0..<dx.count {
            let channel = index / columns % channels
            let frequency = a[channel]
            let (sine, double) = (sin(frequency * x[index]), sin(2 * frequency * x[index]))
            dx[index] = dy[index] * (1 + double)
            sums[channel] += dy[index] * (x[index] * double - sine * sine / frequency) / frequency
          }
        }
      }
    }
    if context.parameterGradients != nil {
      context.parameterGradients?[name] = Tensor(sums, shape: [channels])
    }
    return [wanted[0] ? context.converted(result, to: inputFormat) : nil]
  }
}
