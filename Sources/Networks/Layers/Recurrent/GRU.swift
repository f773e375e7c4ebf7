import Tensors

/// Gated recurrent unit over a sequence `[T, D]`: `name.sequence` `[T, H]` and `name.last` `[H]`, each with 2 H instead of H when
/// bidirectional, the forward direction first.
///
/// ```
/// r, z = sigmoid(W x + b + U h + b')
/// n = tanh(W x + b + r (U h + b'))      with the reset after the product (PyTorch; Keras's reset_after)
/// n = tanh(W x + b + U (r h) + b')      with the reset before it, as in the paper
/// h' = (1 - z) n + z h
/// ```
///
/// `last` is h after the last step of each direction; it begins with zeros. ONNX calls the first form `linear_before_reset`.
/// Arrays as in PyTorch's `GRU`: `weight_ih_l0` `[3 H, D]`, `weight_hh_l0` `[3 H, H]`, `bias_ih_l0`, `bias_hh_l0` `[3 H]`, those of
/// the backward direction with `_reverse`. Keras stores the transposed matrices, and only one bias if the reset comes before.
/// In Keras before version 2.3 the gates r and z are hard sigmoids (``gateFunction``).
/// Source: Cho et al. 2014, arXiv:1406.1078.
public struct GRU: Layer {
  public static let kind = "gru"

  /// The order of the gates in the arrays.
  public enum GateOrder: String, Codable, Sendable, CaseIterable {
    /// PyTorch.
    case resetUpdateNew = "reset-update-new"
    /// Keras and ONNX.
    case updateResetNew = "update-reset-new"

    /// Where reset, update and new lie; new is the last everywhere.
    var places: [Int] { self == .resetUpdateNew ? [0, 1, 2] : [1, 0, 2] }
  }

  public var hiddenCount: Int
  public var isBidirectional: Bool
  public var hasBias: Bool
  /// Whether the reset gate acts on the state's product rather than on the state.
  public var resetsAfterProduct: Bool
  public var gateOrder: GateOrder
  /// Of reset and update.
  public var gateFunction: GateFunction

  public init(
    hiddenCount: Int, isBidirectional: Bool = false, hasBias: Bool = true, resetsAfterProduct: Bool = true,
    gateOrder: GateOrder = .resetUpdateNew, gateFunction: GateFunction = .sigmoid
  ) {
    (self.hiddenCount, self.isBidirectional, self.hasBias) = (hiddenCount, isBidirectional, hasBias)
    (self.resetsAfterProduct, self.gateOrder, self.gateFunction) = (
      resetsAfterProduct, gateOrder, gateFunction
    )
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try outputs(of: inputs)[0].shape
  }

  public func outputs(of inputs: [ValueShape]) throws(ArchitectureError) -> [LayerOutput] {
    try recurrentArrays.outputs(of: inputs[0], kind: Self.kind, hasCell: false)
  }

  public func arrays(of inputs: [ValueShape]) -> [LayerArray] { recurrentArrays.arrays(of: inputs[0]) }

  public func operationCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    recurrentArrays.operationCount(of: inputs[0])
  }

  public func innerCount(of inputs: [ValueShape], output: ValueShape) -> Double {
    recurrentArrays.innerCount(of: output)
  }

  public func relevancePassage(of inputs: [ValueShape]) -> RelevancePassage {
    .notCovered("no rule for a recurrent layer")
  }

  public func operation(at site: LayerSite) -> (any LayerOperation)? {
    let sizes = recurrentArrays.sizes(at: site)
    let directions = (0..<sizes.directions).map { index in
      let names = recurrentArrays.names(at: site, isReversed: index == 1)
      let input = MatrixProjection(
        weight: names.input, inputs: site.inputs[0].shape[2], gates: 0..<3 * hiddenCount)
      return RecurrentOperation.Direction(
        cell: GRUCell(self, sizes, direction: index, weight: names.hidden, biases: names.biases),
        input: input,
        isReversed: index == 1)
    }
    return RecurrentOperation(sizes, directions, site: site)
  }

  private var recurrentArrays: RecurrentArrays {
    RecurrentArrays(
      gates: 3, hiddenCount: hiddenCount, isBidirectional: isBidirectional, hasBias: hasBias)
  }
}

extension GRU {
  private enum CodingKeys: String, CodingKey {
    case hiddenCount, isBidirectional, hasBias, resetsAfterProduct, gateOrder, gateFunction
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      hiddenCount: try container.decode(Int.self, forKey: .hiddenCount),
      isBidirectional: try container.decode(Bool.self, forKey: .isBidirectional),
      hasBias: try container.decode(Bool.self, forKey: .hasBias),
      resetsAfterProduct: try container.decode(Bool.self, forKey: .resetsAfterProduct),
      gateOrder: try container.decode(GateOrder.self, forKey: .gateOrder),
      gateFunction: try container.decodeIfPresent(GateFunction.self, forKey: .gateFunction) ?? .sigmoid)
  }

  /// The gates' function, which earlier checkpoints do not have, is omitted if it is the sigmoid.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(hiddenCount, forKey: .hiddenCount)
    try container.encode(isBidirectional, forKey: .isBidirectional)
    try container.encode(hasBias, forKey: .hasBias)
    try container.encode(resetsAfterProduct, forKey: .resetsAfterProduct)
    try container.encode(gateOrder, forKey: .gateOrder)
    if gateFunction != .sigmoid { try container.encode(gateFunction, forKey: .gateFunction) }
  }
}

/// The step of a GRU.
final class GRUCell: RecurrentCell {
  let gateCount: Int
  let innerState: NativeMemory? = nil
  private let sizes: RecurrentSizes
  private let kernel: RecurrentKernel
  private let resetsAfter: Bool
  /// To reset and update, and to new.
  private let (gates, new): (MatrixProjection, MatrixProjection)
  /// Names of the bias of the input and of that of the state, or none.
  private let biases: [String]
  /// The product of the state for new and its gradient, and those for the gates.
  private var (newProduct, gateProduct): (NativeMemory?, NativeMemory?)
  /// reset * state, or its gradient, where the reset comes first.
  private var resetState: NativeMemory?
  /// Of each step, what new's product with the state was, or what it was made of.
  private var kept: NativeMemory?
  private var candidates: NativeMemory?
  /// What is added to the state's product for new.
  private var newBias: [Float]?

  init(_ layer: GRU, _ sizes: RecurrentSizes, direction: Int, weight: String, biases: [String]) {
    (self.sizes, self.biases, resetsAfter) = (sizes, biases, layer.resetsAfterProduct)
    let units = sizes.units
    gateCount = 3 * units
    func projection(_ gates: Range<Int>) -> MatrixProjection {
      MatrixProjection(
        weight: weight, inputs: units, gates: gates, stepRows: sizes.kernelRows, threads: sizes.threads)
    }
    (gates, new) = (projection(0..<2 * units), projection(2 * units..<3 * units))
    kernel = RecurrentKernel(
      rows: sizes.rows, steps: sizes.steps, units: units, places: layer.gateOrder.places,
      width: sizes.directions * units, offset: direction * units, isHard: layer.gateFunction == .hardSigmoid)
  }

  func inputBias(_ parameters: ParameterVector) -> [Float] {
    guard biases.count == 2 else { return [Float](repeating: 0, count: gateCount) }
    var result = parameters[biases[0]].values
    let state = parameters[biases[1]].values
    for index in 0..<(resetsAfter ? 2 : 3) * sizes.units { result[index] += state[index] }
    return result
  }

  func begin(_ context: ForwardContext) {
    let (units, parameters) = (sizes.units, context.parameters)
    let (new, gates) = (context.memory(sizes.one(units)), context.memory(sizes.one(2 * units)))
    for memory in [new, gates] {
      memory.withFloats { values in for index in 0..<values.count { values[index] = 0 } }
    }
    (newProduct, gateProduct) = (new, gates)
    resetState = resetsAfter ? nil : context.memory(sizes.one(units))
    kept = sizes.keeps ? context.memory(sizes.all(units)) : nil
    newBias = nil
    guard resetsAfter else { return }
    newBias =
      biases.count == 2
      ? Array(parameters[biases[1]].values[(2 * units)...]) : [Float](repeating: 0, count: units)
  }

  func step(
    _ step: Int, isFirst: Bool, gates activated: NativeMemory, state: NativeMemory, before: NativeMemory?,
    output: NativeMemory, _ parameters: ParameterVector
  ) {
    guard let newProduct, let gateProduct else { preconditionFailure("a step without a beginning") }
    func multiply(_ source: NativeMemory, by map: MatrixProjection, into target: NativeMemory) {
      guard !isFirst else { return }
      source.withFloats { x in
        target.withFloats { map.forward(x.span, rows: sizes.rows, adds: false, parameters, into: &$0) }
      }
    }
    multiply(state, by: gates, into: gateProduct)
    kernel.gruGates(
      at: step, gates: activated, recurrent: gateProduct, state: state, resetState: resetState,
      before: before,
      kept: kept)
    multiply(resetState ?? state, by: new, into: newProduct)
    kernel.gruUpdate(
      at: step, gates: activated, recurrent: newProduct, bias: newBias, state: state, kept: kept,
      output: output)
  }

  func beginGradient(inner: NativeMemory?, keepsForParameters: Bool, _ context: BackwardContext) {
    let units = sizes.units
    (newProduct, gateProduct) = (context.memory(sizes.one(units)), context.memory(sizes.one(2 * units)))
    resetState = resetsAfter ? nil : context.memory(sizes.one(units))
    candidates = keepsForParameters ? context.memory(sizes.all(units)) : nil
  }

  func gradientStep(
    _ step: Int, earlier: Int?, gates activated: NativeMemory, before: NativeMemory,
    stateGradient: NativeMemory, gateGradients: NativeMemory, _ parameters: ParameterVector
  ) {
    guard let kept, let newProduct, let gateProduct else { preconditionFailure("a step without a beginning") }
    kernel.gruUpdateGradient(
      at: step, gates: activated, kept: kept, before: before, resetsAfter: resetsAfter,
      stateGradient: stateGradient, gateGradients: gateGradients, now: gateProduct, candidate: newProduct,
      candidates: candidates)
    func multiply(_ source: NativeMemory, by map: MatrixProjection, adds: Bool, into target: NativeMemory) {
      source.withFloats { dy in
        target.withFloats { map.inputGradient(dy.span, rows: sizes.rows, adds: adds, parameters, into: &$0) }
      }
    }
    if let resetState {
      multiply(newProduct, by: new, adds: false, into: resetState)
      kernel.gruGatesGradient(
        at: step, gates: activated, before: before, resetStateGradient: resetState,
        stateGradient: stateGradient, gateGradients: gateGradients, now: gateProduct)
    } else {
      multiply(newProduct, by: new, adds: true, into: stateGradient)
    }
    multiply(gateProduct, by: gates, adds: true, into: stateGradient)
  }

  func writeGradients(
    gateGradients: NativeMemory, before: NativeMemory, _ gradients: inout ParameterVector
  ) {
    guard let kept, let candidates else { preconditionFailure("parameter gradients without what they need") }
    let (count, units) = (sizes.rows * sizes.steps, sizes.units)
    var first = [Float](repeating: 0, count: count * 2 * units)
    var target = first.mutableSpan
    gateGradients.withFloats { dy in
      Rows.copy(dy.span, count: count, width: gateCount, columns: 0..<2 * units, into: &target)
    }
    before.withFloats { gates.writeGradient(first.span, $0.span, rows: count, into: &gradients) }
    (resetsAfter ? before : kept).withFloats { x in
      candidates.withFloats { new.writeGradient($0.span, x.span, rows: count, into: &gradients) }
    }
    guard biases.count == 2 else { return }
    let sums = gateGradients.withFloats { Rows.sum($0.span, count: count, width: gateCount) }
    let last = candidates.withFloats { Rows.sum($0.span, count: count, width: units) }
    gradients[biases[0]] = Tensor(sums, shape: [gateCount])
    gradients[biases[1]] = Tensor(sums[..<(2 * units)] + last, shape: [gateCount])
  }

  func reset() {
    (newProduct, gateProduct, resetState, kept, candidates) = (nil, nil, nil, nil, nil)
  }
}
