import Features
import Files
import Networks
import Tensors

/// One forward pass and its backward passes for a few inputs.
struct ExplanationPass {
  let explainer: Explainer
  let method: ExplanationMethod
  /// The layer the map is made at, resolved; `Network.inputName` for methods that work at the input.
  let layer: String
  let target: ExplanationTarget
  var variant = GradCAMPlusPlus.Variant.exact
  var eigenCAM = EigenCAM.Variant.centred

  private var network: Network { explainer.network }

  /// Explains the inputs; `classes` nil means the predicted ones.
  func run(_ inputs: [Tensor], classes: [Int]?) throws(ExplanationError) -> [ClassExplanation] {
    let batch = try stacked(inputs)
    let observed = Set(method.hasInputResolution ? [layer, Network.inputName] : [layer])
    let trace = network.forward(batch, observing: observed.sorted())
    guard trace.logits.isFinite else {
      throw ExplanationError(.notFinite, "the network's scores are not finite: its weights are damaged")
    }
    let outputs = inputs.indices.map { ScoredOutput(logits: trace.logits.item($0).values, target: target) }
    let classes = classes ?? outputs.map(\.predicted)
    let rows = zip(outputs, classes).map { Tensor($0.scoreWeights(for: $1), shape: [$0.logits.count]) }
    let score = Score.weighted(Tensor.stack(rows))
    let items =
      method == .gradCAMPlusPlus && variant != .exact
      ? variantMaps(trace: trace, score: score, classes: classes)
      : method.usesLayer
        ? layerMaps(batch, trace: trace, score: score) : inputMaps(batch, trace: trace, score: score)
    guard items.allSatisfy({ $0.signedMap.isFinite }) else {
      throw ExplanationError(.notFinite, "the map at \(layer) is not finite: weights are too large")
    }
    return items.enumerated().map { index, item in
      var result = explanation(item, output: outputs[index], classIndex: classes[index])
      switch method {
      case .gradCAMPlusPlus: result.variant = variant.rawValue
      case .eigenCAM: result.variant = eigenCAM.rawValue
      default: break
      }
      return result
    }
  }

  // MARK: - Maps

  /// What one input's maps are made of.
  struct Item {
    let signedMap: Tensor
    let gradientIsZero: Bool
    var isIllConditioned = false
    let inputGradient: Tensor?
  }

  private func layerMaps(_ batch: Tensor, trace: ForwardTrace, score: Score) -> [Item] {
    guard let mapping = method == .eigenCAM ? EigenCAM(variant: eigenCAM) : method.mapping else {
      preconditionFailure("\(method.rawValue) has no layer")
    }
    let activations = trace.activation(at: layer)
    // Eigen-CAM reads no gradient: the backward pass is saved.
    let gradients = method == .eigenCAM ? activations : trace.gradient(of: score, at: layer)
    let guided =
      method == .guidedGradCAM ? trace.gradient(of: score, at: Network.inputName, rule: inputRule) : nil
    var items: [Item] = []
    for index in 0..<batch.shape[0] {
      let (activation, gradient) = (activations.item(index), gradients.item(index))
      var map = mapping.signedMap(activations: activation, gradients: gradient)
      let isIllConditioned = (mapping as? any ChannelWeighting)?.isIllConditioned(
        activations: activation, gradients: gradient)
      if let guided = guided?.item(index) {
        let mask = bilinearlyResized(map.map { max(0, $0) }, to: mapShape(of: guided))
        map = Self.product(overChannels(guided, largerMagnitude), mask)
      }
      items.append(
        Item(
          signedMap: map, gradientIsZero: method != .eigenCAM && gradient.values.allSatisfy { $0 == 0 },
          isIllConditioned: isIllConditioned ?? false, inputGradient: guided?.item(index)))
    }
    return items
  }

  private func inputMaps(_ batch: Tensor, trace: ForwardTrace, score: Score) -> [Item] {
    let gradients = trace.gradient(of: score, at: Network.inputName, rule: inputRule)
    return (0..<batch.shape[0]).map { index in
      let gradient = gradients.item(index)
      let map =
        method == .gradientXInput
        ? overChannels(Self.product(gradient, batch.item(index)), +)
        : overChannels(gradient, largerMagnitude)
      return Item(
        signedMap: map, gradientIsZero: gradient.values.allSatisfy { $0 == 0 }, inputGradient: gradient)
    }
  }

  private var inputRule: GradientRule {
    switch method {
    case .guidedBackprop, .guidedGradCAM: .guided
    case .deconvolution: .deconvolution
    default: .ordinary
    }
  }

  /// What is told of an item: its map with flags, class and score.
  func explanation(_ item: Item, output: ScoredOutput, classIndex: Int) -> ClassExplanation {
    var flags: Set<ExplanationFlag> = []
    if method.isClassBlind { flags.insert(.classBlind) }
    if item.gradientIsZero { flags.insert(.zeroGradient) }
    if item.isIllConditioned { flags.insert(.illConditioned) }
    let probability = output.probabilities[classIndex]
    if target == .probability, min(probability, 1 - probability) < 0.001 { flags.insert(.saturatedScore) }
    if !item.signedMap.values.contains(where: { method.reading.apply(to: $0) > 0 }) {
      flags.insert(.noPositiveEvidence)
    }
    return ClassExplanation(
      method: method, layer: layer, classIndex: classIndex, label: explainer.labels[classIndex],
      predictedIndex: output.predicted, predictedLabel: explainer.labels[output.predicted], target: target,
      score: output.score(of: classIndex), probability: probability, signedMap: item.signedMap,
      inputShape: [network.inputShape[1], network.inputShape[2]], inputGradient: item.inputGradient,
      flags: flags, spec: explainer.spec)
  }

  // MARK: - Checks

  /// Inputs `[F, T]` or `[C, F, T]` as one batch `[N, C, F, T]`. Throws for values that are not finite, traps on other shapes.
  func stacked(_ inputs: [Tensor]) throws(ExplanationError) -> Tensor {
    let shape = network.inputShape
    let flat: Shape = [shape[1], shape[2]]
    var items: [Tensor] = []
    for (index, input) in inputs.enumerated() {
      demand(
        input.shape == shape || (shape[0] == 1 && input.shape == flat),
        "input \(input.shape) for a network of \(shape)")
      guard input.isFinite else {
        throw ExplanationError(.notFinite, "input \(index) holds a value that is not a finite number")
      }
      items.append(input.reshaped(shape))
    }
    return Tensor.stack(items)
  }

  // MARK: - Arithmetic

  private func mapShape(of tensor: Tensor) -> Shape { [tensor.shape[1], tensor.shape[2]] }

  private static func product(_ first: Tensor, _ second: Tensor) -> Tensor {
    demand(first.shape == second.shape, "product of \(first.shape) and \(second.shape)")
    return Tensor(zip(first.values, second.values).map { $0 * $1 }, shape: first.shape)
  }
}
