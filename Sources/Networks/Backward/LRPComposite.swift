/// Which LRP rule applies at which layer with weights: a table that the backward pass consults at each of them.
///
/// ```swift
/// let trace = network.forwardForRelevance(batch)
/// let relevance = try trace.relevance(of: .logit(2), at: ["input"], composite: .epsilonPlus())
/// ```
///
/// The composites of Zennit have its names and its rules (arXiv:2106.13200). Zennit's "flat" composites treat the module that was
/// registered first as the first layer; here it is every layer with weights that has none before it (``BackwardNode/depth`` 0).
/// Layers without weights pass relevance as they define: ``RelevancePassage``.
public struct LRPComposite: BackwardRule {
  /// Such as `epsilon-plus`.
  public let name: String
  /// How far sums, means and products are moved away from 0 when relevance is divided by them.
  public let stabilizer: Float
  private let table: @Sendable (BackwardNode) -> LRPRule

  /// A custom composite. The stabilizer is 0 or more.
  public init(
    _ name: String, stabilizer: Float = 1e-6, rule table: @escaping @Sendable (BackwardNode) -> LRPRule
  ) {
    precondition(stabilizer >= 0 && stabilizer.isFinite, "a stabilizer of \(stabilizer)")
    (self.name, self.stabilizer, self.table) = (name, stabilizer, table)
  }

  /// Traps for a rule with invalid parameters, such as alpha - beta other than 1.
  public func rule(at node: BackwardNode) -> LRPRule {
    let rule = table(node)
    precondition(rule.mistake == nil, "the rule at layer '\(node.name)': \(rule.mistake ?? "")")
    return rule
  }

  /// One rule at every layer with weights.
  public static func everywhere(_ rule: LRPRule) -> LRPComposite {
    LRPComposite("everywhere", stabilizer: rule.stabilizer) { _ in rule }
  }

  /// The epsilon rule everywhere: with the rules for attention and norms it is AttnLRP (Achtibat et al. 2024,
  /// arXiv:2402.05602).
  public static func epsilon(_ epsilon: Float = 1e-6) -> LRPComposite {
    LRPComposite("epsilon", stabilizer: epsilon) { _ in .epsilon(epsilon) }
  }

  /// z-plus in convolutions, epsilon in dense layers: Zennit's `EpsilonPlus`.
  public static func epsilonPlus(epsilon: Float = 1e-6, stabilizer: Float = 1e-6) -> LRPComposite {
    convolutions("epsilon-plus", .zPlus(stabilizer: stabilizer), epsilon, stabilizer)
  }

  /// alpha 2, beta 1 in convolutions, epsilon in dense layers: Zennit's `EpsilonAlpha2Beta1`.
  public static func epsilonAlpha2Beta1(epsilon: Float = 1e-6, stabilizer: Float = 1e-6) -> LRPComposite {
    convolutions("epsilon-alpha2-beta1", .alphaBeta(2, 1, stabilizer: stabilizer), epsilon, stabilizer)
  }

  /// As ``epsilonPlus(epsilon:stabilizer:)``, flat in the first layers with weights: Zennit's `EpsilonPlusFlat`.
  public static func epsilonPlusFlat(epsilon: Float = 1e-6, stabilizer: Float = 1e-6) -> LRPComposite {
    epsilonPlus(epsilon: epsilon, stabilizer: stabilizer)
      .named("epsilon-plus-flat", first: .flat(stabilizer: stabilizer))
  }

  /// As ``epsilonAlpha2Beta1(epsilon:stabilizer:)``, flat in the first layers with weights: Zennit's
  /// `EpsilonAlpha2Beta1Flat`.
  public static func epsilonAlpha2Beta1Flat(
    epsilon: Float = 1e-6, stabilizer: Float = 1e-6
  ) -> LRPComposite {
    epsilonAlpha2Beta1(epsilon: epsilon, stabilizer: stabilizer)
      .named("epsilon-alpha2-beta1-flat", first: .flat(stabilizer: stabilizer))
  }

  /// gamma in convolutions, epsilon in dense layers, z-box in first convolutions: Zennit's `EpsilonGammaBox`, for
  /// inputs between `low` and `high`.
  public static func epsilonGammaBox(
    low: Float, high: Float, epsilon: Float = 1e-6, gamma: Float = 0.25, stabilizer: Float = 1e-6
  ) -> LRPComposite {
    let box = LRPRule.zBox(low: low, high: high, stabilizer: stabilizer)
    let others = convolutions(
      "epsilon-gamma", .gamma(gamma, stabilizer: stabilizer), epsilon, stabilizer)
    return LRPComposite("epsilon-gamma-box", stabilizer: stabilizer) { node in
      node.depth == 0 && node.traits.contains(.filters) ? box : others.rule(at: node)
    }
  }

  /// By the number of layers with weights before a layer: the first rule whose `below` is larger, otherwise `rest`.
  ///
  /// ```swift
  /// // Montavon et al. 2019: bounded inputs, gamma below, epsilon in the middle, LRP-0 above.
  /// let composite = LRPComposite.byDepth(
  ///   [(1, .zBox(low: -3, high: 3)), (6, .gamma()), (12, .epsilon(0.1))], rest: .epsilon(0))
  /// ```
  public static func byDepth(
    _ ranges: [(below: Int, rule: LRPRule)], rest: LRPRule, stabilizer: Float = 1e-6
  ) -> LRPComposite {
    LRPComposite("by-depth", stabilizer: stabilizer) { node in
      ranges.first { node.depth < $0.below }?.rule ?? rest
    }
  }

  /// The composites without parameters, by name, for a command to offer.
  public static let named: [LRPComposite] = [
    epsilon(), epsilonPlus(), epsilonAlpha2Beta1(), epsilonPlusFlat(), epsilonAlpha2Beta1Flat(),
  ]

  private static func convolutions(
    _ name: String, _ rule: LRPRule, _ epsilon: Float, _ stabilizer: Float
  ) -> LRPComposite {
    LRPComposite(name, stabilizer: stabilizer) { node in
      node.traits.contains(.filters) ? rule : .epsilon(epsilon)
    }
  }

  private func named(_ name: String, first: LRPRule) -> LRPComposite {
    LRPComposite(name, stabilizer: stabilizer) { node in node.depth == 0 ? first : rule(at: node) }
  }
}
