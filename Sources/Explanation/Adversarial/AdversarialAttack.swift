public import Files
import Foundation
public import Networks
public import Tensors

/// A search for a small change to an input that makes a network wrong: at most ``epsilon`` in every cell.
///
/// With L(x) the cross-entropy of class y, `log sum_j exp(z_j) - z_y` of the logits z:
///
///     FGSM    x' = clip(x + epsilon sign(dL / dx))
///     PGD     x_0 = clip(x + u),  u uniform in [-epsilon, epsilon]
///             x_{i+1} = clip(x + max(-epsilon, min(epsilon, x_i + step sign(dL / dx_i) - x)))
///
/// `clip` keeps values within ``bounds``, sign(0) is 0, and the last x_i of PGD is the result. Inputs are standardised feature
/// maps, so ``epsilon`` is in standard deviations of the training set; `MelProjection.difference` converts that to dB. There may
/// be no sound with such a map: the attack bounds the effect of a change of this size, and does not produce a sound that fools
/// anyone.
///
/// The gradient of L vanishes in single precision where the network is confident. Since only its sign matters, the gradient at
/// the logits is replaced by `softmax of the other classes' logits, -1 for y`, which is dL/dz divided by `1 - p_y` and never
/// vanishes.
///
/// Sources: I. Goodfellow, J. Shlens, C. Szegedy, "Explaining and Harnessing Adversarial Examples", ICLR 2015, arXiv:1412.6572;
/// A. Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR 2018, arXiv:1706.06083.
public struct AdversarialAttack: Sendable, Hashable, Codable {
  /// How to find the change.
  public enum Method: String, Sendable, Codable, CaseIterable {
    /// The fast gradient sign method: one step.
    case fgsm
    /// Projected gradient descent (here ascent): many steps, each back into the ball.
    case pgd
  }

  public var method: Method
  /// Largest change of a cell, in the input's units.
  public var epsilon: Float
  /// Steps of PGD.
  public var steps = 10
  /// Length of a PGD step; nil is 2.5 epsilon / steps, so that the border of the ball can be reached from anywhere.
  public var stepSize: Float?
  /// Whether PGD starts at a random point of the ball.
  public var startsAtRandom = true
  /// Seed of the random start, which depends on the input's index but not on the batch.
  public var seed: UInt64 = 0
  /// Allowed values of a changed cell; nil allows all.
  public var bounds: ClosedRange<Float>?
  /// Stream of the seeded generator for the first input.
  static let stream: UInt64 = 0xADE0_0000_0000

  public init(_ method: Method, epsilon: Float) { (self.method, self.epsilon) = (method, epsilon) }

  /// Throws ``CodedError/Code/badOption`` for an invalid number.
  public func validate() throws(CodedError) {
    try require(epsilon >= 0 && epsilon.isFinite, "epsilon", epsilon, "at least 0")
    try require((1...10_000).contains(steps), "steps", steps, "1 to 10000")
    if let stepSize {
      try require(stepSize > 0 && stepSize.isFinite, "the step size", stepSize, "above 0")
    }
  }

  /// Inputs changed so that a network is less confident of these classes, usually the true ones.
  ///
  /// - Parameters:
  ///   - inputs: standardised, `[F, T]` or `[C, F, T]`.
  ///   - classes: one for each input.
  ///   - batchSize: inputs per pass. It affects only the time.
  /// - Throws: ``CodedError`` `badOption` (see ``validate()``), `unknownClass`, `notFinite` for inputs or scores. Traps
  ///   when shapes or counts do not fit.
  /// - Complexity: one forward and one backward pass for each step, and two forward passes.
  public func run(
    _ inputs: [Tensor], classes: [Int], on network: Network, batchSize: Int = 16
  ) throws(CodedError) -> [AdversarialExample] {
    demand(inputs.count == classes.count, "\(classes.count) classes for \(inputs.count) inputs")
    demand(batchSize > 0, "a batch of \(batchSize)")
    try validate()
    try check(classes, on: network)
    var results: [AdversarialExample] = []
    for start in stride(from: 0, to: inputs.count, by: batchSize) {
      let range = start..<min(start + batchSize, inputs.count)
      results += try run(
        batch: Array(inputs[range]), classes: Array(classes[range]), on: network, place: start)
    }
    return results
  }

  /// The same in one pass.
  ///
  /// - Parameters:
  ///   - place: that of the first input among all that are attacked.
  ///   - slope: of the inputs, where it is known: it serves all attacks on them.
  package func run(
    batch inputs: [Tensor], classes: [Int], on network: Network, place: Int, slope: Slope? = nil
  ) throws(CodedError) -> [AdversarialExample] {
    demand(inputs.count == classes.count, "\(classes.count) classes for \(inputs.count) inputs")
    try validate()
    try check(classes, on: network)
    let batch = try Self.stacked(inputs, from: place, network: network)
    let before: [[Float]]
    if let slope { before = slope.logits } else { before = try Self.logits(of: batch, network) }
    var changed = batch
    switch method {
    case .fgsm:
      let gradient: Tensor
      if let slope {
        gradient = slope.gradient
      } else {
        gradient = try Self.ascent(at: batch, classes, network)
      }
      step(&changed, from: batch, by: epsilon, along: gradient)
    case .pgd:
      if startsAtRandom { changed = start(at: batch, place: place) }
      let length = stepSize ?? 2.5 * epsilon / Float(steps)
      for _ in 0..<steps {
        step(&changed, from: batch, by: length, along: try Self.ascent(at: changed, classes, network))
      }
    }
    let after = try Self.logits(of: changed, network)
    return classes.indices.map { index in
      AdversarialExample(
        input: changed.item(index), perturbation: Self.difference(changed.item(index), batch.item(index)),
        classIndex: classes[index], logitsBefore: before[index], logitsAfter: after[index])
    }
  }

  /// What the network says of inputs, and where its loss rises.
  package struct Slope: Sendable {
    fileprivate let logits: [[Float]]
    /// `[N, C, F, T]`.
    fileprivate let gradient: Tensor

    /// - Parameter place: that of the first input among all that are attacked.
    package init(
      of inputs: [Tensor], classes: [Int], on network: Network, place: Int
    ) throws(CodedError) {
      let batch = try AdversarialAttack.stacked(inputs, from: place, network: network)
      logits = try AdversarialAttack.logits(of: batch, network)
      gradient = try AdversarialAttack.ascent(at: batch, classes, network)
    }
  }

  private func check(_ classes: [Int], on network: Network) throws(CodedError) {
    guard network.architecture.outputFunction == .softmax else {
      throw CodedError(.notApplicable, "an attack leads away from a class, and this network gives tags")
    }
    for index in classes where !(0..<network.classCount).contains(index) {
      throw CodedError(.unknownClass, "no class \(index) among \(network.classCount)")
    }
  }

  /// The gradient of the loss at inputs, each divided by `1 - p_y`.
  private static func ascent(
    at batch: Tensor, _ classes: [Int], _ network: Network
  ) throws(CodedError) -> Tensor {
    let trace = network.forward(batch, observing: [Network.inputName])
    guard trace.logits.isFinite else { throw scoresAreNotFinite }
    let rows = classes.indices.map { index in
      let weights = CrossEntropyAscent.logitWeights(
        logits: trace.logits.item(index).values, classIndex: classes[index])
      return Tensor(weights, shape: [weights.count])
    }
    let gradient = trace.gradient(of: .weighted(Tensor.stack(rows)), at: Network.inputName)
    guard gradient.isFinite else {
      throw CodedError(.notFinite, "the gradient at the input is not finite: weights are too large")
    }
    return gradient
  }

  /// One step of length `length` up the loss, back into the ball around `center` and the bounds.
  private func step(
    _ batch: inout Tensor, from center: Tensor, by length: Float, along gradient: Tensor
  ) {
    let (slopes, centers) = (gradient.values.span, center.values.span)
    let epsilon = epsilon
    let (low, high) = (bounds?.lowerBound ?? -.infinity, bounds?.upperBound ?? .infinity)
    batch.withMutableSpan { values in
      for cell in values.indices {
        let slope = slopes[cell]
        let sign: Float = slope > 0 ? 1 : slope < 0 ? -1 : 0
        let change = max(-epsilon, min(epsilon, values[cell] + length * sign - centers[cell]))
        values[cell] = max(low, min(high, centers[cell] + change))
      }
    }
  }

  /// A random point of the ball around each item.
  private func start(at batch: Tensor, place: Int) -> Tensor {
    let size = batch.count / batch.shape[0]
    let (low, high) = (bounds?.lowerBound ?? -.infinity, bounds?.upperBound ?? .infinity)
    var result = batch
    result.withMutableSpan { values in
      for item in 0..<values.count / size {
        var generator = SeededGenerator(seed: seed, stream: Self.stream + UInt64(place + item))
        for cell in item * size..<(item + 1) * size {
          let change = epsilon * (2 * generator.uniform() - 1)
          values[cell] = max(low, min(high, values[cell] + change))
        }
      }
    }
    return result
  }

  // MARK: - Batches

  private static let scoresAreNotFinite = CodedError(
    .notFinite, "the network's scores are not finite: its weights are damaged")

  private static func logits(of batch: Tensor, _ network: Network) throws(CodedError) -> [[Float]] {
    let logits = network.forward(batch).logits
    guard logits.isFinite else { throw scoresAreNotFinite }
    return (0..<batch.shape[0]).map { logits.item($0).values }
  }

  private static func stacked(
    _ inputs: [Tensor], from place: Int, network: Network
  ) throws(CodedError) -> Tensor {
    let shape = network.inputShape
    var items: [Tensor] = []
    for (index, input) in zip(place..., inputs) {
      demand(
        input.shape == shape || (shape[0] == 1 && input.shape == [shape[1], shape[2]]),
        "input \(input.shape) for a network of \(shape)")
      guard input.isFinite else {
        throw CodedError(.notFinite, "input \(index) holds a value that is not a finite number")
      }
      items.append(input.reshaped(shape))
    }
    return Tensor.stack(items)
  }

  private static func difference(_ first: Tensor, _ second: Tensor) -> Tensor {
    Tensor(zip(first.values, second.values).map { $0 - $1 }, shape: first.shape)
  }
}
