public import Files
import Networks
import Tensors

/// Guided Grad-CAM: guided backpropagation times the positive part of Grad-CAM at the input's resolution. It hardly depends on
/// the class, like guided backpropagation.
///
/// Source: Selvaraju et al., "Grad-CAM", ICCV 2017, doi:10.1109/ICCV.2017.74, section 3.2.
public struct GuidedGradCAM: ExplanationMethod {
  public static let name = "guided-grad-cam"
  public static let traits = MethodTraits(
    reads: .layer, meaning: .sensitivity, isClassBlind: true, hasInputResolution: true)
  public static let summary = MethodSummary(
    formula: "guided gradient x Grad-CAM", source: "Selvaraju et al. 2017, doi:10.1109/ICCV.2017.74")

  public init() {}

  public func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
    let guided = batch.inputGradients(rule: .guided)
    return try GradCAM().maps(of: batch).enumerated().map { index, map in
      let gradient = guided.item(index)
      let mask = bilinearlyResized(
        map.signedMap.map { max(0, $0) }, to: [gradient.shape[1], gradient.shape[2]])
      return MethodMap(
        product(overChannels(gradient, largerMagnitude), mask), inputGradient: gradient, flags: map.flags)
    }
  }
}

extension ExplanationMethod where Self == GuidedGradCAM {
  /// ``GuidedGradCAM``.
  public static var guidedGradCAM: GuidedGradCAM { GuidedGradCAM() }
}
