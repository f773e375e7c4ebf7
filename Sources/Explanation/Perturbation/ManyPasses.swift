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

  /// Explains inputs; `classes` nil means the predicted ones.
  func run(_ inputs: [Tensor], classes: [Int]?) throws(ExplanationError) -> [ClassExplanation] {
    let batch = try ExplanationPass(explainer: explainer, method: method, layer: layer, target: target)
      .stacked(inputs)
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
    guard trace.logits.values.allSatisfy(\.isFinite) else {
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
    guard result.signedMap.values.allSatisfy(\.isFinite) else {
      throw ExplanationError(.notFinite, "the map at \(layer) is not finite: weights are too large")
    }
    return explanation(result, output: output, subject: subject)
  }

  private func explanation(
    _ result: ManyPassResult, output: ScoredOutput, subject: ExplainedInput
  ) -> ClassExplanation {
    let (index, probability) = (subject.classIndex, output.probabilities[subject.classIndex])
    var flags: Set<ExplanationFlag> = []
    if method.isClassBlind { flags.insert(.classBlind) }
    if result.gradientIsZero { flags.insert(.zeroGradient) }
    if target == .probability, min(probability, 1 - probability) < 0.001 { flags.insert(.saturatedScore) }
    if !result.signedMap.values.contains(where: { method.reading.apply(to: $0) > 0 }) {
      flags.insert(.noPositiveEvidence)
    }
    if let start = result.baselineScore, let gap = result.completenessGap,
      abs(gap) > IntegratedGradients.tolerance * abs(subject.score - start)
    {
      flags.insert(.incompleteAttribution)
    }
    var explanation = ClassExplanation(
      method: method, layer: layer, classIndex: index, label: explainer.labels[index],
      predictedIndex: output.predicted, predictedLabel: explainer.labels[output.predicted], target: target,
      score: output.score(of: index), probability: probability, signedMap: result.signedMap,
      inputShape: subject.mapShape, inputGradient: result.inputGradient, flags: flags, spec: explainer.spec)
    explanation.baseline = method.usesBaseline ? options.baseline : nil
    explanation.baselineInput = subject.baseline
    explanation.seed = method.usesSeed(options) ? options.seed : nil
    explanation.baselineScore = result.baselineScore.map { Float($0) }
    explanation.completenessGap = result.completenessGap.map { Float($0) }
    return explanation
  }
}
