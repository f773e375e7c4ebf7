import Tensors

/// One kind of layer with its fixed numbers. Channel counts of inputs follow from the graph.
public enum Layer: Sendable, Hashable {
  case convolution(Convolution)
  case pooling(Pooling)
  /// Mean over F and T: `[C, F, T]` to `[C, 1, 1]`.
  case globalAveragePooling
  case dense(Dense)
  /// max(x, 0).
  case relu
  case dropout(Dropout)
  case batchNormalization(BatchNormalization)
  /// Elementwise sum of two or more inputs of one shape.
  case add
  /// Inputs behind each other on the channel axis.
  case concat
  /// `[C, F, T]` to `[C F T]`, row-major as PyTorch's `flatten`.
  case flatten

  /// The name in checkpoints and in `inspect`.
  public var kind: String {
    switch self {
    case .convolution: "convolution"
    case .pooling(let pooling): pooling.reduction == .average ? "average-pooling" : "max-pooling"
    case .globalAveragePooling: "global-average-pooling"
    case .dense: "dense"
    case .relu: "relu"
    case .dropout: "dropout"
    case .batchNormalization: "batch-normalization"
    case .add: "add"
    case .concat: "concat"
    case .flatten: "flatten"
    }
  }

  /// The shape, without batch axis, that comes out of inputs of the given shapes. Throws when they do not fit.
  func outputShape(of inputs: [Shape]) throws(ArchitectureError) -> Shape {
    if case .add = self { return try Merging.sumShape(inputs) }
    if case .concat = self { return try Merging.concatShape(inputs) }
    guard inputs.count == 1 else {
      throw ArchitectureError("\(kind) takes one input, not \(inputs.count)")
    }
    let input = inputs[0]
    switch self {
    case .convolution(let convolution): return try convolution.outputShape(of: input)
    case .pooling(let pooling): return try pooling.outputShape(of: input)
    case .globalAveragePooling:
      guard input.rank == 3 else { throw ArchitectureError("global pooling of \(input)") }
      return [input[0], 1, 1]
    case .dense(let dense): return try dense.outputShape(of: input)
    case .flatten: return [input.count]
    case .dropout(let dropout):
      guard dropout.probability >= 0, dropout.probability < 1 else {
        throw ArchitectureError("dropout probability \(dropout.probability) is outside 0 ..< 1")
      }
      return input
    case .batchNormalization(let normalization):
      guard input.rank == 3, normalization.epsilon > 0, normalization.epsilon.isFinite,
        (0...1).contains(normalization.momentum)
      else {
        throw ArchitectureError("batch normalisation of \(input) with epsilon \(normalization.epsilon)")
      }
      return input
    case .relu, .add, .concat: return input
    }
  }

  /// What the layer learns, named as in PyTorch, given the shape of its input.
  func parameters(input: Shape) -> [(name: String, shape: Shape)] {
    switch self {
    case .convolution(let convolution): convolution.parameters(input: input)
    case .dense(let dense): dense.parameters(input: input)
    case .batchNormalization: [("weight", [input[0]]), ("bias", [input[0]])]
    default: []
    }
  }

  /// What the layer keeps besides its parameters (running statistics).
  func state(input: Shape) -> [(name: String, shape: Shape)] {
    guard case .batchNormalization = self else { return [] }
    return [("running_mean", [input[0]]), ("running_var", [input[0]])]
  }
}

extension Layer: Codable {
  private enum Key: String, CodingKey { case kind }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(kind, forKey: .kind)
    switch self {
    case .convolution(let convolution): try convolution.encode(to: encoder)
    case .pooling(let pooling): try pooling.encode(to: encoder)
    case .dense(let dense): try dense.encode(to: encoder)
    case .dropout(let dropout): try dropout.encode(to: encoder)
    case .batchNormalization(let normalization): try normalization.encode(to: encoder)
    case .globalAveragePooling, .relu, .add, .concat, .flatten: break
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch try container.decode(String.self, forKey: .kind) {
    case "convolution": self = .convolution(try Convolution(from: decoder))
    case "average-pooling", "max-pooling": self = .pooling(try Pooling(from: decoder))
    case "global-average-pooling": self = .globalAveragePooling
    case "dense": self = .dense(try Dense(from: decoder))
    case "relu": self = .relu
    case "dropout": self = .dropout(try Dropout(from: decoder))
    case "batch-normalization": self = .batchNormalization(try BatchNormalization(from: decoder))
    case "add": self = .add
    case "concat": self = .concat
    case "flatten": self = .flatten
    case let other:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container, debugDescription: "unknown layer kind '\(other)'")
    }
  }
}
