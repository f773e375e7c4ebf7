import Tensors

/// Adds sinusoids of its position to each token of `[T, D]`, of any length.
///
/// `y[p, i] = x[p, i] + sin(p / 10000^(i / D))` for even i, `+ cos(p / 10000^((i - 1) / D))` for odd i, p from 0. A
/// ``StoredValue`` holds the same table for one length. Source: Vaswani et al. 2017, arXiv:1706.03762.
public struct SinusoidalPositions: Layer {
  public static let kind = "sinusoidal-positions"

  /// Whether nothing is added to the first token, whose row of some tables is kept for padding; the next one has position 1.
  public var skipsFirst: Bool

  public init(skipsFirst: Bool = false) { self.skipsFirst = skipsFirst }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard inputs[0].rank == 2, [.time, .token].contains(inputs[0].axes[0].name) else {
      throw ArchitectureError("positions need a sequence, [time or token, feature], not \(inputs[0].axes)")
    }
    return inputs[0]
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .contributions }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    SinusoidalPositionsOperation(self, site: site)
  }
}

/// The sum with a table that is made once.
final class SinusoidalPositionsOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let inputFormat: MemoryFormat
  private let table: [Float]

  init(_ layer: SinusoidalPositions, site: LayerSite) {
    inputFormat = site.inputs[0]
    outputFormat = .plain(site.outputs[0])
    let (positions, features) = (site.outputs[0][1], site.outputs[0][2])
    var table = LayerArray.InitialValues.sinusoids(positions, features)
    if layer.skipsFirst { for index in 0..<features { table[index] = 0 } }
    self.table = table
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    context.converted(inputs[0], to: outputFormat).withFloats { x in
      result.withFloats { y in
        for start in stride(from: 0, to: y.count, by: table.count) {
          for index in table.indices { y[start + index] = x[start + index] + table[index] }
        }
      }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    [wanted[0] ? context.converted(gradient, to: inputFormat) : nil]
  }
}
