/// Saliency: d score / d input; the picture shows its magnitude.
///
/// Source: Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks", 2014, arXiv:1312.6034.
public struct Saliency: InputGradientMethod {
  public static let name = "saliency"
  public static let traits = MethodTraits(reads: .input, meaning: .sensitivity)
  public static let summary = MethodSummary(
    formula: "d score / d x", source: "Simonyan et al. 2014, arXiv:1312.6034")

  public init() {}
}

extension ExplanationMethod where Self == Saliency {
  /// ``Saliency``.
  public static var saliency: Saliency { Saliency() }
}
