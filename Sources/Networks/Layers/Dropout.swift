import Tensors

/// Inverted dropout: while training, zeroes each element with this probability and scales the rest by `1 / (1 - p)`.
///
/// Source: Srivastava et al. 2014, JMLR 15, 1929-1958.
public struct Dropout: Layer {
  public static let kind = "dropout"

  /// In 0 ..< 1, with a resolution of 1 / 65 536.
  public var probability: Float

  public init(probability: Float) {
    self.probability = probability
  }

  public var traits: LayerTraits { [.keepsElements, .isRandom] }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard probability >= 0, probability < 1 else {
      throw ArchitectureError("dropout probability \(probability) is outside 0 ..< 1")
    }
    return inputs[0]
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    guard site.isTraining, probability > 0 else { return nil }
    return DropoutOperation(self, site: site)
  }
}

/// Inverted dropout of a training pass; its mask follows from the pass's seed and the layer's number alone.
final class DropoutOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let threshold: Int
  private let stream: UInt64
  private let threads: Int
  private var mask: DropoutMask?

  init(_ dropout: Dropout, site: LayerSite) {
    outputFormat = site.inputs[0]
    threshold = Int((dropout.probability * 65_536).rounded())
    stream = UInt64(site.randomNumber)
    threads = site.threads
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    var generator = SeededGenerator(seed: context.seed, stream: stream)
    let mask = DropoutMask(
      count: outputFormat.byteCount / MemoryLayout<Float>.stride, threshold: threshold, from: &generator,
      threads: threads, pool: context.pool)
    self.mask = mask
    let result = mayOverwrite ? inputs[0] : NativeMemory(outputFormat, from: context.pool)
    mask.apply(to: inputs[0], into: result)
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let mask else { preconditionFailure("dropout without a forward pass") }
    mask.apply(to: gradient, into: gradient)
    return [gradient]
  }

  func reset() { mask = nil }
}
