public import Tensors

/// What a method leaves open. Each method reads only its own part; the defaults are the papers' or common practice.
public struct ExplanationOptions: Sendable, Hashable, Codable {
  /// What masked cells become (Score-CAM, occlusion, RISE) and where the path starts (Integrated Gradients).
  public var baseline = Baseline.mean
  /// Seeds SmoothGrad's noise, RISE's masks and the noise baseline. One seed gives one result, whatever the batch.
  public var seed: UInt64 = 0
  /// Which Grad-CAM++.
  public var gradCAMPlusPlus = GradCAMPlusPlus.Variant.exact
  /// Which Eigen-CAM.
  public var eigenCAM = EigenCAM.Variant.centred
  public var integratedGradients = IntegratedGradients()
  public var smoothGrad = SmoothGrad()
  public var occlusion = Occlusion()
  public var rise = RISE()
  /// Masked, noisy or ablated copies in one pass: bounds the memory of the methods that need many passes.
  public var copiesPerPass = 32

  public init() {}

  /// Throws ``ExplanationError/Code/badOption`` for a number that the method cannot work with on an input `[F, T]`.
  public func validate(for method: ExplanationMethod, inputShape: Shape) throws(ExplanationError) {
    try require((1...4096).contains(copiesPerPass), "copies per pass", copiesPerPass, "1 to 4096")
    switch method {
    case .integratedGradients: try integratedGradients.validate()
    case .smoothGrad: try smoothGrad.validate()
    case .occlusion: try occlusion.validate(inputShape: inputShape)
    case .rise: try rise.validate(inputShape: inputShape)
    default: break
    }
  }
}

/// Throws unless a number is in its range, and names both.
func require(
  _ holds: Bool, _ name: String, _ value: some CustomStringConvertible, _ range: String
) throws(ExplanationError) {
  guard holds else { throw ExplanationError(.badOption, "\(name) is \(value): it must be \(range)") }
}

extension ExplanationMethod {
  /// Whether the method takes parts of the input away and so depends on ``ExplanationOptions/baseline``.
  public var usesBaseline: Bool {
    switch self {
    case .scoreCAM, .integratedGradients, .occlusion, .rise: true
    default: false
    }
  }

  /// Whether the method needs more than one forward and one backward pass for an input.
  public var needsManyPasses: Bool {
    switch self {
    case .scoreCAM, .ablationCAM, .smoothGrad, .integratedGradients, .occlusion, .rise: true
    default: false
    }
  }

  /// Whether the result depends on ``ExplanationOptions/seed``.
  public func usesSeed(_ options: ExplanationOptions) -> Bool {
    self == .smoothGrad || self == .rise || (usesBaseline && options.baseline == .noise)
  }
}
