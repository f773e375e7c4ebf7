public import Files
public import Networks
import Tensors

/// Attribution over time: what each step that the first recurrent layer reads contributed to the score.
///
/// With a_t the features of step t, which the convolutions before the recurrence made, and A all of them:
///
/// | variant | attribution of step t | sum over t |
/// |---|---|---|
/// | `integrated` | a_t times the mean gradient on the way from 0 to A | score(A) - score(0), exactly but for the quadrature |
/// | `gradient` | a_t times the gradient at A | the slope of the score when all steps grow in proportion |
/// | `left-out` | score(A) - score(A with a_t = 0) | none |
///
/// 0 is no step at all only for features after a ReLU or a pooling of such; else it is their usual origin. The deviation of the first
/// is reported as ``ClassExplanation/completenessGap``; more than 5 % of the difference sets the flag
/// ``ExplanationFlag/incompleteAttribution``. Cost: one pass, then 32 passes (`left-out`: T) of what comes after the
/// convolutions, many in one.
///
/// Source: Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, arXiv:1703.01365, here at a layer
/// instead of the input.
public struct StepAttribution: ManyPassMethod {
  public enum Variant: String, CaseIterable, Sendable {
    case integrated, gradient
    case leftOut = "left-out"
  }

  public static let name = "step-attribution"
  public static let traits = MethodTraits(
    reads: .recurrence, meaning: .attribution, hasInputResolution: false, needsManyPasses: true)
  public static let summary = MethodSummary(
    formula: "features of step t times their mean gradient on the path from 0",
    passes: "32, from the recurrence on", source: "after Sundararajan et al. 2017, arXiv:1703.01365")
  public static let options: [MethodOption<Self>] = [
    .choice("variant", \.variant, subject: "step attribution", help: "how a step's part is counted")
  ]

  /// Points on the path.
  private static let pointCount = 32

  public var variant = Variant.integrated

  public init() {}

  public init(variant: Variant) { self.variant = variant }

  /// What the first recurrent layer reads: steps of features.
  public func layer(_ asked: String?, of network: Network) throws(CodedError) -> String {
    guard let value = network.recurrence.reads else {
      throw CodedError(
        .notApplicable, "\(name) needs a network with a recurrent layer, and this one has none")
    }
    let axes = network.axes(of: value).map(\.name)
    guard axes.count == 2, [.time, .token].contains(axes[0]) else {
      throw CodedError(
        .notApplicable,
        "\(name) needs a recurrent layer over steps of features; of maps, SequenceExplainer explains each step"
      )
    }
    return value
  }

  public func observedValues(at layer: String, of network: Network) -> [String] { [layer] }

  func map(of subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let steps = subject.trace.activation(at: subject.layer).item(subject.index)
    let rest = try subject.network.rest(after: subject.layer, shape: steps.shape, of: Self.name, subject)
    let count = steps.shape[0]
    var attributions: [Double]
    var ends: (from: Double, to: Double)?
    switch variant {
    case .leftOut:
      let ablated = (0..<count).map { Self.without($0, steps) }
      let scores = try Self.scores(of: [steps] + ablated, rest, subject)
      attributions = scores.dropFirst().map { scores[0] - $0 }
    case .gradient:
      attributions = try Self.products(of: steps, at: [(1, 1)], rest, subject)
    case .integrated:
      let points = gaussLegendre(Self.pointCount).map { ($0.position, $0.weight) }
      attributions = try Self.products(of: steps, at: points, rest, subject)
      let scores = try Self.scores(of: [steps, Tensor(shape: steps.shape)], rest, subject)
      ends = (scores[1], scores[0])
    }
    var map = MethodMap(Tensor(attributions.map { Float($0) }, shape: [1, count]))
    map.axes = [Axis(subject.network.axes(of: subject.layer)[0].name, count)]
    if let ends {
      let gap = attributions.reduce(0, +) - (ends.to - ends.from)
      (map.baselineScore, map.completenessGap) = (ends.from, gap)
      if abs(gap) > IntegratedGradients.tolerance * abs(ends.to - ends.from) {
        map.flags.insert(.incompleteAttribution)
      }
    }
    if attributions.allSatisfy({ $0 == 0 }) { map.flags.insert(.zeroGradient) }
    return map
  }

  private static func without(_ step: Int, _ steps: Tensor) -> Tensor {
    var values = steps.values
    let size = steps.shape[1]
    for place in step * size..<(step + 1) * size { values[place] = 0 }
    return Tensor(values, shape: steps.shape)
  }

  /// Sums over the features of a_t times the weighted sum of the gradients at shares of the path.
  private static func products(
    of steps: Tensor, at points: [(position: Double, weight: Double)], _ rest: Network,
    _ subject: ExplainedInput
  ) throws(CodedError) -> [Double] {
    let (count, size, values) = (steps.shape[0], steps.shape[1], steps.values)
    var sums = [Double](repeating: 0, count: count)
    for start in stride(from: 0, to: points.count, by: max(1, subject.copiesPerPass)) {
      try subject.job.requireGoingOn()
      let some = points[start..<min(start + max(1, subject.copiesPerPass), points.count)]
      let copies = some.map { point in steps.map { $0 * Float(point.position) } }
      let trace = rest.forward(Tensor.stack(copies), observing: [subject.layer])
      guard trace.logits.isFinite else {
        throw CodedError(.notFinite, "the network's scores of changed steps are not finite")
      }
      let scores = some.map { _ in subject.score }
      let gradients = trace.gradient(
        of: Score.rows(scores, logits: trace.logits, rest.architecture.outputFunction), at: subject.layer
      ).values
      for (item, point) in some.enumerated() {
        for step in 0..<count {
          var sum = 0.0
          for place in step * size..<(step + 1) * size {
            sum += Double(gradients[item * count * size + place]) * Double(values[place])
          }
          sums[step] += point.weight * sum
        }
      }
    }
    return sums
  }

  private static func scores(
    of items: [Tensor], _ rest: Network, _ subject: ExplainedInput
  ) throws(CodedError) -> [Double] {
    var scores: [Double] = []
    for start in stride(from: 0, to: items.count, by: max(1, subject.copiesPerPass)) {
      try subject.job.requireGoingOn()
      let some = Array(items[start..<min(start + max(1, subject.copiesPerPass), items.count)])
      scores += subject.scores(ofLogits: rest.forward(Tensor.stack(some)).logits)
    }
    guard scores.allSatisfy(\.isFinite) else {
      throw CodedError(.notFinite, "the network's scores of changed steps are not finite")
    }
    return scores
  }
}

extension Network {
  /// What comes after a value: one network for all inputs of a call of one shape.
  func rest(
    after value: String, shape: Shape, of method: String, _ subject: ExplainedInput
  ) throws(CodedError) -> Network {
    try subject.call.value("\(method) after \(value), \(shape)") { () throws(CodedError) -> Network in
      do throws(ArchitectureError) {
        return try part(after: value, shape: shape)
      } catch {
        throw CodedError(.notApplicable, "\(method) after \(value): \(error)")
      }
    }
  }
}

extension ExplanationMethod where Self == StepAttribution {
  /// ``StepAttribution`` with its defaults.
  public static var stepAttribution: StepAttribution { StepAttribution() }
}
