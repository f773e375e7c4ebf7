import Tensors

/// A function of two elements, in the layout that both inputs share, else in row-major order.
final class BinaryOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  var keepsInputs: Bool { function.gradientsReadInputs }
  private let function: any BinaryLayer
  private let inputFormats: [MemoryFormat]
  /// How the inputs are read.
  private let readFormats: [MemoryFormat]
  private let runs: BroadcastRuns

  init(_ function: any BinaryLayer, _ site: LayerSite) {
    self.function = function
    inputFormats = site.inputs
    let (a, b) = (site.inputs[0], site.inputs[1])
    // The padding of a layout must stay zero.
    let isPadded = a.byteCount > a.shape.count * MemoryLayout<Float>.stride
    let sharesLayout = a == b && !isPadded
    readFormats = sharesLayout ? [a, b] : [.plain(a.shape), .plain(b.shape)]
    outputFormat = sharesLayout ? a : .plain(site.outputs[0])
    let rank = site.outputs[0].rank
    runs = BroadcastRuns(
      site.inputs.map { Broadcasting.aligned($0.shape, rank: rank) }, to: site.outputs[0])
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let result = context.memory(outputFormat)
    let operands = zip(inputs, readFormats).map { context.converted($0, to: $1) }
    operands[0].withFloats { a in
      operands[1].withFloats { b in
        result.withFloats { y in
          forEachRun(a, b, &y) { a, b, y in function.values(a, b, into: &y) }
        }
      }
    }
    return result
  }

  /// Calls with the part of each run in both operands and in the result; of an operand that stands still, one element.
  private func forEachRun(
    _ a: borrowing MutableSpan<Float>, _ b: borrowing MutableSpan<Float>, _ y: inout MutableSpan<Float>,
    _ body: (Span<Float>, Span<Float>, inout MutableSpan<Float>) -> Void
  ) {
    let count = runs.count
    runs.walk { to, offsets in
      func range(_ operand: Int) -> Range<Int> {
        offsets[operand]..<offsets[operand] + (runs.steps[operand] == 1 ? count : 1)
      }
      var part = y._mutatingExtracting(to..<to + count)
      body(a.span.extracting(range(0)), b.span.extracting(range(1)), &part)
    }
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    let pool = context.pool
    let memory = { NativeMemory($0, from: pool) }
    let operands = zip(inputs, readFormats).map { input, format in
      input.map { context.converted($0, to: format) } ?? memory(format)
    }
    return (0..<2).map { index in
      guard wanted[index] else { return nil }
      // The last one may take the gradient's own memory.
      let own = index == 0 && wanted[1] ? gradient.copy(pool) : gradient
      operands[0].withFloats { a in
        operands[1].withFloats { b in
          own.withFloats { g in
            forEachRun(a, b, &g) { a, b, g in
              if index == 0 {
                function.firstGradients(a, b, in: &g)
              } else {
                function.secondGradients(a, b, in: &g)
              }
            }
          }
        }
      }
      let isRepeated = readFormats[index].shape.count < outputFormat.shape.count
      let summed = isRepeated ? Broadcasting.reduce(own, to: readFormats[index], memory) : own
      return context.converted(summed.viewed(as: readFormats[index]), to: inputFormats[index])
    }
  }
}

extension NativeMemory {
  /// The same elements under a format of the same size.
  func viewed(as format: MemoryFormat) -> NativeMemory {
    format == self.format ? self : NativeMemory(format, viewing: self)
  }
}
