import Files
public import Tensors

/// A network is a value: a graph of named layers with their weights.
///
/// ```swift
/// let network = try Network(.threeBlock(inputShape: [1, 128, 431], classCount: 2), seed: 1)
/// let trace = network.forward(batch, observing: ["conv3"])             // batch: [N, 1, 128, 431]
/// print(trace.probabilities.shape, trace.activation(at: "conv3").shape)
/// ```
///
/// Nodes that are not observed may be fused with their neighbours, which is faster; observed values are kept as the graph defines
/// them. So the same network is used for training, inference and explanation, without any hooks.
///
/// Copies share compiled kernels and scratch memory, not weights.
public struct Network: Sendable {
  /// The name of the graph's input, `[N, C, F, T]`.
  public static let inputName = "input"

  public let architecture: Architecture
  /// All arrays that training updates by gradients, named as in PyTorch.
  public var parameters: ParameterVector
  /// The state of layers: running statistics of batch normalisation, constants.
  public var state: ParameterVector
  /// Output shape of every value, without batch axis; free axes have their usual length.
  public let outputShapes: [String: Shape]
  /// The number format of convolutions in training passes; sums and weights stay float32.
  ///
  /// The pass traps if the processor does not support it: check ``Precision/isSupported`` first.
  public var trainingPrecision = Precision.float32
  /// Nodes that a training pass computes as inference does: batch normalisations use the running statistics and leave them as
  /// they are, and nothing is dropped. The gradients of their arrays are zero.
  public var frozenNodes: Set<String> = []
  /// Whether batch normalisations are folded into the convolutions before them if they are not observed and no gradient passes:
  /// faster inference, whose values differ by rounding from those of passes that observe them (and of earlier versions).
  public var foldsNormalization = false
  /// Whether inference and its gradients may use faster algorithms whose values differ by rounding, for work of thousands of
  /// passes: 5 x 5 convolutions followed by 2 x 2 average pooling, if not observed, run on blocks of pixels by Winograd's
  /// algorithm, and methods that evaluate many copies of an input exploit the linear parts of the network.
  public var convolvesBlocks = false
  /// What the layers learn and keep, by name.
  let arrays: [LayerArray]
  /// ``outputShapes`` with the names of the axes.
  let valueShapes: [String: ValueShape]
  let cache: PlanCache

  /// A network with each layer's initial weights: for convolutions and dense layers, weights and biases are uniform in
  /// ±1/sqrt(fan-in), as by default in PyTorch.
  ///
  /// Throws when the architecture cannot be built.
  public init(_ architecture: Architecture, seed: UInt64) throws(ArchitectureError) {
    let shapes = try architecture.valueShapes()
    arrays = try architecture.arrays(shapes)
    try architecture.checkFreeAxes(arrays)
    guard (0...1 << 16).contains(architecture.tokensBeforeTime) else {
      throw ArchitectureError(
        "\(architecture.tokensBeforeTime) tokens before the first that belongs to a time")
    }
    self.architecture = architecture
    valueShapes = shapes
    outputShapes = shapes.mapValues(\.shape)
    parameters = ParameterVector(arrays: arrays.filter { $0.role == .parameter })
    state = ParameterVector(arrays: arrays.filter { $0.role != .parameter })
    cache = PlanCache()
    var generator = SeededGenerator(seed: seed, stream: 0x1417)
    for array in arrays {
      let values = array.initial.values(array.shape.count, &generator)
      guard values.count == array.shape.count else {
        throw ArchitectureError(
          "the array '\(array.name)' of \(array.shape) has \(values.count) initial values")
      }
      let tensor = Tensor(values, shape: array.shape)
      if array.role == .parameter { parameters[array.name] = tensor } else { state[array.name] = tensor }
    }
  }

  /// The weights of a network in an architecture with the same arrays, or with some of them. Throws where an array's shape is
  /// another.
  init(_ network: Network, over architecture: Architecture) throws(ArchitectureError) {
    let shapes = try architecture.valueShapes()
    arrays = try architecture.arrays(shapes)
    let known = Dictionary(network.arrays.map { ($0.name, $0.shape) }) { first, _ in first }
    for array in arrays where known[array.name] != array.shape {
      throw ArchitectureError(
        "the array '\(array.name)' is \(known[array.name] ?? []), and would be \(array.shape)")
    }
    self.architecture = architecture
    (valueShapes, outputShapes) = (shapes, shapes.mapValues(\.shape))
    (parameters, state, cache) = (network.parameters, network.state, PlanCache())
    (trainingPrecision, foldsNormalization) = (network.trainingPrecision, network.foldsNormalization)
    (convolvesBlocks, frozenNodes) = (network.convolvesBlocks, network.frozenNodes)
  }

  /// Names of the layers with learned filters, in order: those for which a class activation map makes sense.
  public var convolutionNames: [String] {
    architecture.nodes.filter { $0.layer.traits.contains(.filters) }.map(\.name)
  }

  /// Names of the weights of self-attention, `[heads, tokens, tokens]`, in order.
  public var attentionNames: [String] {
    architecture.nodes.filter { node in
      node.layer.traits.contains(.sumsToOne) && axes(of: node.name).map(\.name) == [.channel, .token, .token]
    }.map(\.name)
  }

  /// Number of classes: the length of the logits.
  public var classCount: Int { architecture.outputNames.first.flatMap { outputShapes[$0]?[0] } ?? 0 }

  /// The shape of the first input without the batch axis, such as `[C, F, T]`.
  public var inputShape: Shape { architecture.inputShape }

  /// The axes of a value without the batch axis; traps for an unknown name.
  public func axes(of value: String) -> [Axis] {
    demand(valueShapes[value] != nil, "no value is called '\(value)'")
    return valueShapes[value]?.axes ?? []
  }

  /// Whether each item of a batch has its own value; false for stored ones. Traps for an unknown name.
  public func isBatched(_ value: String) -> Bool {
    demand(valueShapes[value] != nil, "no value is called '\(value)'")
    return valueShapes[value]?.isBatched ?? true
  }

  /// Names of the results of a node, in order.
  public func valueNames(of node: String) -> [String] {
    guard valueShapes[node] == nil else { return [node] }
    guard let node = architecture.nodes.first(where: { $0.name == node }) else { return [] }
    return architecture.resultNames(of: node, valueShapes)
  }

  /// Names of all results, in the order of the nodes.
  public var valueNames: [String] { architecture.nodes.flatMap { valueNames(of: $0.name) } }

  /// Names of the arrays that a node learns or keeps, in ``parameters`` or ``state``; including those that it shares.
  public func arrayNames(of node: String) -> [String] {
    guard let node = architecture.nodes.first(where: { $0.name == node }) else { return [] }
    return node.layer.arrays(of: node.inputs.compactMap { valueShapes[$0] }).map { node.array($0.name) }
  }

  /// Names of the arrays that nodes of ``frozenNodes`` learn or keep; of an array that nodes share, one of them is enough.
  public var frozenArrays: Set<String> { Set(frozenNodes.flatMap(arrayNames)) }

  /// The smallest valid value of an array of the network; nil if all are valid.
  public func minimum(ofArray name: String) -> Float? { arrays.first { $0.name == name }?.minimum }

  /// Runs a batch, such as `[N, C, F, T]`, in inference mode and keeps the observed values for activations and gradients.
  ///
  /// Traps on a wrong shape or an unknown name. Observing a value prevents its node from being fused with its neighbours.
  ///
  /// - Parameters:
  ///   - batch: the network's only input.
  ///   - values: names of nodes or of single results of them.
  ///   - replacements: what to use instead of named values; everything that depends on them uses the new ones.
  public func forward(
    _ batch: Tensor, observing values: [String] = [], replacing replacements: [String: Replacement] = [:]
  ) -> ForwardTrace {
    demand(architecture.inputs.count == 1, "one tensor for \(architecture.inputs.count) inputs")
    return forward([architecture.inputs[0].name: batch], observing: values, replacing: replacements)
  }

  /// As ``forward(_:observing:replacing:)`` for a network with several inputs, by name, all of one batch size.
  public func forward(
    _ inputs: [String: Tensor], observing values: [String] = [],
    replacing replacements: [String: Replacement] = [:]
  ) -> ForwardTrace {
    run(inputs, observing: values, replacing: replacements, isTraining: false, seed: 0)
  }

  /// Runs a batch in training mode: dropout active (its masks made from `seed`), batch statistics in batch normalisation.
  ///
  /// Observed values are kept as in ``forward(_:observing:replacing:)-(Tensor,_,_)``.
  public func forwardForTraining(
    _ batch: Tensor, seed: UInt64, observing values: [String] = []
  ) -> ForwardTrace {
    demand(architecture.inputs.count == 1, "one tensor for \(architecture.inputs.count) inputs")
    return forwardForTraining([architecture.inputs[0].name: batch], seed: seed, observing: values)
  }

  /// As ``forwardForTraining(_:seed:observing:)`` for a network with several inputs.
  public func forwardForTraining(
    _ inputs: [String: Tensor], seed: UInt64, observing values: [String] = []
  ) -> ForwardTrace {
    run(inputs, observing: values, replacing: [:], isTraining: true, seed: seed)
  }

  private func run(
    _ inputs: [String: Tensor], observing values: [String], replacing replacements: [String: Replacement],
    isTraining: Bool, seed: UInt64
  ) -> ForwardTrace {
    let (batchSize, extents) = checked(inputs)
    for name in values + replacements.keys {
      demand(outputShapes[name] != nil, "no layer is called '\(name)'")
    }
    let threads = ThreadPolicy.kernelThreads
    ThreadPolicy.adoptOnThisThread(threads)
    var purpose = Plan.Purpose(
      batchSize: batchSize, isTraining: isTraining, observed: values.sorted(),
      threads: threads, precision: isTraining ? trainingPrecision : .float32,
      usesOwnKernels: ConvolutionKernel.isEnabled)
    (purpose.replaced, purpose.extents) = (replacements.keys.sorted(), extents)
    purpose.foldsNormalization = foldsNormalization && !isTraining
    purpose.convolvesBlocks = convolvesBlocks && !isTraining
    if isTraining { purpose.frozen = frozenNodes }
    let shapes = shapes(extents)
    for (name, replacement) in replacements {
      replacement.check(name, shapes[name]?.batched(batchSize) ?? [])
    }
    let plan = cache.checkOut(architecture, shapes: shapes, purpose: purpose)
    var context = ForwardContext(
      stream: OneDNNStream(), pool: cache.pool, parameters: parameters, state: state, isTraining: isTraining,
      seed: seed, replacements: replacements)
    let memory = architecture.inputs.compactMap { inputs[$0.name] }.map { NativeMemory($0, cache.pool) }
    plan.forward(memory, &context)
    let outputs = plan.outputValues.map { value in
      guard let output = plan.values[value] else { preconditionFailure("the pass left no result") }
      return output.plainTensor(context.stream, cache.pool)
    }
    return ForwardTrace(
      network: self, plan: plan, outputs: outputs, state: context.state, replacements: replacements)
  }

  /// The batch size, and the inputs' extents where they are not the usual ones. Traps for inputs that do not fit.
  private func checked(_ inputs: [String: Tensor]) -> (batchSize: Int, extents: [[Int]]) {
    let declared = architecture.inputs
    demand(
      inputs.count == declared.count && declared.allSatisfy { inputs[$0.name] != nil },
      "inputs \(inputs.keys.sorted()) for a network of \(declared.map(\.name))")
    let batchSize = inputs.first?.value.shape.dimensions.first ?? 0
    var extents: [[Int]] = []
    for input in declared {
      let shape = inputs[input.name]?.shape ?? []
      let own = Array(shape.dimensions.dropFirst())
      let fits =
        shape.rank == input.axes.count + 1 && batchSize > 0 && shape[0] == batchSize
        && zip(input.axes, own).allSatisfy { $0.extent == $1 || (input.free.contains($0.name) && $1 > 0) }
      demand(fits, "batch \(shape) for a network of [N] + \(input.shape)")
      extents.append(own)
    }
    let usual = declared.map { $0.axes.map(\.extent) }
    return (batchSize, extents == usual ? [] : extents)
  }

  /// The shapes of all values for inputs of these extents. Traps where they do not fit.
  func shapes(_ extents: [[Int]]) -> [String: ValueShape] {
    guard !extents.isEmpty else { return valueShapes }
    let named = zip(architecture.inputs.map(\.name), extents)
    var mistake = ""
    do throws(ArchitectureError) {
      return try architecture.valueShapes(of: Dictionary(uniqueKeysWithValues: named))
    } catch {
      mistake = "\(error)"
    }
    demand(mistake.isEmpty, "inputs of \(extents): \(mistake)")
    return valueShapes
  }
}
