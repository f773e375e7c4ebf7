import Foundation
import Tensors

/// Layer normalisation over the last axes: `y = w (x - mean) / sqrt(variance + epsilon) + b` of each item and position.
///
/// The variance is biased, as in PyTorch's `LayerNorm`; `w` and `b` have the shape of the normalised axes.
/// Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450.
public struct LayerNormalization: Layer {
  public static let kind = "layer-normalization"

  /// How many of the last axes are normalised together.
  public var axisCount: Int
  public var epsilon: Float

  public init(axisCount: Int = 1, epsilon: Float = 1e-5) {
    (self.axisCount, self.epsilon) = (axisCount, epsilon)
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard (1...inputs[0].rank).contains(axisCount), epsilon > 0, epsilon.isFinite else {
      throw ArchitectureError("layer normalisation of \(axisCount) axes of \(inputs[0]), epsilon \(epsilon)")
    }
    return inputs[0]
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    let shape = Shape(inputs[0].axes.suffix(axisCount).map(\.extent))
    return [
      LayerArray("weight", shape, initial: .constant(1), decays: false),
      LayerArray("bias", shape, initial: .constant(0), decays: false),
    ]
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .contributions }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    LayerNormalizationOperation(self, site: site)
  }
}

/// Rows of `columns` values, each normalised alone.
final class LayerNormalizationOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let hasParameters = true
  private let (weight, bias): (String, String)
  private let (rows, columns): (Int, Int)
  private let epsilon: Double
  private let inputFormat: MemoryFormat

  init(_ layer: LayerNormalization, site: LayerSite) {
    let shape = site.inputs[0].shape
    inputFormat = site.inputs[0]
    outputFormat = .plain(shape)
    columns = shape.dimensions.suffix(layer.axisCount).reduce(1, *)
    rows = shape.count / columns
    epsilon = Double(layer.epsilon)
    (weight, bias) = (site.array("weight"), site.array("bias"))
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    let (w, b) = (context.parameters[weight].values, context.parameters[bias].values)
    context.converted(inputs[0], to: outputFormat).withFloats { x in
      result.withFloats { y in
        for row in 0..<rows {
          let (mean, scale) = moments(x, row)
          for column in 0..<columns {
            let index = row * columns + column
            y[index] = Float((Double(x[index]) - mean) * scale) * w[column] + b[column]
          }
        }
      }
    }
    return result
  }

  /// With h = (x - mean) scale and g = w dy: `dx = scale (g - mean(g) - h mean(g h))`; without the last term where the deviation
  /// is held constant.
  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let input = inputs[0] else { preconditionFailure("layer norm without its input") }
    let w = context.parameters[weight].values
    var sums = (weight: [Float](repeating: 0, count: columns), bias: [Float](repeating: 0, count: columns))
    let result = context.memory(outputFormat)
    context.converted(input, to: outputFormat).withFloats { x in
      gradient.withFloats { dy in
        result.withFloats { dx in
          for row in 0..<rows {
            let (mean, scale) = moments(x, row)
            var (total, product) = (0.0, 0.0)
            for column in 0..<columns {
              let index = row * columns + column
              let (h, g) = ((Double(x[index]) - mean) * scale, Double(dy[index] * w[column]))
              total += g
              product += g * h
              sums.weight[column] += dy[index] * Float(h)
              sums.bias[column] += dy[index]
            }
            total /= Double(columns)
            product = context.holdsDeviation ? 0 : product / Double(columns)
            for column in 0..<columns {
              let index = row * columns + column
              let (h, g) = ((Double(x[index]) - mean) * scale, Double(dy[index] * w[column]))
              dx[index] = Float(scale * (g - total - h * product))
            }
          }
        }
      }
    }
    if let entry = context.parameterGradients?.entry(weight) {
      context.parameterGradients?[weight] = Tensor(sums.weight, shape: entry.shape)
      context.parameterGradients?[bias] = Tensor(sums.bias, shape: entry.shape)
    }
    return [wanted[0] ? context.converted(result, to: inputFormat) : nil]
  }

  private func moments(_ x: borrowing MutableSpan<Float>, _ row: Int) -> (mean: Double, scale: Double) {
    let range = row * columns..<(row + 1) * columns
    var sum = 0.0
    for index in range { sum += Double(x[index]) }
    let mean = sum / Double(columns)
    var squares = 0.0
    for index in range {
      let difference = Double(x[index]) - mean
      squares += difference * difference
    }
    return (mean, 1 / (squares / Double(columns) + epsilon).squareRoot())
  }
}
