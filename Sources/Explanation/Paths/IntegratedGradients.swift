import Networks
import Tensors

/// Integrated Gradients: (x - b) times the mean gradient on the straight way from the baseline b to the input x.
///
/// The integral is a Gauss-Legendre sum of `steps` points. Attributions sum to score(x) - score(b) (completeness); what is
/// missing is reported as ``ClassExplanation/completenessGap``, and more than 5 % of the difference sets the flag
/// ``ExplanationFlag/incompleteAttribution``: take more steps. Cost: `steps` forward and backward passes.
///
/// Source: Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, arXiv:1703.01365.
public struct IntegratedGradients: Sendable, Hashable, Codable, ManyPassMethod {
  /// Points on the way.
  public var steps = 50

  /// A gap above this share of score(x) - score(b) sets the flag.
  public static let tolerance = 0.05

  public init() {}

  /// Throws ``ExplanationError/Code/badOption`` unless there are 1 to 1 000 steps.
  public func validate() throws(ExplanationError) {
    try require((1...1000).contains(steps), "Integrated Gradients' number of steps", steps, "1 to 1000")
  }

  func result(for subject: ExplainedInput) throws(ExplanationError) -> ManyPassResult {
    guard let baseline = subject.baseline else { preconditionFailure("no baseline to start from") }
    let (input, base) = (subject.input.values, baseline.values)
    let points = gaussLegendre(steps)
    var mean = GradientMean(count: input.count)
    for start in stride(from: 0, to: steps, by: subject.options.copiesPerPass) {
      let batch = points[start..<min(start + subject.options.copiesPerPass, steps)]
      let copies = batch.map { point in
        let share = Float(point.position)
        return Tensor(
          zip(input, base).map { $1 + share * ($0 - $1) }, shape: subject.input.shape)
      }
      mean.add(try subject.gradients(Tensor.stack(copies)).gradients, weights: batch.map(\.weight))
    }
    let gradient = mean.tensor(scale: 1, shape: subject.input.shape)
    let attribution = Tensor(
      gradient.values.indices.map { gradient.values[$0] * (input[$0] - base[$0]) }, shape: gradient.shape)
    // Both ends in one pass, so that both scores come from the same kernels.
    let ends = subject.network.forward(Tensor.stack([subject.input, baseline])).logits
    let scores = subject.scores(ofLogits: ends)
    let sum = attribution.values.reduce(0) { $0 + Double($1) }
    return ManyPassResult(
      signedMap: overChannels(attribution, +), inputGradient: gradient, gradientIsZero: mean.isZero,
      baselineScore: scores[1], completenessGap: sum - (scores[0] - scores[1]))
  }
}
