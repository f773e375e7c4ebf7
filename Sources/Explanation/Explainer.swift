public import Features
public import Files
public import Models
public import Networks
public import Tensors

/// Explains a network's scores, one input or a batch at a time. It keeps no state between calls.
///
/// ```swift
/// let explainer = Explainer(model)
/// let why = try explainer.explain(input, method: .gradCAM, layer: "conv3", score: .contrast(0, 1))
/// print(why.question, why.flagNames, why.signedMap.shape)
/// ```
///
/// Inputs are standardised, as returned by ``GenreModel/input(_:)``. By default the logit of the predicted class is explained,
/// not its probability, whose gradient nearly vanishes where the network is confident.
public struct Explainer: Sendable {
  public private(set) var network: Network
  /// Class names in the order of the logits.
  public let labels: [String]
  /// The meaning of the input's rows and columns; passed on to each explanation.
  public let spec: FeatureSpec?
  /// How inputs were standardised; only the baseline `silence` needs it.
  public let normalization: FeatureNormalization?
  /// A standard deviation of the inputs, for the baseline `noise`.
  let inputDeviation: Float
  /// Number of inputs per forward and backward pass; a longer batch is divided into such pieces, which bounds the memory. 16, or
  /// fewer for a network whose passes are large (`Network.passSize(upTo:_:)`).
  public var batchSize: Int
  /// Number of masked, noisy or ablated copies of an input per pass, which bounds the memory of methods with many passes: 32, or
  /// fewer likewise.
  public var copiesPerPass: Int
  /// Notified and checked between the passes of methods with many; if it is cancelled, the call throws ``CodedError``
  /// `interrupted`.
  public var job = Job()

  /// Explains a model.
  public init(_ model: GenreModel) {
    (network, labels) = (model.network, model.labels)
    (spec, normalization, inputDeviation) = (model.featureSpec, model.normalization, model.inputDeviation)
    (batchSize, copiesPerPass) = Self.sizes(network)
  }

  /// Explains a network on its own. Without `labels` the classes are named "0", "1", ... Traps when the number of labels is not
  /// the number of classes.
  public init(network: Network, labels: [String]? = nil) {
    let labels = labels ?? (0..<network.classCount).map(String.init)
    demand(
      labels.count == network.classCount, "\(labels.count) labels for \(network.classCount) classes")
    (self.network, self.labels) = (network, labels)
    (spec, normalization, inputDeviation) = (nil, nil, 1)
    (batchSize, copiesPerPass) = Self.sizes(network)
  }

  private static func sizes(_ network: Network) -> (batchSize: Int, copiesPerPass: Int) {
    let copies = network.passSize(upTo: 32, .gradients)
    return (min(16, copies), copies)
  }

  /// The same for another network with these classes and inputs, such as one with random weights.
  public init(_ explainer: Explainer, network: Network) {
    demand(
      network.classCount == explainer.labels.count,
      "\(explainer.labels.count) labels for \(network.classCount) classes")
    self = explainer
    self.network = network
  }

  /// The index of a class by its label or, where the labels are lists of names, by a name that is in one list alone: "tench" of
  /// "tench, Tinca tinca". An unknown one throws with the list of classes.
  public func classIndex(named label: String) throws(CodedError) -> Int {
    if let index = labels.firstIndex(of: label) { return index }
    let listing = labels.indices.filter { labels[$0].names.contains(label) }
    if listing.count == 1 { return listing[0] }
    guard listing.isEmpty else {
      let found = listing.map { "\"\(labels[$0])\"" }.joined(separator: ", ")
      throw CodedError(.unknownClass, "several classes are called \"\(label)\": name one of \(found)")
    }
    guard labels.count > Self.listedLabels else {
      let known = labels.joined(separator: ", ")
      throw CodedError(.unknownClass, "no class \"\(label)\": the model knows \(known)")
    }
    let names = labels.flatMap { [$0] + $0.names }
    throw CodedError(
      .unknownClass, "no class \"\(label)\" among \(labels.count)\(suggestion(for: label, among: names))")
  }

  /// The most labels that a message lists.
  private static let listedLabels = 100

  /// Names of the values at which a class activation map can be made, from the input to the output: those with a map of more
  /// than one position (``MapLayout``). Before a ReLU activations are signed, after it they are not.
  public var layerNames: [String] { MapLayout.layerNames(of: network) }

  /// Explains one normalised input, such as `[C, F, T]`; a network with one channel also takes `[F, T]`.
  ///
  /// - Parameters:
  ///   - layer: a value with maps; by default the last convolution, for ``CAM`` the input of the global pooling. Methods that
  ///     work at the input ignore it.
  ///   - score: the score to explain; by default the logit of the predicted class.
  /// - Throws: ``CodedError`` for an unknown layer or class, a method that cannot work there, an invalid option, or values that
  ///   are not finite. Traps when the input's shape is not the network's.
  public func explain(
    _ input: Tensor, method: some ExplanationMethod = GradCAM(), layer: String? = nil, score: Score = .logit()
  ) throws(CodedError) -> ClassExplanation {
    try explain(batch: [input], method: method, layer: layer, scores: [score])[0]
  }

  /// Explains many inputs of one shape, in order, ``batchSize`` per pass.
  ///
  /// `scores` has one for each input, or is nil for the logits of the predicted classes. For thousands of inputs, call it piece
  /// by piece and release results once they are written. Throws and traps as ``explain(_:method:layer:score:)`` does.
  public func explain(
    batch inputs: [Tensor], method: some ExplanationMethod = GradCAM(), layer: String? = nil,
    scores: [Score]? = nil
  ) throws(CodedError) -> [ClassExplanation] {
    demand(
      scores == nil || scores?.count == inputs.count,
      "\(scores?.count ?? 0) scores for \(inputs.count) inputs")
    guard !inputs.isEmpty else { return [] }
    let asked = scores ?? inputs.map { _ in .logit() }
    return try explain(batch: inputs, by: [MethodAtLayer(method, layer: layer)], scores: [asked])[0][0]
  }

  /// The inputs with all their axes, and the layout of their maps; throws for what no method can work on.
  func checked(
    _ inputs: [Tensor], _ classes: [Int]
  ) throws(CodedError) -> (items: [Tensor], layout: MapLayout) {
    try check(classes: classes)
    guard (1...4096).contains(copiesPerPass) else {
      throw CodedError(.badOption, "copies per pass is \(copiesPerPass): it must be 1 to 4096")
    }
    let items = try standardised(inputs)
    guard let layout = MapLayout(of: inputName, in: network, shape: Shape([1] + items[0].shape.dimensions))
    else {
      throw CodedError(
        .notApplicable, "the network's input with the axes \(network.axes(of: inputName)) has no map")
    }
    return (items, layout)
  }

  private var inputName: String { network.architecture.inputs[0].name }

  private func check(classes: [Int]) throws(CodedError) {
    for index in classes where !labels.indices.contains(index) {
      let known = labels.enumerated().map { "\($0.offset) (\($0.element))" }.joined(separator: ", ")
      throw CodedError(.unknownClass, "no class \(index): the model knows \(known)")
    }
  }

  /// Inputs with all their axes. Throws for values that are not finite, traps on shapes that the network does not take.
  private func standardised(_ inputs: [Tensor]) throws(CodedError) -> [Tensor] {
    guard network.architecture.inputs.count == 1 else {
      throw CodedError(
        .notApplicable, "the network has \(network.architecture.inputs.count) inputs, and one is explained")
    }
    let declared = network.architecture.inputs[0]
    var items: [Tensor] = []
    for (index, input) in inputs.enumerated() {
      let isFlat = input.shape.rank == 2 && declared.axes.count == 3 && declared.axes[0].extent == 1
      let item = isFlat ? input.reshaped([1, input.shape[0], input.shape[1]]) : input
      demand(
        item.shape.rank == declared.axes.count
          && zip(item.shape.dimensions, declared.axes).allSatisfy {
            $0 == $1.extent || (declared.free.contains($1.name) && $0 > 0)
          }, "input \(input.shape) for a network of \(network.inputShape)")
      guard input.isFinite else {
        throw CodedError(.notFinite, "input \(index) holds a value that is not a finite number")
      }
      items.append(item)
    }
    return items
  }

  /// A forward pass, and what methods ask of it.
  struct Pass {
    let inputs: Tensor
    let trace: ForwardTrace
    /// What is shared by the methods on this pass, and by all passes of a call.
    let work = SharedWork()
    let call: SharedWork
  }

  /// Runs a batch and keeps the observed values; throws where the scores are not finite.
  func pass(over batch: Tensor, _ observed: [String], _ call: SharedWork) throws(CodedError) -> Pass {
    try job.requireGoingOn()
    let trace = network.forward(batch, observing: observed)
    guard trace.logits.isFinite else {
      throw CodedError(.notFinite, "the network's scores are not finite: its weights are damaged")
    }
    return Pass(inputs: batch, trace: trace, call: call)
  }

  /// The explanations of a pass by one method for one round of scores.
  func explain(
    _ pass: Pass, _ method: some ExplanationMethod, layer: String, rounds: [[Score]], round: Int,
    inputLayout: MapLayout
  ) throws(CodedError) -> [ClassExplanation] {
    let logits = (0..<pass.inputs.shape[0]).map { pass.trace.logits.item($0).values }
    let asked = rounds.map { scores in
      zip(scores, logits).map { $0.of($0.classIndex ?? Score.predicted($1)) }
    }
    for case .contrast(let index?, let other) in asked[round] where index == other {
      throw CodedError(.badOption, "\(labels[other]) cannot be contrasted with itself")
    }
    let subject = ExplainedBatch(
      network: network, inputs: pass.inputs, trace: pass.trace, layer: layer, scores: asked[round],
      copiesPerPass: copiesPerPass, spec: spec, normalization: normalization, inputDeviation: inputDeviation,
      rounds: asked, round: round,
      pass: pass.work, call: pass.call, job: job)
    let maps = try method.maps(of: subject)
    guard maps.allSatisfy(\.signedMap.isFinite) else {
      throw CodedError(.notFinite, "the map at \(layer) is not finite: weights are too large")
    }
    return maps.enumerated().map { index, map in
      explanation(
        map, method, layer: layer, score: asked[round][index], logits: logits[index], inputLayout)
    }
  }

  /// What is told of a map: flags, class and score beside it.
  private func explanation(
    _ map: MethodMap, _ method: some ExplanationMethod, layer: String, score: Score, logits: [Float],
    _ inputLayout: MapLayout
  ) -> ClassExplanation {
    var flags = map.flags
    let predicted = Score.predicted(logits)
    let classIndex = score.classIndex ?? predicted
    let probability = network.architecture.outputFunction.probabilities(logits)[classIndex]
    if method.traits.isClassBlind { flags.insert(.classBlind) }
    if case .probability = score, min(probability, 1 - probability) < 0.001 { flags.insert(.saturatedScore) }
    if !map.signedMap.values.contains(where: { method.traits.meaning.shown($0) > 0 }) {
      flags.insert(.noPositiveEvidence)
    }
    let inputShape: Shape = [inputLayout.shape[1], inputLayout.shape[2]]
    // A free axis may have another length than usual: that of the map.
    let usual =
      method.traits.hasInputResolution ? inputLayout.axes : MapLayout(of: layer, in: network)?.axes ?? []
    let extents = map.signedMap.shape.dimensions.suffix(usual.count)
    let axes = map.axes ?? zip(usual, extents).map { Axis($0.name, $1) }
    var contrastLabel: String?
    if case .contrast(_, let other) = score { contrastLabel = labels[other] }
    return ClassExplanation(
      method: method, layer: layer, classIndex: classIndex, label: labels[classIndex],
      predictedIndex: predicted,
      predictedLabel: labels[predicted], explainedScore: score,
      score: Float(score.value(logits: logits, network.architecture.outputFunction)),
      probability: probability, signedMap: map.signedMap, axes: axes, inputShape: inputShape,
      inputGradient: map.inputGradient, flags: flags, spec: spec, contrastLabel: contrastLabel,
      baselineInput: map.baselineInput, baselineScore: map.baselineScore.map { Float($0) },
      completenessGap: map.completenessGap.map { Float($0) })
  }
}

extension String {
  /// The names of a label that is a list of them.
  package var names: [String] {
    split(separator: ",").map { String($0.drop { $0 == " " }) }
  }
}
