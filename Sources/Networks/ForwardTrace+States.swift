import Files
import Synchronization
public import Tensors

extension ForwardTrace {
  /// d score / d state of recurrent layers at every step, through everything that depends on it: what reads the state then, and
  /// all later steps.
  ///
  /// ```swift
  /// let trace = network.forward(batch, observing: ["input", "lstm1.sequence"])
  /// let gradient = trace.stateGradients(of: .logit(1), at: ["lstm1"])[0]     // as the sequence of states, [N, T, ...]
  /// ```
  ///
  /// ``gradient(of:at:rule:)`` at `lstm1.sequence` is the part that does not pass through the layer's own later steps, as for a
  /// layer of PyTorch or Keras that runs all steps at once; it is zero where only the last state is read. This is the gradient
  /// of a loop in which each state is a value of its own. Traps unless the pass observed the first input and each layer's
  /// `sequence`.
  ///
  /// - Parameter nodes: names of recurrent layers: ``GRU``, ``LSTM``, ``ConvLSTM``.
  public func stateGradients(of score: Score, at nodes: [String]) -> [Tensor] {
    let recorder = StateGradients(nodes: Set(nodes))
    let input = network.architecture.inputs[0].name
    return pass.withLock { box in
      let plan = box.plan
      let shapes = nodes.map { plan.formats[index(of: $0 + ".sequence", in: plan)].shape }
      ThreadPolicy.adoptOnThisThread(plan.purpose.threads)
      var context = BackwardContext(
        stream: OneDNNStream(), pool: network.cache.pool, parameters: network.parameters,
        state: network.state, rule: .ordinary, replacements: replacements)
      context.stateGradients = recorder
      let start = NativeMemory(
        score.gradient(logits: logits, network.architecture.outputFunction), context.pool)
      _ = plan.backward(from: [plan.outputValue: start], to: [index(of: input, in: plan)], &context)
      return zip(nodes, shapes).map { node, shape in recorder.values(of: node, shape: shape) }
    }
  }
}

/// What a backward pass notes of the states of recurrent layers.
final class StateGradients {
  private let nodes: Set<String>
  private var values: [String: [Float]] = [:]

  init(nodes: Set<String>) { self.nodes = nodes }

  func wants(_ node: String) -> Bool { nodes.contains(node) }

  /// Notes one step of one direction, `[rows, units]`, in `[rows, steps, directions units]`.
  func note(
    _ gradient: NativeMemory, of node: String, step: Int, direction: Int, _ sizes: RecurrentSizes
  ) {
    let (units, width) = (sizes.units, sizes.directions * sizes.units)
    var all = values.removeValue(forKey: node) ?? []
    if all.isEmpty { all = [Float](repeating: 0, count: sizes.rows * sizes.steps * width) }
    gradient.withFloats { from in
      for row in 0..<sizes.rows {
        let start = (row * sizes.steps + step) * width + direction * units
        for unit in 0..<units { all[start + unit] = from[row * units + unit] }
      }
    }
    values[node] = all
  }

  /// Zeros where nothing reached the layer.
  func values(of node: String, shape: Shape) -> Tensor {
    values[node].map { Tensor($0, shape: shape) } ?? Tensor(shape: shape)
  }
}
