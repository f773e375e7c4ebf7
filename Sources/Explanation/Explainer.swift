public import Features
import Files
public import Networks
public import Tensors

/// Explains a network's scores, one input or a batch at a time. It keeps no state between calls.
public struct Explainer: Sendable {
  public let network: Network
  /// Class names in the order of the logits.
  public let labels: [String]
  /// What the input's rows and columns are; handed on to each explanation.
  public let spec: FeatureSpec?
  /// How inputs were standardised; only the baseline `silence` needs it.
  public var normalization: FeatureNormalization?
  /// Inputs of one forward and backward pass; a longer batch is cut into such pieces, which bounds the memory.
  public var batchSize = 16

  /// Without `labels` the classes are named "0", "1", ... Traps when the number of labels is not the number of classes.
  public init(
    network: Network, labels: [String]? = nil, spec: FeatureSpec? = nil,
    normalization: FeatureNormalization? = nil
  ) {
    let labels = labels ?? (0..<network.classCount).map(String.init)
    demand(
      labels.count == network.classCount, "\(labels.count) labels for \(network.classCount) classes")
    self.network = network
    self.labels = labels
    self.spec = spec
    self.normalization = normalization
  }

  /// The index of a class; an unknown name throws with the list of classes.
  public func classIndex(named label: String) throws(ExplanationError) -> Int {
    if let index = labels.firstIndex(of: label) { return index }
    let known = labels.joined(separator: ", ")
    throw ExplanationError(.unknownClass, "no class \"\(label)\": the model knows \(known)")
  }

  /// Explains one normalised input, shape `[F, T]` (or `[C, F, T]`).
  ///
  /// - Parameters:
  ///   - layer: a node with maps; by default the last convolution, for ``ExplanationMethod/cam`` the input of the global
  ///     pooling. Methods that work at the input ignore it.
  ///   - classIndex: the class to explain; by default the predicted one.
  ///   - target: what of the output is explained.
  ///   - options: what the method leaves open, such as the baseline.
  /// - Throws: ``ExplanationError`` for an unknown layer or class, a method that cannot work there, an option
  ///   without meaning, or values that are not finite. Traps when the input's shape is not the network's.
  public func explain(
    _ input: Tensor, method: ExplanationMethod = .gradCAM, layer: String? = nil, classIndex: Int? = nil,
    target: ExplanationTarget = .logit, options: ExplanationOptions = ExplanationOptions()
  ) throws(ExplanationError) -> ClassExplanation {
    try explain(
      batch: [input], method: method, layer: layer, classIndices: classIndex.map { [$0] }, target: target,
      options: options)[0]
  }

  /// Explains many inputs, in order, with ``batchSize`` of them in one pass.
  ///
  /// `classIndices` holds one class for each input, or nil for the predicted ones. For thousands of inputs call it piece
  /// by piece and drop what is written out. Throws and traps as ``explain(_:method:layer:classIndex:target:options:)`` does.
  public func explain(
    batch inputs: [Tensor], method: ExplanationMethod = .gradCAM, layer: String? = nil,
    classIndices: [Int]? = nil, target: ExplanationTarget = .logit,
    options: ExplanationOptions = ExplanationOptions()
  ) throws(ExplanationError) -> [ClassExplanation] {
    demand(
      classIndices == nil || classIndices?.count == inputs.count,
      "\(classIndices?.count ?? 0) classes for \(inputs.count) inputs")
    try check(classes: classIndices ?? [], target: target)
    try options.validate(for: method, inputShape: [network.inputShape[1], network.inputShape[2]])
    let layer = try resolvedLayer(layer, for: method)
    var results: [ClassExplanation] = []
    results.reserveCapacity(inputs.count)
    for start in stride(from: 0, to: inputs.count, by: max(1, batchSize)) {
      let range = start..<min(start + max(1, batchSize), inputs.count)
      let (piece, classes) = (Array(inputs[range]), classIndices.map { Array($0[range]) })
      if method.needsManyPasses {
        results += try ManyPasses(
          explainer: self, method: method, layer: layer, target: target, options: options
        ).run(piece, classes: classes)
      } else {
        results += try ExplanationPass(
          explainer: self, method: method, layer: layer, target: target, variant: options.gradCAMPlusPlus,
          eigenCAM: options.eigenCAM
        ).run(piece, classes: classes)
      }
    }
    if case .contrast(let other) = target {
      for index in results.indices { results[index].contrastLabel = labels[other] }
    }
    return results
  }

  private func check(classes: [Int], target: ExplanationTarget) throws(ExplanationError) {
    var asked = classes
    if case .contrast(let other) = target { asked.append(other) }
    for index in asked where !labels.indices.contains(index) {
      let known = labels.enumerated().map { "\($0.offset) (\($0.element))" }.joined(separator: ", ")
      throw ExplanationError(.unknownClass, "no class \(index): the model knows \(known)")
    }
  }
}
