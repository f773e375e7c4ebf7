import Files
public import Tensors

/// A network is a value: a graph of named layers with their weights.
///
/// Copies share compiled kernels and scratch memory, not weights.
public struct Network: Sendable {
  /// The name of the graph's input, `[N, C, F, T]`.
  public static let inputName = "input"

  public let architecture: Architecture
  /// Everything that training changes by gradients, named as in PyTorch.
  public var parameters: ParameterVector
  /// Running statistics of batch normalisation.
  public var state: ParameterVector
  /// Output shape of every node, without batch axis.
  public let outputShapes: [String: Shape]
  /// The elements that convolutions work on in training passes; sums and weights stay float32.
  ///
  /// Traps in the pass when the processor lacks it: ask ``Precision/isSupported`` first.
  public var trainingPrecision = Precision.float32
  let cache: PlanCache

  /// A network with initial weights: uniform in ±1/sqrt(fan-in) for weights and biases, as PyTorch's layers have by default.
  ///
  /// Throws when the architecture cannot be built.
  public init(_ architecture: Architecture, seed: UInt64) throws(ArchitectureError) {
    let shapes = try architecture.outputShapes()
    let (parameters, state) = try architecture.arrays(shapes)
    self.architecture = architecture
    outputShapes = shapes
    self.parameters = ParameterVector(parameters)
    self.state = ParameterVector(state)
    cache = PlanCache()
    initialize(seed: seed)
  }

  private mutating func initialize(seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: 0x1417)
    for node in architecture.nodes {
      switch node.layer {
      case .convolution, .dense:
        guard let weight = parameters.entry("\(node.name).weight") else { continue }
        let bound = 1 / Float(weight.shape.count / weight.shape[0]).squareRoot()
        for name in ["weight", "bias"] {
          parameters["\(node.name).\(name)"] = parameters["\(node.name).\(name)"].map { _ in
            generator.uniform(in: -bound..<bound)
          }
        }
      case .batchNormalization:
        parameters["\(node.name).weight"] = parameters["\(node.name).weight"].map { _ in 1 }
        state["\(node.name).running_var"] = state["\(node.name).running_var"].map { _ in 1 }
      default: break
      }
    }
  }

  /// Names of the convolutional layers in order: where a class activation map makes sense.
  public var convolutionNames: [String] {
    architecture.nodes.compactMap { node in
      if case .convolution = node.layer { node.name } else { nil }
    }
  }

  /// Number of classes: the length of the logits.
  public var classCount: Int { outputShapes[architecture.nodes[architecture.nodes.count - 1].name]?[0] ?? 0 }

  /// The input's shape without the batch axis: `[C, F, T]`.
  public var inputShape: Shape { architecture.inputShape }

  /// Runs a batch `[N, C, F, T]` in inference mode and keeps the observed nodes for activations and gradients.
  ///
  /// Traps on another shape or an unknown node. Observing a node keeps it from being fused with its neighbours.
  public func forward(_ batch: Tensor, observing nodes: [String] = []) -> ForwardTrace {
    run(batch, observing: nodes, isTraining: false, seed: 0)
  }

  /// Runs a batch in training mode: dropout active (its masks made from `seed`), batch statistics in batch normalisation.
  ///
  /// Observed nodes are kept as ``forward(_:observing:)`` keeps them.
  public func forwardForTraining(
    _ batch: Tensor, seed: UInt64, observing nodes: [String] = []
  ) -> ForwardTrace {
    run(batch, observing: nodes, isTraining: true, seed: seed)
  }

  private func run(_ batch: Tensor, observing nodes: [String], isTraining: Bool, seed: UInt64) -> ForwardTrace
  {
    demand(
      batch.shape.rank == 4 && batch.shape[0] > 0
        && batch.shape.dimensions.dropFirst().elementsEqual(
          inputShape.dimensions),
      "batch \(batch.shape) for a network of [N] + \(inputShape)")
    for node in nodes { demand(outputShapes[node] != nil, "no layer is called '\(node)'") }
    let threads = ThreadPolicy.kernelThreads
    ThreadPolicy.adoptOnThisThread(threads)
    let purpose = Plan.Purpose(
      batchSize: batch.shape[0], isTraining: isTraining, observed: nodes.sorted(),
      threads: threads, precision: isTraining ? trainingPrecision : .float32,
      usesOwnKernels: ConvolutionKernel.isEnabled)
    let plan = cache.checkOut(architecture, shapes: outputShapes, purpose: purpose)
    var context = ForwardContext(
      stream: OneDNNStream(), pool: cache.pool, parameters: parameters, state: state, isTraining: isTraining,
      seed: seed)
    plan.forward(NativeMemory(batch, cache.pool), &context)
    guard let output = plan.values[plan.outputValue] else { preconditionFailure("the pass left no logits") }
    let logits = output.plainTensor(context.stream, cache.pool)
    return ForwardTrace(network: self, plan: plan, logits: logits, state: context.state)
  }
}
