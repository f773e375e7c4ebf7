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

  /// Puts ``value(_:_:)`` of many elements into `y`: there is one, compiled for each kind. An operand of one element stands
  /// for as many equal ones.
  func values(_ a: Span<Float>, _ b: Span<Float>, into y: inout MutableSpan<Float>)
  /// Replaces gradients by ``firstGradient(_:_:_:)``: there is one, compiled for each kind.
  func firstGradients(_ a: Span<Float>, _ b: Span<Float>, in gradients: inout MutableSpan<Float>)
  /// Replaces gradients by ``secondGradient(_:_:_:)``: there is one, compiled for each kind.
  func secondGradients(_ a: Span<Float>, _ b: Span<Float>, in gradients: inout MutableSpan<Float>)
}

extension BinaryLayer {
  public static var inputCounts: ClosedRange<Int> { 2...2 }
  public var gradientsReadInputs: Bool { true }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try Broadcasting.shape(inputs, kind)
  }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double { Double(output.count) }
  public func operation(at site: LayerSite) -> (any LayerOperation)? { BinaryOperation(self, site) }

  @inlinable public func values(_ a: Span<Float>, _ b: Span<Float>, into y: inout MutableSpan<Float>) {
    combine(a, b, &y) { _, a, b in value(a, b) }
  }

  @inlinable public func firstGradients(
    _ a: Span<Float>, _ b: Span<Float>, in gradients: inout MutableSpan<Float>
  ) {
    combine(a, b, &gradients) { gradient, a, b in firstGradient(gradient, a, b) }
  }

  @inlinable public func secondGradients(
    _ a: Span<Float>, _ b: Span<Float>, in gradients: inout MutableSpan<Float>
  ) {
    combine(a, b, &gradients) { gradient, a, b in secondGradient(gradient, a, b) }
  }

  /// Puts the function of each element of `y` and of those that belong to it in its place.
  @inlinable @inline(__always)
  func combine(
    _ a: Span<Float>, _ b: Span<Float>, _ y: inout MutableSpan<Float>,
    _ function: (_ y: Float, _ a: Float, _ b: Float) -> Float
  ) {
    let count = y.count
    precondition((a.count == count || a.count == 1) && (b.count == count || b.count == 1))
    if a.count == count, b.count == count {
      for index in 0..<count {
        unsafe y[unchecked: index] = function(y[unchecked: index], a[unchecked: index], b[unchecked: index])
      }
    } else if b.count == 1 {
      // One for all, or both.
      let (value, first) = (b[0], a[0])
      if a.count == 1 {
        for index in 0..<count { unsafe y[unchecked: index] = function(y[unchecked: index], first, value) }
      } else {
        for index in 0..<count {
          unsafe y[unchecked: index] = function(y[unchecked: index], a[unchecked: index], value)
        }
      }
    } else {
      let value = a[0]
      for index in 0..<count {
        unsafe y[unchecked: index] = function(y[unchecked: index], value, b[unchecked: index])
      }
    }
  }
}

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
