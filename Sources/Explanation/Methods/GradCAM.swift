public import Tensors

/// Grad-CAM: w_k = mean of g over the positions of channel k.
///
/// Source: Selvaraju et al., "Grad-CAM", ICCV 2017, doi:10.1109/ICCV.2017.74.
public struct GradCAM: ChannelWeighting {
  public static let name = "grad-cam"
  public static let summary = MethodSummary(
    formula: "w_k = mean g",
    source: "Selvaraju et al. 2017, doi:10.1109/ICCV.2017.74")

  public init() {}

  public func weights(activations: Tensor, gradients: Tensor) -> [Double] {
    let layer = LayerValues(activations: activations, gradients: gradients)
    return layer.perChannel { range in
      Sums.sum(layer.gradients.span.extracting(range)) / Double(max(1, range.count))
    }
  }
}

extension ExplanationMethod where Self == GradCAM {
  /// ``GradCAM`` with its defaults.
  public static var gradCAM: GradCAM { GradCAM() }
}
