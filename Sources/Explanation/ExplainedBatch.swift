import Features
import Files
public import Networks
public import Tensors

/// A few inputs, a forward pass over them, and the score to explain for each: the input of a method.
public struct ExplainedBatch: Sendable {
  public let network: Network
  /// Shape `[N]` plus the axes of the network's input, standardised.
  public let inputs: Tensor
  /// The pass over ``inputs``; it kept what the method observes.
  public let trace: ForwardTrace
  /// The value at which the map is made; the input's name for methods at the input.
  public let layer: String
  /// One for each input, each with its class.
  public let scores: [Score]
  /// Number of changed copies of an input per pass, which bounds the memory of methods with many passes.
  public let copiesPerPass: Int
  let spec: FeatureSpec?
  let normalization: FeatureNormalization?
  let inputDeviation: Float
  /// The scores of all rounds on these inputs, and which round this is.
  let rounds: [[Score]]
  let round: Int
  /// What is shared by all methods and rounds on this pass, and by all passes of one call.
  let pass: SharedWork
  let call: SharedWork
  /// Asked between passes.
  let job: Job

  public var count: Int { inputs.shape[0] }

  /// The scores combined to one for the whole batch.
  public var score: Score { Score.rows(scores, logits: trace.logits, network.architecture.outputFunction) }

  /// The layer's activations as maps, `[N, C, F, T]`.
  public var activations: Tensor {
    pass.value("activations of \(layer)", certain: { maps(trace.activation(at: layer), layer) })
  }

  /// d score / d activation there, `[N, C, F, T]`.
  public var gradients: Tensor {
    pass.value(
      "gradients at \(layer) in round \(round)",
      certain: { maps(trace.gradient(of: score, at: layer), layer) })
  }

  /// d score / d input by a rule, `[N, C, F, T]`.
  public func inputGradients(rule: GradientRule = .ordinary) -> Tensor {
    func gradients() -> Tensor { maps(trace.gradient(of: score, at: inputName, rule: rule), inputName) }
    guard let decision = rule.everywhere else { return gradients() }
    return pass.value("input gradients, \(decision), in round \(round)", certain: gradients)
  }

  /// The inputs as maps, `[N, C, F, T]`.
  public var inputMaps: Tensor { maps(inputs, inputName) }

  /// One of the inputs by itself.
  public subscript(index: Int) -> ExplainedInput { ExplainedInput(batch: self, index: index) }

  var inputName: String { network.architecture.inputs[0].name }

  /// A value of the pass as maps. Traps where it has none.
  func maps(_ values: Tensor, _ name: String) -> Tensor { layout(of: name, values.shape).maps(values) }

  func layout(of name: String, _ shape: Shape) -> MapLayout {
    guard let layout = MapLayout(of: name, in: network, shape: shape) else {
      preconditionFailure("'\(name)' with the axes \(network.axes(of: name)) has no map")
    }
    return layout
  }
}
