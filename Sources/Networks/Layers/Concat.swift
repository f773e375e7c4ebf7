import Tensors

/// Inputs behind each other on the channel axis.
public struct Concat: Layer {
  public static let kind = "concat"
  public static let inputCounts = 2...Int.max
  public init() {}

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    guard inputs.allSatisfy({ $0.rank == inputs[0].rank }),
      inputs.allSatisfy({ $0.shape.dimensions.dropFirst() == inputs[0].shape.dimensions.dropFirst() })
    else { throw ArchitectureError("concat needs inputs that differ in channels only, not \(inputs)") }
    var result = inputs[0]
    result.axes[0].extent = inputs.reduce(0) { $0 + $1[0] }
    return result
  }

  public func operation(at site: LayerSite) -> (any Operation)? {
    ConcatOperation(inputs: site.inputs, output: site.outputs[0])
  }
}

/// Inputs behind each other on the channel axis, in row-major order.
final class ConcatOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let inputFormats: [MemoryFormat]

  init(inputs: [MemoryFormat], output: Shape) {
    inputFormats = inputs
    outputFormat = .plain(output)
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = NativeMemory(outputFormat, from: context.pool)
    forEachSlice { index, batch, offset, count in
      let plain = context.converted(inputs[index], to: .plain(inputFormats[index].shape))
      plain.withFloats { source in
        result.withFloats { target in
          for element in 0..<count { target[offset + element] = source[batch * count + element] }
        }
      }
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let parts = inputFormats.map { NativeMemory(.plain($0.shape), from: context.pool) }
    forEachSlice { index, batch, offset, count in
      parts[index].withFloats { target in
        gradient.withFloats { source in
          for element in 0..<count { target[batch * count + element] = source[offset + element] }
        }
      }
    }
    return zip(parts, zip(inputFormats, wanted)).map { part, input in
      input.1 ? context.converted(part, to: input.0) : nil
    }
  }

  /// For every input and batch item: where its run of elements stands in the result, and how long it is.
  private func forEachSlice(_ body: (_ input: Int, _ batch: Int, _ offset: Int, _ count: Int) -> Void) {
    let batchSize = outputFormat.shape[0]
    let stride = outputFormat.shape.count / batchSize
    for batch in 0..<batchSize {
      var offset = batch * stride
      for (index, format) in inputFormats.enumerated() {
        let count = format.shape.count / batchSize
        body(index, batch, offset, count)
        offset += count
      }
    }
  }
}
