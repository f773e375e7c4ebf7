import Tensors

/// In inference, a dense layer and the function of each element after it, some rows at a time, so that the function finds them
/// near.
struct DenseFunctionFusion: FusionRule {
  func run(from node: Architecture.Node, in graph: FusionView) -> [Architecture.Node]? {
    guard node.layer is Dense, !graph.isDifferentiated(node), let next = graph.onlyReader(node.name),
      next.layer is ReLU || next.layer is any PointwiseLayer
    else { return nil }
    return [node, next]
  }

  func operation(of run: [Architecture.Node], at site: LayerSite) -> any LayerOperation {
    DenseFunctionOperation(run[0].layer, run[1].layer, site: site)
  }
}

final class DenseFunctionOperation: OneResultOperation {
  let outputFormat: MemoryFormat
  private let inputFormat: MemoryFormat
  /// The two operations for a number of rows; in all `count` rows of `inputs` and `outputs` values.
  private struct Block {
    let rows: Int
    let dense: any OneResultOperation
    let function: any OneResultOperation
  }
  private let blocks: [Block]
  private let (inputs, outputs): (Int, Int)

  init(_ dense: any Layer, _ function: any Layer, site: LayerSite) {
    let (input, output) = (site.inputs[0].shape, site.outputs[0])
    (inputs, outputs) = (input[input.rank - 1], output[output.rank - 1])
    (inputFormat, outputFormat) = (.plain(input), .plain(output))
    func block(_ rows: Int, _ input: Shape, _ output: Shape) -> Block {
      let first = site.with(inputs: [.plain(input)], outputs: [output])
      let second = site.with(inputs: [.plain(output)], outputs: [output])
      guard let dense = dense.operation(at: first) as? any OneResultOperation,
        let function = function.operation(at: second) as? any OneResultOperation
      else { preconditionFailure("a dense layer and a function have one result each") }
      return Block(rows: rows, dense: dense, function: function)
    }
    let count = output.count / outputs
    // About 1 MB of results, but rows enough for the kernel of many rows.
    let most = max(4 * DenseOperation.mostRows, (1 << 18) / outputs)
    guard count > most else {
      blocks = [block(count, input, output)]
      return
    }
    var blocks: [Block] = []
    let parts = (count + most - 1) / most
    for part in 0..<parts {
      let rows = count * (part + 1) / parts - count * part / parts
      let known = blocks.first { $0.rows == rows }
      blocks.append(known ?? block(rows, [rows, inputs], [rows, outputs]))
    }
    self.blocks = blocks
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> NativeMemory {
    let input = context.converted(inputs[0], to: inputFormat)
    guard blocks.count > 1 else {
      let value = blocks[0].dense.forward([input], mayOverwrite: false, &context)
      return blocks[0].function.forward([value], mayOverwrite: true, &context)
    }
    let result = context.memory(outputFormat)
    var first = 0
    for block in blocks {
      let part = rows(of: input, from: first, block.rows)
      let value = block.dense.forward([part], mayOverwrite: false, &context)
      let activated = block.function.forward([value], mayOverwrite: true, &context)
      copy(activated, into: result, from: first, block.rows)
      first += block.rows
    }
    return result
  }

  private func rows(of input: NativeMemory, from first: Int, _ count: Int) -> NativeMemory {
    input.withFloats { values in
      values.withPart(first * inputs..<(first + count) * inputs) { part in
        unsafe part.withUnsafeMutableBufferPointer { buffer in
          guard let start = buffer.baseAddress else { preconditionFailure("no rows") }
          return unsafe NativeMemory(.plain([count, inputs]), borrowing: UnsafeMutableRawPointer(start))
        }
      }
    }
  }

  private func copy(_ block: NativeMemory, into result: NativeMemory, from first: Int, _ count: Int) {
    block.withFloats { source in
      result.withFloats { target in
        target.withPart(first * outputs..<(first + count) * outputs) {
          Rows.copy(source.span, count: count, width: outputs, columns: 0..<outputs, into: &$0)
        }
      }
    }
  }

  func backward(
    _ gradient: NativeMemory, inputs: [NativeMemory?], output: NativeMemory?, wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    preconditionFailure("a gradient through an operation of inference")
  }

  func reset() {
    for block in blocks {
      block.dense.reset()
      block.function.reset()
    }
  }
}
