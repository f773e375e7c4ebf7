public import Tensors

/// How relevance passes a layer, as its kind defines it in its own file: ``Layer/relevancePassage(of:)``.
///
/// R is the relevance of the layer's results y, R' that of its inputs x; s(y) is y moved away from 0 by the
/// composite's stabilizer.
public enum RelevancePassage: Sendable {
  /// `y = W x + b` of its only input, linear in x for fixed arrays and in the arrays for fixed x: the composite supplies a rule,
  /// and the layer is run with modified arrays.
  case linear(LinearArrays)
  /// `y = a x + b` with numbers for each channel (the outermost axis), which is merged into the linear layer before it if no
  /// other node reads that; otherwise `R' = R`, as Zennit's composites treat a batch norm.
  case scaling(ChannelScaling)
  /// Each input by its contribution to the sum: `R' = x (d y / d x) R / s(y)`, with d y / d x from the layer's own backward pass,
  /// in which the standard deviation of a norm is held constant (``BackwardContext/holdsDeviation``). Sums, differences, means,
  /// layer norms; for one result.
  case contributions
  /// A product of its inputs: as ``contributions``, with half going to each of two factors that depend on the network's inputs.
  ///
  /// AttnLRP's rule of matrix products: Achtibat et al. 2024, arXiv:2402.05602, proposition 3.3.
  case product
  /// The relevance of each element goes to that element of the named operands (which are repeated as numpy does it),
  /// in equal parts to those that depend on the network's inputs: the identity rule for one operand, AttnLRP's
  /// uniform rule for factors.
  case elementwise(operands: [Int])
  /// Like the gradient: for layers that only move, select or repeat elements, including the maximum of a window.
  case moved
  /// As the layer's operation defines: it is a ``RelevanceOperation``.
  case own
  /// Not at all, with the reason: ``RelevanceError`` names the node if relevance would have to pass it.
  case notCovered(String)

  /// `R' = R`: element-wise functions.
  public static let identity = RelevancePassage.elementwise(operands: [0])
}

/// The arrays of a layer that is linear in its input.
public struct LinearArrays: Sendable {
  /// Names within the layer.
  public var weight: String
  /// Nil if there is no bias.
  public var bias: String?
  /// The axis of the weights that holds the result's channels; nil if a scaling of channels cannot be merged. If it is not nil,
  /// the operation's backward pass needs only the values of a forward pass.
  public var channelAxis: Int?
  /// The same layer with an array `bias`, which a merged norm needs.
  public var biased: (any Layer)?

  public init(weight: String = "weight", bias: String?, channelAxis: Int? = nil, biased: (any Layer)? = nil) {
    (self.weight, self.bias, self.channelAxis, self.biased) = (weight, bias, channelAxis, biased)
  }
}

/// `y = factor x + shift` of each channel.
public struct ChannelScaling: Sendable {
  /// From the layer's arrays, by their names within the layer.
  public var numbers: @Sendable (_ array: (String) -> Tensor) -> (factors: [Double], shifts: [Double])

  public init(
    _ numbers: @escaping @Sendable (_ array: (String) -> Tensor) -> (factors: [Double], shifts: [Double])
  ) {
    self.numbers = numbers
  }
}

/// An operation that defines how relevance passes it: ``RelevancePassage/own``.
public protocol RelevanceOperation: LayerOperation {
  /// Takes the relevance of each result (nil if there is none), which it may overwrite, and returns that of each input in
  /// `wanted`. The caller owns all returned memory.
  func relevance(
    _ relevance: [NativeMemory?], inputs: [NativeMemory], outputs: [NativeMemory], wanted: [Bool],
    _ context: inout BackwardContext
  ) -> [NativeMemory?]
}

extension Layer {
  /// By its traits: affine layers and those with filters are ``RelevancePassage/linear(_:)`` if they learn one array
  /// of two axes or more and at most one of one axis; others that keep elements or average positions are treated accordingly; the
  /// rest are not covered.
  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    if traits.contains(.keepsElements) { return .moved }
    if traits.contains(.averagesPositions) { return .contributions }
    let arrays = arrays(of: inputs).filter { $0.role == .parameter }
    let (weights, biases) = (arrays.filter { $0.shape.rank > 1 }, arrays.filter { $0.shape.rank == 1 })
    if !traits.isDisjoint(with: [.filters, .isAffine]), weights.count == 1, biases.count <= 1 {
      return .linear(LinearArrays(weight: weights[0].name, bias: biases.first?.name))
    }
    return .notCovered("its kind, \(kind), does not say how relevance passes it")
  }
}
