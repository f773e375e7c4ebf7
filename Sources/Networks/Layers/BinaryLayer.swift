import Tensors

/// A kind of layer that computes each element of its result from one element of each of two inputs, which are broadcast along
/// axes of extent 1 (numpy's rules; the batch axis is aligned separately).
public protocol BinaryLayer: Layer {
  /// y = f(a, b).
  func value(_ a: Float, _ b: Float) -> Float
  /// d score / d a, given d score / d y.
  func firstGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float
  /// d score / d b.
  func secondGradient(_ gradient: Float, _ a: Float, _ b: Float) -> Float
  /// Whether the gradients depend on a and b.
  var gradientsReadInputs: Bool { get }

  /// Writes ``value(_:_:)`` of many elements to `y`; the default is compiled for each kind. An operand of one element is
  /// broadcast.
  func values(_ a: Span<Float>, _ b: Span<Float>, into y: inout MutableSpan<Float>)
  /// Replaces gradients by ``firstGradient(_:_:_:)``; the default is compiled for each kind.
  func firstGradients(_ a: Span<Float>, _ b: Span<Float>, in gradients: inout MutableSpan<Float>)
  /// Replaces gradients by ``secondGradient(_:_:_:)``; the default is compiled for each kind.
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
