import Features
import Networks
import Tensors

/// One input and what is asked about it: what the methods of many passes work on.
struct ExplainedInput {
  let network: Network
  /// `[C, F, T]`, standardised.
  let input: Tensor
  /// `[C, F, T]`; only methods that use it have one.
  let baseline: Tensor?
  /// The layer's activation `[C, f, t]` at this input; nil for methods that work at the input.
  let activation: Tensor?
  let layer: String
  let classIndex: Int
  let target: ExplanationTarget
  /// The explained score at this input.
  let score: Double
  let options: ExplanationOptions

  /// The input's `[F, T]`.
  var mapShape: Shape { [input.shape[1], input.shape[2]] }

  /// The explained score of each row of logits `[N, K]`.
  func scores(ofLogits logits: Tensor) -> [Double] {
    (0..<logits.shape[0]).map {
      ScoredOutput(logits: logits.item($0).values, target: target).preciseScore(of: classIndex)
    }
  }

  /// d score / d input for each item of a batch `[N, C, F, T]`, and each item's score.
  func gradients(_ batch: Tensor) throws(ExplanationError) -> (gradients: Tensor, scores: [Double]) {
    let trace = network.forward(batch, observing: [Network.inputName])
    guard trace.logits.isFinite else {
      throw ExplanationError(.notFinite, "the network's scores of a changed input are not finite")
    }
    let rows = (0..<batch.shape[0]).map { index in
      let output = ScoredOutput(logits: trace.logits.item(index).values, target: target)
      return Tensor(output.scoreWeights(for: classIndex), shape: [output.logits.count])
    }
    let gradients = trace.gradient(of: .weighted(Tensor.stack(rows)), at: Network.inputName)
    return (gradients, scores(ofLogits: trace.logits))
  }

  /// Masked copies of the input. Traps without a baseline.
  var masking: MaskedScoring {
    guard let baseline else { preconditionFailure("a mask without a baseline") }
    return MaskedScoring(
      network: network, input: input, baseline: baseline, batchSize: options.copiesPerPass)
  }
}

/// What a method of many passes finds for one input.
struct ManyPassResult {
  /// `[f, t]` of the layer or `[F, T]` of the input.
  var signedMap: Tensor
  /// d score / d input, or what takes its place, `[C, F, T]`.
  var inputGradient: Tensor?
  /// Whether all gradients were zero.
  var gradientIsZero = false
  var baselineScore: Double?
  var completenessGap: Double?
}

/// A method that runs the network many times for one input.
protocol ManyPassMethod: Sendable {
  func result(for subject: ExplainedInput) throws(ExplanationError) -> ManyPassResult
}

extension ExplanationMethod {
  /// The method with its options, where it is one of many passes.
  func manyPassMethod(_ options: ExplanationOptions) -> (any ManyPassMethod)? {
    switch self {
    case .scoreCAM: ScoreCAM()
    case .ablationCAM: AblationCAM()
    case .smoothGrad: options.smoothGrad
    case .integratedGradients: options.integratedGradients
    case .occlusion: options.occlusion
    case .rise: options.rise
    default: nil
    }
  }
}
