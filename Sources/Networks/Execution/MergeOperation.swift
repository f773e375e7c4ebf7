import Files
import Tensors

/// Elementwise sum of inputs of one shape, in the layout of the first.
final class AddOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let keepsOutput = false
  private let inputFormats: [MemoryFormat]

  init(inputs: [MemoryFormat]) {
    inputFormats = inputs
    outputFormat = inputs[0]
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = inputs[0].copy(context.pool)
    for input in inputs.dropFirst() {
      result.add(context.converted(input, to: outputFormat))
    }
    return result
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    zip(inputFormats, wanted).enumerated().map { index, input in
      guard input.1 else { return nil }
      let converted = context.converted(gradient, to: input.0)
      return converted === gradient && index > 0 ? gradient.copy(context.pool) : converted
    }
  }
}

/// Inputs behind each other on the channel axis, in row-major order.
final class ConcatOperation: Operation {
  let outputFormat: MemoryFormat
  let keepsInputs = false
  let keepsOutput = false
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

extension NativeMemory {
  /// Adds the elements of memory in the same format.
  func add(_ other: NativeMemory) {
    demand(other.format == format, "sum of \(format.shape) and \(other.format.shape)")
    withFloats { target in
      other.withFloats { source in for index in 0..<target.count { target[index] += source[index] } }
    }
  }
}
