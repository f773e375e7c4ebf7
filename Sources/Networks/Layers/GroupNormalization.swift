import Tensors

/// Normalisation of each item over groups of channels and all positions: `y = w[c] (x - mean) / sqrt(variance + epsilon) + b[c]`.
///
/// Channels are the outermost axis; the variance is biased, as in PyTorch's `GroupNorm`. One group for each channel is instance
/// normalisation. Moments in `Double`. Source: Wu and He 2018, arXiv:1803.08494.
public struct GroupNormalization: Layer {
  public static let kind = "group-normalization"

  /// Divides the number of channels.
  public var groups: Int
  public var epsilon: Float

  public init(groups: Int, epsilon: Float = 1e-5) { (self.groups, self.epsilon) = (groups, epsilon) }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard let channels = inputs[0].axes.first?.extent, groups > 0, channels % groups == 0, epsilon > 0,
      epsilon.isFinite
    else {
      throw ArchitectureError("group normalisation of \(inputs[0]) in \(groups) groups, epsilon \(epsilon)")
    }
    return inputs[0]
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    let shape: Shape = [inputs[0][0]]
    return [
      LayerArray("weight", shape, initial: .constant(1)), LayerArray("bias", shape, initial: .constant(0)),
    ]
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .contributions }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    GroupNormalizationOperation(self, site)
  }
}

/// Rows of a group's elements in row-major order, which lie side by side, each normalised alone.
final class GroupNormalizationOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let hasParameters = true
  private let (weight, bias): (String, String)
  private let inputFormat: MemoryFormat
  private let epsilon: Double
  /// Groups of all items, groups of one, channels of a group, positions.
  private let (rows, groups, channels, positions): (Int, Int, Int, Int)
  private let threads: Int

  init(_ layer: GroupNormalization, _ site: LayerSite) {
    let shape = site.inputs[0].shape
    inputFormat = site.inputs[0]
    outputFormat = .plain(shape)
    epsilon = Double(layer.epsilon)
    groups = layer.groups
    rows = shape[0] * groups
    channels = shape[1] / groups
    positions = shape.dimensions.dropFirst(2).reduce(1, *)
    threads = site.threads
    (weight, bias) = (site.array("weight"), site.array("bias"))
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    let input = context.converted(inputs[0], to: outputFormat)
    let (w, b) = (context.parameters[weight].values, context.parameters[bias].values)
    KernelThreads.forEachRange(of: rows, chunk: 1, threads: threads) { range in
      input.withFloats { x in
        result.withFloats { y in
          precondition(range.upperBound * channels * positions <= min(x.count, y.count))
          for row in range {
            let (mean, scale) = moments(x, row)
            for channel in 0..<channels {
              let (factor, shift) = (
                w[row % groups * channels + channel], b[row % groups * channels + channel]
              )
              let start = (row * channels + channel) * positions
              for index in start..<start + positions {
                unsafe y[unchecked: index] =
                  Float((Double(x[unchecked: index]) - mean) * scale) * factor + shift
              }
            }
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
    guard let first = inputs[0] else { preconditionFailure("group norm without its input") }
    let input = context.converted(first, to: outputFormat)
    let (w, holds) = (context.parameters[weight].values, context.holdsDeviation)
    // For each item, so that no sum depends on the number of threads.
    let products = context.memory(.plain([rows * channels]))
    let totals = context.memory(.plain([rows * channels]))
    KernelThreads.forEachRange(of: rows, chunk: 1, threads: threads) { range in
      input.withFloats { x in
        gradient.withFloats { g in
          products.withFloats { products in
            totals.withFloats { totals in
              for row in range { rowGradient(x, &g, w, row, &products, &totals, holds) }
            }
          }
        }
      }
    }
    if let entry = context.parameterGradients?.entry(weight) {
      for (name, sums) in [(weight, products), (bias, totals)] {
        let values = sums.withFloats { sums in
          (0..<groups * channels).map { channel in
            Float(
              stride(from: channel, to: sums.count, by: groups * channels).reduce(0.0) {
                $0 + Double(sums[$1])
              })
          }
        }
        context.parameterGradients?[name] = Tensor(values, shape: entry.shape)
      }
    }
    return [wanted[0] ? context.converted(gradient, to: inputFormat) : nil]
  }

  private func rowGradient(
    _ x: borrowing MutableSpan<Float>, _ g: inout MutableSpan<Float>, _ w: [Float], _ row: Int,
    _ products: inout MutableSpan<Float>, _ totals: inout MutableSpan<Float>, _ holdsDeviation: Bool
  ) {
    let (mean, scale) = moments(x, row)
    let count = channels * positions
    precondition((row + 1) * count <= min(x.count, g.count))
    var (total, product) = (0.0, 0.0)
    for channel in 0..<channels {
      let start = (row * channels + channel) * positions
      var (own, ownProduct) = (0.0, 0.0)
      for index in start..<start + positions {
        let gradient = unsafe Double(g[unchecked: index])
        own += gradient
        ownProduct += unsafe gradient * (Double(x[unchecked: index]) - mean) * scale
      }
      products[row * channels + channel] = Float(ownProduct)
      totals[row * channels + channel] = Float(own)
      let factor = Double(w[row % groups * channels + channel])
      total += factor * own
      product += factor * ownProduct
    }
    total /= Double(count)
    product = holdsDeviation ? 0 : product / Double(count)
    for channel in 0..<channels {
      let factor = Double(w[row % groups * channels + channel])
      let start = (row * channels + channel) * positions
      for index in start..<start + positions {
        let h = unsafe (Double(x[unchecked: index]) - mean) * scale
        unsafe g[unchecked: index] = Float(
          scale * (factor * Double(g[unchecked: index]) - total - h * product))
      }
    }
  }

  private func moments(_ x: borrowing MutableSpan<Float>, _ row: Int) -> (mean: Double, scale: Double) {
    let count = channels * positions
    let range = row * count..<(row + 1) * count
    let mean = Sums.sum(x.span.extracting(range)) / Double(count)
    var squares = 0.0
    for index in range {
      let difference = unsafe Double(x[unchecked: index]) - mean
      squares += difference * difference
    }
    return (mean, 1 / (squares / Double(count) + epsilon).squareRoot())
  }
}
