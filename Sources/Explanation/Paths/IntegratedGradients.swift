import Files
import Networks
public import Tensors

/// Integrated Gradients: (x - b) times the mean gradient on the path from the baseline b to the input x.
///
/// | variant | path |
/// |---|---|
/// | `straight` | b + a (x - b), a from 0 to 1: a Gauss-Legendre quadrature with `steps` points |
/// | `blur` | x after a Gaussian blur of decreasing strength, from ``Baseline/blurDeviation`` cells to none: no particular value means absence. The sum over `steps` pieces of the gradient in the middle of each times the piece |
/// | `expected` | straight paths from `steps` baselines of standard normal noise, with one point on each (expected gradients) |
///
/// Attributions sum to score(x) - score(b) (completeness), for `expected` to its mean over the baselines. The deviation is
/// reported as ``ClassExplanation/completenessGap``; more than 5 % of the difference sets the flag
/// ``ExplanationFlag/incompleteAttribution``: use more steps. Cost: `steps` forward and backward passes.
///
/// Sources: Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, arXiv:1703.01365; Xu,
/// Venugopalan and Sundararajan, "Attribution in Scale and Space", CVPR 2020, arXiv:2004.03383 (`blur`; here its scales are
/// spaced in equal steps of the standard deviation); Erion et al., Nature Machine Intelligence 2021,
/// doi:10.1038/s42256-021-00343-w (`expected`; in the paper, baselines are drawn from the training data).
public struct IntegratedGradients: ManyPassMethod, BaselineMethod {
  /// The path to the input.
  public enum Variant: String, CaseIterable, Sendable {
    case straight, blur, expected
  }

  public static let name = "integrated-gradients"
  public static let traits = MethodTraits(reads: .input, meaning: .attribution, needsManyPasses: true)
  public static let summary = MethodSummary(
    formula: "(x - b) times the mean gradient on the path from b to x", passes: "n",
    source: "Sundararajan et al. 2017, arXiv:1703.01365")
  public static let options: [MethodOption<Self>] =
    [
      .integer(
        "steps", \.steps, 1...1000, subject: "Integrated Gradients' number of steps",
        help: "number of points on the path"),
      .choice("variant", \.variant, subject: "Integrated Gradients", help: "which path from the baseline"),
    ] + baselineOptions

  /// Number of points on the path.
  public var steps: Int
  public var variant: Variant
  public var baseline: Baseline
  public var seed: UInt64 = 0

  /// A gap above this share of score(x) - score(b) sets the flag.
  public static let tolerance = 0.05

  public init() { self.init(steps: 50) }

  public init(steps: Int, variant: Variant = .straight, baseline: Baseline = .mean) {
    (self.steps, self.variant, self.baseline) = (steps, variant, baseline)
  }

  /// The baseline is used only on the straight path, the seed only if noise is drawn.
  public func reads(option: String) -> Bool {
    switch option {
    case "baseline": variant == .straight
    case "seed": variant == .expected || (variant == .straight && baseline == .noise)
    default: true
    }
  }

  /// ``variant`` is included only if it is not the default.
  public func settings(inputShape: Shape) -> [String: OptionValue] {
    var settings = ownSettings()
    if variant == .straight { settings["variant"] = nil }
    return settings
  }

  func map(of subject: ExplainedInput) throws(CodedError) -> MethodMap {
    switch variant {
    case .straight: try straight(subject)
    case .blur: try alongBlur(subject)
    case .expected: try expected(subject)
    }
  }

  private func straight(_ subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let baseline = try start(subject)
    let (input, base) = (subject.input.values, baseline.values)
    let mean = try subject.pass.value("\(Self.name), \(steps) from \(self.baseline), \(seed)") {
      () throws(CodedError) -> [GradientSum] in try straightSums(of: subject, from: baseline)
    }[subject.round]
    let gradient = mean.tensor(scale: 1)
    let attribution = Tensor(
      gradient.values.indices.map { gradient.values[$0] * (input[$0] - base[$0]) }, shape: gradient.shape)
    // Both ends in one pass, so that both scores come from the same kernels.
    let ends = subject.scores(
      ofLogits: subject.network.forward(Tensor.stack([subject.input, baseline])).logits)
    var map = Self.map(attribution, of: subject, from: ends[1], to: ends[0])
    map.inputGradient = subject.asMap(gradient)
    map.baselineInput = subject.asMap(baseline)
    if mean.isZero { map.flags.insert(.zeroGradient) }
    return map
  }

  /// The weighted sums of the gradients on the way, for the score of each round.
  private func straightSums(
    of subject: ExplainedInput, from baseline: Tensor
  ) throws(CodedError) -> [GradientSum] {
    let (input, base) = (subject.input.values, baseline.values)
    let points = gaussLegendre(steps)
    return try subject.gradientSums { add throws(CodedError) in
      for start in stride(from: 0, to: steps, by: subject.copiesPerPass) {
        let batch = Array(points[start..<min(start + subject.copiesPerPass, steps)])
        let copies = concurrentlyFilled(batch.count, subject.input.shape) { index, copy in
          let (end, start, share) = (input.span, base.span, Float(batch[index].position))
          precondition(end.count == copy.count && start.count == copy.count)
          for cell in copy.indices {
            let (to, from) = unsafe (end[unchecked: cell], start[unchecked: cell])
            unsafe copy[unchecked: cell] = from + share * (to - from)
          }
        }
        try add(copies, batch.map(\.weight))
      }
    }
  }

  private func alongBlur(_ subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let input = subject.input
    func blurred(_ share: Double) -> Tensor {
      let deviation = (1 - share) * Baseline.blurDeviation
      guard deviation > 0 else { return input }
      return subject.blurred(deviation: deviation)
    }
    var sums = [Double](repeating: 0, count: input.count)
    var isZero = true
    for start in stride(from: 0, to: steps, by: subject.copiesPerPass) {
      let pieces = start..<min(start + subject.copiesPerPass, steps)
      let middles = pieces.map { blurred((Double($0) + 0.5) / Double(steps)) }
      let gradients = try subject.gradients(Tensor.stack(middles)).gradients
      for (item, piece) in pieces.enumerated() {
        let (from, to) = (
          blurred(Double(piece) / Double(steps)).values, blurred(Double(piece + 1) / Double(steps)).values
        )
        let gradient = gradients.item(item).values
        for index in sums.indices { sums[index] += Double(gradient[index]) * Double(to[index] - from[index]) }
        if isZero { isZero = gradient.allSatisfy { $0 == 0 } }
      }
    }
    let first = blurred(0)
    let ends = subject.scores(ofLogits: subject.network.forward(Tensor.stack([input, first])).logits)
    var map = Self.map(
      Tensor(sums.map { Float($0) }, shape: input.shape), of: subject, from: ends[1], to: ends[0])
    map.baselineInput = subject.asMap(first)
    if isZero { map.flags.insert(.zeroGradient) }
    return map
  }

  private func expected(_ subject: ExplainedInput) throws(CodedError) -> MethodMap {
    let (input, shape) = (subject.input.values, subject.input.shape)
    var sums = [Double](repeating: 0, count: input.count)
    var (isZero, baseSum) = (true, 0.0)
    for start in stride(from: 0, to: steps, by: subject.copiesPerPass) {
      var (bases, copies): ([Tensor], [Tensor]) = ([], [])
      for sample in start..<min(start + subject.copiesPerPass, steps) {
        // One stream for each sample: the batch size does not matter.
        var generator = SeededGenerator(seed: seed, stream: UInt64(sample))
        let share = (Float(sample) + generator.uniform()) / Float(steps)
        let base = Tensor(input.map { _ in generator.normal() }, shape: shape)
        bases.append(base)
        copies.append(Tensor(zip(input, base.values).map { $1 + share * ($0 - $1) }, shape: shape))
      }
      let gradients = try subject.gradients(Tensor.stack(copies)).gradients
      baseSum += subject.scores(ofLogits: subject.network.forward(Tensor.stack(bases)).logits).reduce(0, +)
      for (item, base) in bases.enumerated() {
        let gradient = gradients.item(item).values
        for index in sums.indices {
          sums[index] += Double(gradient[index]) * Double(input[index] - base.values[index])
        }
        if isZero { isZero = gradient.allSatisfy { $0 == 0 } }
      }
    }
    let attribution = Tensor(sums.map { Float($0 / Double(steps)) }, shape: shape)
    var map = Self.map(attribution, of: subject, from: baseSum / Double(steps), to: subject.scoreValue)
    if isZero { map.flags.insert(.zeroGradient) }
    return map
  }

  /// Attributions of the input's shape as a map, with what they miss of the score's difference.
  private static func map(
    _ attribution: Tensor, of subject: ExplainedInput, from start: Double, to end: Double
  ) -> MethodMap {
    var map = MethodMap(overChannels(subject.asMap(attribution), +))
    let gap = attribution.values.reduce(0) { $0 + Double($1) } - (end - start)
    (map.baselineScore, map.completenessGap) = (start, gap)
    if abs(gap) > tolerance * abs(subject.scoreValue - start) { map.flags.insert(.incompleteAttribution) }
    return map
  }
}

extension ExplanationMethod where Self == IntegratedGradients {
  /// ``IntegratedGradients`` with its defaults.
  public static var integratedGradients: IntegratedGradients { IntegratedGradients() }
}
