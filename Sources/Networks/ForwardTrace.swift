import Files
import Synchronization
public import Tensors

/// The result of a forward pass: the outputs and the observed values, and gradients with respect to them.
///
/// ```swift
/// let trace = network.forward(batch, observing: ["conv3"])
/// let gradient = trace.gradient(of: .logit(1), at: "conv3")            // as the activation, [N, C, F, T]
/// let guided = trace.gradient(of: .logit(1), at: "conv3", rule: .guided)
/// ```
///
/// Only observed values are available; any other traps, since fusion may have left it out of the pass.
///
/// It keeps the memory of the pass for its lifetime. Gradients may be computed any number of times, from any thread, one at a
/// time.
public final class ForwardTrace: Sendable {
  /// The first output: logits, shape `[N, K]`.
  public var logits: Tensor { outputs[0] }
  /// All outputs, in the order of ``Architecture/outputNames``.
  public let outputs: [Tensor]
  /// The running statistics after a training pass.
  public let state: ParameterVector

  let network: Network
  let pass: Mutex<PlanBox>

  let replacements: [String: Replacement]

  init(
    network: Network, plan: Plan, outputs: [Tensor], state: ParameterVector,
    replacements: [String: Replacement]
  ) {
    self.network = network
    self.outputs = outputs
    self.state = state
    self.replacements = replacements
    pass = Mutex(PlanBox(plan))
  }

  deinit {
    let cache = network.cache
    pass.withLock { cache.giveBack($0.plan) }
  }

  /// The probabilities of the logits by the network's ``OutputFunction``, shape `[N, K]`.
  public var probabilities: Tensor { network.architecture.outputFunction.probabilities(logits) }

  /// One output by its name; traps for an unknown one.
  public func output(_ name: String) -> Tensor {
    let names = network.architecture.outputNames
    guard let index = names.firstIndex(of: name) else {
      preconditionFailure("no output '\(name)'; the outputs are \(names)")
    }
    return outputs[index]
  }

  /// The activation of an observed node, shape `[N, C, F, T]` (or `[N, K]` after a flatten).
  ///
  /// Traps when the node was not observed.
  public func activation(at node: String) -> Tensor {
    pass.withLock { box in
      let plan = box.plan
      guard let memory = plan.values[index(of: node, in: plan)] else {
        preconditionFailure("activation of '\(node)' was not kept")
      }
      return memory.plainTensor(OneDNNStream(), network.cache.pool)
    }
  }

  /// d score / d activation at an observed node (or at ``Network/inputName``), with the activation's shape.
  public func gradient(of score: Score, at node: String, rule: GradientRule = .ordinary) -> Tensor {
    gradients(of: score, at: [node], rule: rule)[0]
  }

  /// As ``gradient(of:at:rule:)`` for several nodes in one backward pass.
  public func gradients(of score: Score, at nodes: [String], rule: GradientRule = .ordinary) -> [Tensor] {
    pass.withLock { box in
      let plan = box.plan
      let indices = nodes.map { index(of: $0, in: plan) }
      ThreadPolicy.adoptOnThisThread(plan.purpose.threads)
      var context = BackwardContext(
        stream: OneDNNStream(), pool: network.cache.pool, parameters: network.parameters,
        state: network.state, rule: .ordinary, replacements: replacements)
      let start = NativeMemory(
        score.gradient(logits: logits, network.architecture.outputFunction), context.pool)
      let results = plan.backward(from: [plan.outputValue: start], to: Set(indices), rule: rule, &context)
      return indices.map { index in
        results[index]?.plainTensor(context.stream, context.pool)
          ?? Tensor(shape: plan.formats[index].shape)
      }
    }
  }

  /// d loss / d parameters of a training pass, given d loss / d logits `[N, K]`; overwrites `gradients`. Those of
  /// ``Network/frozenNodes`` are zero.
  ///
  /// Traps unless the pass was one for training. Writes in place when `gradients` has no other copy.
  public func parameterGradients(from logitGradient: Tensor, into gradients: inout ParameterVector) {
    demand(logitGradient.shape == logits.shape, "\(logitGradient.shape) for logits \(logits.shape)")
    // The vector is moved through the pass: a second reference would make its first write a copy.
    var moved: ParameterVector? = gradients
    gradients = ParameterVector([])
    gradients = pass.withLock { box in
      demand(box.plan.purpose.isTraining, "parameter gradients need a training pass")
      ThreadPolicy.adoptOnThisThread(box.plan.purpose.threads)
      var context = BackwardContext(
        stream: OneDNNStream(), pool: network.cache.pool, parameters: network.parameters,
        state: network.state, rule: .ordinary, parameterGradients: moved.take(), replacements: replacements)
      let memory = NativeMemory(logitGradient, context.pool)
      _ = box.plan.backward(from: [box.plan.outputValue: memory], to: [], &context)
      context.parameterGradients?.clear(network.frozenArrays)
      return context.parameterGradients.take() ?? ParameterVector([])
    }
  }

  func index(of node: String, in plan: Plan) -> Int {
    guard let index = plan.valueOfNode[node], plan.purpose.observed.contains(node) else {
      preconditionFailure("'\(node)' was not observed; observed are \(plan.purpose.observed)")
    }
    return index
  }
}
