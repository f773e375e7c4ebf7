import Tensors

/// Long short-term memory over a sequence `[T, D]`: `name.sequence` `[T, H]`, `name.last` `[H]` and `name.cell` `[H]`, each with
/// 2 H instead of H when bidirectional, the forward direction first.
///
/// ```
/// i, f, o = sigmoid(W x + b + U h + b')      g = tanh(W x + b + U h + b')
/// c' = f c + i g                             h' = o tanh(c')
/// ```
///
/// `last` and `cell` are h and c after the last step of each direction; both begin with zeros. Arrays as in PyTorch's `LSTM`:
/// `weight_ih_l0` `[4 H, D]`, `weight_hh_l0` `[4 H, H]`, `bias_ih_l0`, `bias_hh_l0` `[4 H]`, those of the backward direction with
/// `_reverse`. Keras stores the transposed matrices and one bias, with the same order of gates.
/// Source: Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, with the forget gate of Gers et al. 2000.
public struct LSTM: Layer {
  public static let kind = "lstm"

  /// The order of the gates in the arrays.
  public enum GateOrder: String, Codable, Sendable, CaseIterable {
    /// PyTorch and Keras.
    case inputForgetNewOutput = "input-forget-new-output"
    /// ONNX.
    case inputOutputForgetNew = "input-output-forget-new"

    /// Where input, forget, new and output lie.
    var places: [Int] { self == .inputForgetNewOutput ? [0, 1, 2, 3] : [0, 2, 3, 1] }
  }

  public var hiddenCount: Int
  public var isBidirectional: Bool
  public var hasBias: Bool
  public var gateOrder: GateOrder

  public init(
    hiddenCount: Int, isBidirectional: Bool = false, hasBias: Bool = true,
    gateOrder: GateOrder = .inputForgetNewOutput
  ) {
    (self.hiddenCount, self.isBidirectional, self.hasBias) = (hiddenCount, isBidirectional, hasBias)
    self.gateOrder = gateOrder
  }

  public func outputShape(of inputs: [ValueShape]) throws(ArchitectureError) -> ValueShape {
    try outputs(of: inputs)[0].shape
  }

  public func outputs(of inputs: [ValueShape]) throws(ArchitectureError) -> [LayerOutput] {
    try recurrentArrays.outputs(of: inputs[0], kind: Self.kind, hasCell: true)
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
      let cell = LSTMCell(
        sizes, places: gateOrder.places, direction: index,
        recurrent: MatrixProjection(
          weight: names.hidden, inputs: hiddenCount, gates: 0..<4 * hiddenCount, stepRows: sizes.kernelRows,
          threads: site.threads),
        biases: names.biases)
      let input = MatrixProjection(
        weight: names.input, inputs: site.inputs[0].shape[2], gates: 0..<4 * hiddenCount)
      return RecurrentOperation.Direction(cell: cell, input: input, isReversed: index == 1)
    }
    return RecurrentOperation(sizes, directions, site: site)
  }

  private var recurrentArrays: RecurrentArrays {
    RecurrentArrays(
      gates: 4, hiddenCount: hiddenCount, isBidirectional: isBidirectional, hasBias: hasBias)
  }
}

/// The step of an LSTM, whose state is multiplied with a matrix or convolved.
final class LSTMCell: RecurrentCell {
  let gateCount: Int
  private(set) var innerState: NativeMemory?
  private let sizes: RecurrentSizes
  private let kernel: RecurrentKernel
  private let recurrent: any GateProjection
  /// Names of biases that are added to each other, each of whose elements holds for `positions` units.
  private let biases: [String]
  private let positions: Int
  private var product: NativeMemory?
  private var cells: NativeMemory?
  private var cellGradient: NativeMemory?
  private var now: NativeMemory?

  init(
    _ sizes: RecurrentSizes, places: [Int], direction: Int, recurrent: any GateProjection, biases: [String],
    positions: Int = 1, isHard: Bool = false
  ) {
    (self.sizes, self.recurrent, self.biases, self.positions) = (sizes, recurrent, biases, positions)
    gateCount = 4 * sizes.units
    kernel = RecurrentKernel(
      rows: sizes.rows, steps: sizes.steps, units: sizes.units, places: places,
      width: sizes.directions * sizes.units, offset: direction * sizes.units, isHard: isHard)
  }

  func inputBias(_ parameters: ParameterVector) -> [Float] {
    var result = [Float](repeating: 0, count: gateCount)
    for name in biases {
      let bias = parameters[name].values
      for index in 0..<gateCount { result[index] += bias[index / positions] }
    }
    return result
  }

  func begin(_ context: ForwardContext) {
    let (inner, product) = (context.memory(sizes.one(sizes.units)), context.memory(sizes.one(gateCount)))
    for memory in [inner, product] {
      memory.withFloats { values in for index in 0..<values.count { values[index] = 0 } }
    }
    (innerState, self.product) = (inner, product)
    cells = sizes.keeps ? context.memory(sizes.all(sizes.units)) : nil
  }

  func step(
    _ step: Int, isFirst: Bool, gates: NativeMemory, state: NativeMemory, before: NativeMemory?,
    output: NativeMemory, _ parameters: ParameterVector
  ) {
    guard let product, let innerState else { preconditionFailure("a step without a beginning") }
    if !isFirst {
      state.withFloats { x in
        product.withFloats { recurrent.forward(x.span, rows: sizes.rows, adds: false, parameters, into: &$0) }
      }
    }
    kernel.lstm(
      at: step, gates: gates, recurrent: product, cell: innerState, state: state, before: before,
      cells: cells,
      output: output)
  }

  func beginGradient(inner: NativeMemory?, keepsForParameters: Bool, _ context: BackwardContext) {
    (cellGradient, now) = (inner, context.memory(sizes.one(gateCount)))
  }

  func gradientStep(
    _ step: Int, earlier: Int?, gates: NativeMemory, before: NativeMemory, stateGradient: NativeMemory,
    gateGradients: NativeMemory, _ parameters: ParameterVector
  ) {
    guard let cells, let cellGradient, let now else { preconditionFailure("a step without a beginning") }
    kernel.lstmGradient(
      at: step, earlier: earlier, gates: gates, cells: cells, stateGradient: stateGradient,
      cellGradient: cellGradient, gateGradients: gateGradients, now: now)
    guard earlier != nil else { return }
    now.withFloats { dy in
      stateGradient.withFloats { dx in
        recurrent.inputGradient(dy.span, rows: sizes.rows, adds: false, parameters, into: &dx)
      }
    }
  }

  func writeGradients(
    gateGradients: NativeMemory, before: NativeMemory, _ gradients: inout ParameterVector
  ) {
    let count = sizes.rows * sizes.steps
    gateGradients.withFloats { dy in
      before.withFloats { recurrent.writeGradient(dy.span, $0.span, rows: count, into: &gradients) }
      guard !biases.isEmpty else { return }
      let sums = Rows.sum(dy.span, count: count, width: gateCount)
      let bias = (0..<gateCount / positions).map { channel in
        Float(sums[channel * positions..<(channel + 1) * positions].reduce(0.0) { $0 + Double($1) })
      }
      for name in biases { gradients[name] = Tensor(bias, shape: [bias.count]) }
    }
  }

  func reset() { (innerState, product, cells, cellGradient, now) = (nil, nil, nil, nil, nil) }
}
