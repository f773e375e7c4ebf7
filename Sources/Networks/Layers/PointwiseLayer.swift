import Tensors

/// A kind of layer that computes each element of its result from the same element of its input alone.
///
/// Functions without branches, such as those of `Elementary.h`, are vectorised.
public protocol PointwiseLayer: Layer {
  /// y = f(x).
  func value(_ x: Float) -> Float
  /// dy / dx, given x and y.
  func slope(_ x: Float, _ y: Float) -> Float
  /// Which of x and y ``slope(_:_:)`` reads; the one that it does not read is not kept, and the other is passed in its place.
  var slopeReads: PointwiseOperands { get }
  /// Whether guided backpropagation and the deconvolution rule apply here, as at a ReLU.
  var isRectifier: Bool { get }
  /// What is wrong with its parameters; nil if nothing is.
  var mistake: String? { get }

  /// ``value(_:)`` of many elements; the default is compiled for each kind.
  func values(_ x: Span<Float>, into y: inout MutableSpan<Float>)
  /// Multiplies gradients by ``slope(_:_:)``; the default is compiled for each kind.
  func multiplySlopes(_ x: Span<Float>, _ y: Span<Float>, into gradients: inout MutableSpan<Float>)
}

extension PointwiseLayer {
  public var slopeReads: PointwiseOperands { [.input, .output] }
  public var isRectifier: Bool { false }
  public var traits: LayerTraits { isRectifier ? .rectifies : [] }
  public var mistake: String? { nil }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    if let mistake { throw ArchitectureError(mistake) }
    return inputs[0]
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage { .identity }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    PointwiseOperation(
      self, input: site.inputs[0], threads: site.threads, isDifferentiated: site.isDifferentiated)
  }

  @inlinable public func values(_ x: Span<Float>, into y: inout MutableSpan<Float>) {
    precondition(x.count == y.count)
    for index in x.indices { unsafe y[unchecked: index] = value(unsafe x[unchecked: index]) }
  }

  @inlinable public func multiplySlopes(
    _ x: Span<Float>, _ y: Span<Float>, into gradients: inout MutableSpan<Float>
  ) {
    precondition(x.count == gradients.count && y.count == gradients.count)
    for index in x.indices {
      unsafe gradients[unchecked: index] *= slope(unsafe x[unchecked: index], unsafe y[unchecked: index])
    }
  }
}
