import Files
import Tensors

/// A row of a table for each index: `[...]` to `[..., feature]`, as PyTorch's `Embedding`.
///
/// The input's elements are whole numbers 0 ..< `count`; a pass with any other traps and names it. The input gets no gradient.
public struct Embedding: Layer {
  public static let kind = "embedding"

  /// Rows of the table.
  public var count: Int
  /// Elements of a row.
  public var width: Int

  public init(count: Int, width: Int) { (self.count, self.width) = (count, width) }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard (1...1 << 24).contains(count), (1...1 << 20).contains(width), inputs[0].rank < 5 else {
      throw ArchitectureError("an embedding of \(count) rows of \(width) for \(inputs[0])")
    }
    return ValueShape(inputs[0].axes + [Axis(.feature, width)])
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] {
    [LayerArray("weight", [count, width], initial: .normal(deviation: 1))]
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    .notCovered("indices have no relevance: ask for it at the rows, its result")
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? { EmbeddingOperation(self, site) }
}

/// Copies rows; back, adds to them.
final class EmbeddingOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  let keepsInputs = true
  let hasParameters = true
  private let (count, width): (Int, Int)
  private let (name, weight): (String, String)

  init(_ layer: Embedding, _ site: LayerSite) {
    outputFormat = .plain(site.outputs[0])
    (count, width, name, weight) = (layer.count, layer.width, site.name, site.array("weight"))
  }

  private func row(_ index: Float) -> Int {
    demand(
      index >= 0 && index < Float(count) && index.rounded() == index,
      "layer '\(name)': the index \(index) is not one of the \(count) rows, 0 ... \(count - 1)")
    return Int(index)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    guard let entry = context.parameters.entry(weight) else { preconditionFailure("no array '\(weight)'") }
    let table = context.parameters.values.span.extracting(entry.range)
    context.converted(inputs[0], to: .plain(inputs[0].format.shape)).withFloats { indices in
      result.withFloats { y in
        for place in 0..<indices.count {
          let from = row(indices[place]) * width
          for column in 0..<width { y[place * width + column] = table[from + column] }
        }
      }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard let entry = context.parameterGradients?.entry(weight), let input = inputs[0] else { return [nil] }
    let plain = context.converted(input, to: .plain(input.format.shape))
    context.parameterGradients?.withMutableSpan { sums in
      for index in entry.range { sums[index] = 0 }
      plain.withFloats { indices in
        gradient.withFloats { g in
          for place in 0..<indices.count {
            let to = entry.offset + row(indices[place]) * width
            for column in 0..<width { sums[to + column] += g[place * width + column] }
          }
        }
      }
    }
    return [nil]
  }
}
