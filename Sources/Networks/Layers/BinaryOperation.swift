import Tensors

/// A kind of layer that computes each element of its result from one element of each of two inputs, which are repeated along
/// axes of extent 1 (numpy's rules; the batch axis is aligned by itself).
public protocol BinaryLayer: Layer {
  /// y = f(a, b).
  func value(_ a: Float, _ b: Float) -> Float
  /// d score / d a, given d score / d y.
  func firstGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float
  /// d score / d b.
  func secondGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float
  /// Whether the gradients depend on a and b.
  var gradientsReadInputs: Bool { get }
}

extension BinaryLayer {
  public static var inputCounts: ClosedRange<Int> { 2...2 }
  public var gradientsReadInputs: Bool { true }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try Broadcasting.shape(inputs, kind)
  }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double { Double(output.count) }
  public func operation(at site: LayerSite) -> (any Operation)? { BinaryOperation(self, site) }
}

/// A function of two elements, in the layout that both inputs share, else in row-major order.
final class BinaryOperation<Function: BinaryLayer>: OneResultOperation {
  let outputFormat: MemoryFormat
  var keepsInputs: Bool { function.gradientsReadInputs }
  private let function: Function
  private let inputFormats: [MemoryFormat]
  /// How the inputs are read.
  private let readFormats: [MemoryFormat]
  private let runs: BroadcastRuns

  init(_ function: Function, _ site: LayerSite) {
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
    let function = function
    operands[0].withFloats { a in
      operands[1].withFloats { b in
        result.withFloats { y in run(a, b, &y) { _, a, b in function.value(a, b) } }
      }
    }
    return result
  }

  /// Puts the function of each element of `y` and of the two that belong to it in its place.
  @inline(__always)
  private func run(
    _ a: borrowing MutableSpan<Float>, _ b: borrowing MutableSpan<Float>, _ y: inout MutableSpan<Float>,
    _ function: (_ y: Float, _ a: Float, _ b: Float) -> Float
  ) {
    let (count, first, second) = (runs.count, runs.steps[0], runs.steps[1])
    precondition(y.count == outputFormat.shape.count)
    runs.walk { to, offsets in
      let (i, j) = (offsets[0], offsets[1])
      precondition(
        to + count <= y.count && i + (count - 1) * first < a.count && j + (count - 1) * second < b.count)
      switch (first, second) {
      case (1, 1):
        for index in 0..<count {
          unsafe y[unchecked: to + index] = function(
            y[unchecked: to + index], a[unchecked: i + index], b[unchecked: j + index])
        }
      case (1, 0):
        let value = b[j]
        for index in 0..<count {
          unsafe y[unchecked: to + index] = function(y[unchecked: to + index], a[unchecked: i + index], value)
        }
      default:
        let value = a[i]
        for index in 0..<count {
          unsafe y[unchecked: to + index] = function(
            y[unchecked: to + index], value, b[unchecked: j + index * second])
        }
      }
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
    let function = function
    return (0..<2).map { index in
      guard wanted[index] else { return nil }
      let own = gradient.copy(pool)
      operands[0].withFloats { a in
        operands[1].withFloats { b in
          own.withFloats { y in
            if index == 0 {
              run(a, b, &y) { g, a, b in function.firstGradient(g, a, b) }
            } else {
              run(a, b, &y) { g, a, b in function.secondGradient(g, a, b) }
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
