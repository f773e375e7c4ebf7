import Tensors

/// Which places of a value a result takes along one axis: its own place counted from the outermost with the batch axis 0, and the
/// source of each place of the result; -1 stands for a constant.
struct AxisSelection {
  var axis: Int
  var sources: [Int]

  /// Stretches of the result whose sources follow each other: where each begins there and in the input, and its length.
  fileprivate var stretches: [(result: Int, source: Int, count: Int)] {
    var found: [(result: Int, source: Int, count: Int)] = []
    for (place, source) in sources.enumerated() {
      if let last = found.last, last.source < 0 ? source < 0 : source == last.source + last.count {
        found[found.count - 1].count += 1
      } else {
        found.append((place, source, 1))
      }
    }
    return found
  }
}

/// One or more results, each of which takes some places of the input along some axes: what slices, splits and paddings are.
///
/// Backward the gradients of all that was taken from a place are added there.
final class SelectionOperation: LayerOperation {
  let outputFormats: [MemoryFormat]
  private let inputFormat: MemoryFormat
  private let parts: [Part]
  private let constant: Float

  /// For each result the axes of which it does not take all places in order.
  init(_ selections: [[AxisSelection]], constant: Float = 0, at site: LayerSite) {
    inputFormat = site.inputs[0]
    outputFormats = site.outputs.map { .plain($0) }
    self.constant = constant
    let input = site.inputs[0].shape
    parts = zip(selections, site.outputs).map { Part($0, input: input, output: $1) }
  }

  func forward(
    _ inputs: [NativeMemory], mayOverwrite: Bool, _ context: inout ForwardContext
  ) -> [NativeMemory] {
    let plain = context.converted(inputs[0], to: .plain(inputFormat.shape))
    return zip(parts, outputFormats).map { part, format in
      let result = context.memory(format)
      plain.withFloats { x in
        result.withFloats { y in
          precondition(x.count == part.inputCount && y.count == part.outputCount)
          part.forEachRun { to, from, count in
            if from < 0 {
              for index in 0..<count { unsafe y[unchecked: to + index] = constant }
            } else {
              for index in 0..<count { unsafe y[unchecked: to + index] = x[unchecked: from + index] }
            }
          }
        }
      }
      return result
    }
  }

  func backward(
    _ gradients: [NativeMemory?], inputs: [NativeMemory?], outputs: [NativeMemory?], wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?] {
    guard wanted[0] else { return [nil] }
    let result = context.memory(.plain(inputFormat.shape))
    result.withFloats { dx in
      for index in 0..<dx.count { dx[index] = 0 }
      for (part, gradient) in zip(parts, gradients) {
        guard let gradient else { continue }
        gradient.withFloats { dy in
          precondition(dx.count == part.inputCount && dy.count == part.outputCount)
          part.forEachRun { to, from, count in
            if from < 0 { return }
            for index in 0..<count { unsafe dx[unchecked: from + index] += dy[unchecked: to + index] }
          }
        }
      }
    }
    return [context.converted(result, to: inputFormat)]
  }

  /// One result.
  private struct Part {
    let inputCount: Int
    let outputCount: Int
    /// The result's axes down to the innermost of which places are taken; the axes in it are one run with its stretches.
    private var extents: [Int] = []
    private var sources: [[Int]?] = []
    private var (inputSteps, outputSteps): ([Int], [Int]) = ([], [])
    private var stretches: [(result: Int, source: Int, count: Int)] = []

    init(_ selections: [AxisSelection], input: Shape, output: Shape) {
      (inputCount, outputCount) = (input.count, output.count)
      let last = selections.map(\.axis).max() ?? 0
      func step(_ shape: Shape, _ axis: Int) -> Int { shape.dimensions[(axis + 1)...].reduce(1, *) }
      for axis in 0..<last {
        extents.append(output[axis])
        sources.append(selections.first { $0.axis == axis }?.sources)
        inputSteps.append(step(input, axis))
        outputSteps.append(step(output, axis))
      }
      let block = step(output, last)
      let innermost =
        selections.first { $0.axis == last } ?? AxisSelection(axis: last, sources: Array(0..<output[last]))
      stretches = innermost.stretches.map {
        ($0.result * block, $0.source < 0 ? -1 : $0.source * block, $0.count * block)
      }
    }

    /// Calls with where a run begins in the result and in the input (-1 for the constant), and with its length.
    func forEachRun(_ body: (_ result: Int, _ source: Int, _ count: Int) -> Void) {
      walk(0, 0, 0, body)
    }

    private func walk(_ axis: Int, _ result: Int, _ source: Int, _ body: (Int, Int, Int) -> Void) {
      guard axis < extents.count else {
        for stretch in stretches {
          body(
            result + stretch.result, source < 0 || stretch.source < 0 ? -1 : source + stretch.source,
            stretch.count)
        }
        return
      }
      for place in 0..<extents[axis] {
        let from = sources[axis].map { $0[place] } ?? place
        walk(
          axis + 1, result + place * outputSteps[axis],
          source < 0 || from < 0 ? -1 : source + from * inputSteps[axis],
          body)
      }
    }
  }
}
