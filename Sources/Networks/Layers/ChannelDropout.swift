import Tensors

/// Inverted dropout of whole channels: while training, zeroes each channel (the outermost axis) of each item with this probability
/// and scales the rest by `1 / (1 - p)`. PyTorch's `Dropout2d`.
///
/// Source: Tompson et al. 2015, arXiv:1411.4280.
public struct ChannelDropout: Layer {
  public static let kind = "channel-dropout"

  /// In 0 ..< 1.
  public var probability: Float

  public init(probability: Float) { self.probability = probability }

  public var traits: LayerTraits { [.keepsElements, .isRandom] }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard probability >= 0, probability < 1 else {
      throw ArchitectureError("dropout probability \(probability) is outside 0 ..< 1")
    }
    guard inputs[0].rank > 0 else { throw ArchitectureError("dropout of the channels of \(inputs[0])") }
    return inputs[0]
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    guard site.isTraining, probability > 0 else { return nil }
    return BlockDropoutOperation(probability, blockAxes: 2, site)
  }
}

/// Inverted dropout of blocks of a training pass, each a place of the outermost axes; the blocks follow from the pass's seed and
/// the layer's number alone.
final class BlockDropoutOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let inputFormat: MemoryFormat
  private let probability: Float
  private let (blocks, length): (Int, Int)
  private let stream: UInt64
  private var factors: [Float] = []

  /// A block is one place of the first `blockAxes` axes, the batch axis among them.
  init(_ probability: Float, blockAxes: Int, _ site: LayerSite) {
    let shape = site.inputs[0].shape
    self.probability = probability
    inputFormat = site.inputs[0]
    outputFormat = .plain(shape)
    blocks = shape.dimensions.prefix(blockAxes).reduce(1, *)
    length = shape.count / blocks
    stream = UInt64(site.randomNumber)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    var generator = SeededGenerator(seed: context.seed, stream: stream)
    factors = (0..<blocks).map { _ in generator.uniform() < probability ? 0 : 1 / (1 - probability) }
    let result = context.memory(outputFormat)
    context.converted(inputs[0], to: outputFormat).withFloats { x in
      result.withFloats { y in
        precondition(x.count == blocks * length && y.count == x.count)
        for (block, factor) in factors.enumerated() {
          // What is not a number is dropped too.
          for index in block * length..<(block + 1) * length {
            unsafe y[unchecked: index] = factor == 0 ? 0 : factor * x[unchecked: index]
          }
        }
      }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    precondition(factors.count == blocks, "dropout without a forward pass")
    gradient.withFloats { g in
      precondition(g.count == blocks * length)
      for (block, factor) in factors.enumerated() {
        for index in block * length..<(block + 1) * length {
          unsafe g[unchecked: index] = factor == 0 ? 0 : factor * g[unchecked: index]
        }
      }
    }
    return [context.converted(gradient, to: inputFormat)]
  }

  func reset() { factors = [] }
}
