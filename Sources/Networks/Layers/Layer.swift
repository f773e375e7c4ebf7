/// One kind of layer with its parameters: all of it in one file, and one line in ``LayerCatalogue``.
///
/// ```swift
/// let chain: [(String, any Layer)] = [("conv1", Convolution(outputChannels: 8, kernel: [3, 3])), ("relu1", ReLU())]
/// let graph = Architecture(name: "own", inputShape: [1, 20, 130], chain: chain)
/// print(chain.map(\.1.kind))                            // ["convolution", "relu"]
/// ```
///
/// A kind defines its output shapes, the arrays that it learns or keeps, and its computation; everything else (initial weights,
/// checkpoints, `inspect`, costs, tests) follows from that. Another package can add one: see ``LayerCatalogue``.
public protocol Layer: Codable, Sendable, Hashable {
  /// The name in checkpoints and in `inspect`, unique among all kinds.
  static var kind: String { get }
  /// Number of inputs; one by default.
  static var inputCounts: ClosedRange<Int> { get }
  /// The properties visible to other code.
  var traits: LayerTraits { get }

  /// The shape, without batch axis, of its result. Throws when the inputs do not fit.
  func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape
  /// All results, for a kind with several: those after the first have their own names.
  func outputs(of inputs: [ValueShape]) throws(ArchitectureError) -> [LayerOutput]
  /// The arrays that it learns and keeps, given shapes that fit. No array may depend on an axis of free length.
  func arrays(of inputs: [ValueShape]) -> [LayerArray]
  /// The operation for one position in a graph; nil if its result is its first input.
  func operation(at site: LayerSite) -> (any LayerOperation)?
  /// How relevance passes it, given shapes that fit; the default follows from ``traits``, or is not covered.
  func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage
  /// Number of multiplications for one item, for the cost of a pass.
  func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double
  /// Number of elements per item, besides inputs and results, that it uses or keeps for the backward pass, for the cost of a
  /// pass.
  func innerCount(of inputs: [ValueShape], output: ValueShape) -> Double
}

extension Layer {
  public static var inputCounts: ClosedRange<Int> { 1...1 }
  public var kind: String { Self.kind }
  public var traits: LayerTraits { [] }
  public func arrays(of inputs: [ValueShape]) -> [LayerArray] { [] }
  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    Double(inputs.first?.count ?? output.count)
  }
  public func innerCount(of inputs: [ValueShape], output: ValueShape) -> Double { 0 }
  public func outputs(of inputs: [ValueShape]) throws(ArchitectureError) -> [LayerOutput] {
    [LayerOutput(shape: try outputShape(of: inputs))]
  }
}

/// One result of a layer.
public struct LayerOutput: Sendable, Hashable {
  /// Appended to the node's name and a dot; empty for a layer's only result, which has the node's name.
  public var name: String
  public var shape: ValueShape

  public init(_ name: String = "", shape: ValueShape) {
    (self.name, self.shape) = (name, shape)
  }
}

/// The properties of a layer that other code uses without knowing its kind.
public struct LayerTraits: OptionSet, Sendable, Hashable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// It slides learned filters over positions, so a class activation map makes sense.
  public static let filters = LayerTraits(rawValue: 1)
  /// The mean over all positions of a channel.
  public static let averagesPositions = LayerTraits(rawValue: 2)
  /// It only renames or, in training, drops elements: `[C, 1, 1]` to `[C]`, dropout.
  public static let keepsElements = LayerTraits(rawValue: 4)
  /// `W x + b` on a flat vector.
  public static let isAffine = LayerTraits(rawValue: 8)
  /// It draws random numbers while training.
  public static let isRandom = LayerTraits(rawValue: 16)
  /// Its result is not negative and sums to 1 along an axis, like the weights of attention.
  public static let sumsToOne = LayerTraits(rawValue: 64)
  /// It passes positive elements and suppresses others, so gradient rules apply here.
  public static let rectifies = LayerTraits(rawValue: 32)
}
