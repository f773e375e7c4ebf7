import Networks
import Tensors

/// Runs the methods that need many passes, one input after the other: each input fills batches of its own.
struct ManyPasses {
  let explainer: Explainer
  let method: ExplanationMethod
  /// The layer the map is made at, resolved.
  let layer: String
  let target: ExplanationTarget
  let options: ExplanationOptions

  private var network: Network { explainer.network }
  private var pass: ExplanationPass {
    ExplanationPass(explainer: explainer, method: method, layer: layer, target: target)
  }

  /// Explains inputs; `classes` nil means the predicted ones.
  func run(_ inputs: [Tensor], classes: [Int]?) throws(ExplanationError) -> [ClassExplanation] {
    let batch = try pass.stacked(inputs)
    var results: [ClassExplanation] = []
    for index in inputs.indices {
      results.append(try run(batch.item(index), classIndex: classes?[index]))
    }
    return results
  }

  private func run(_ input: Tensor, classIndex: Int?) throws(ExplanationError) -> ClassExplanation {
    guard let manyPassMethod = method.manyPassMethod(options) else {
      preconditionFailure("\(method.rawValue) needs one pass")
    }
    let trace = network.forward(Tensor.stack([input]), observing: method.usesLayer ? [layer] : [])
    guard trace.logits.isFinite else {
      throw ExplanationError(.notFinite, "the network's scores are not finite: its weights are damaged")
    }
    let output = ScoredOutput(logits: trace.logits.values, target: target)
    let index = classIndex ?? output.predicted
    var baseline: Tensor?
    if method.usesBaseline {
      baseline = try options.baseline.values(
        for: input, spec: explainer.spec, normalization: explainer.normalization, seed: options.seed)
    }
    let subject = ExplainedInput(
      network: network, input: input, baseline: baseline,
      activation: method.usesLayer ? trace.activation(at: layer).item(0) : nil, layer: layer,
      classIndex: index, target: target, score: output.preciseScore(of: index), options: options)
    let result = try manyPassMethod.result(for: subject)
    guard result.signedMap.isFinite else {
      throw ExplanationError(.notFinite, "the map at \(layer) is not finite: weights are too large")
    }
    return explanation(result, output: output, subject: subject)
  }

  private func explanation(
    _ result: ManyPassResult, output: ScoredOutput, subject: ExplainedInput
  ) -> ClassExplanation {
    let item = ExplanationPass.Item(
      signedMap: result.signedMap, gradientIsZero: result.gradientIsZero, inputGradient: result.inputGradient)
    var explanation = pass.explanation(item, output: output, classIndex: subject.classIndex)
    if let start = result.baselineScore, let gap = result.completenessGap,
      abs(gap) > IntegratedGradients.tolerance * abs(subject.score - start)
    {
      explanation.flags.insert(.incompleteAttribution)
    }
    explanation.baseline = method.usesBaseline ? options.baseline : nil
    explanation.baselineInput = subject.baseline
    explanation.seed = method.usesSeed(options) ? options.seed : nil
    explanation.baselineScore = result.baselineScore.map { Float($0) }
    explanation.completenessGap = result.completenessGap.map { Float($0) }
    return explanation
  }
}
