import Files

/// The ways to explain a score; the raw value is the name on the command line.
public enum ExplanationMethod: String, CaseIterable, Codable, Sendable {
  /// Grad-CAM (Selvaraju et al. 2017, doi:10.1109/ICCV.2017.74). See ``GradCAM``.
  case gradCAM = "grad-cam"
  /// Grad-CAM++ (Chattopadhay et al. 2018, doi:10.1109/WACV.2018.00097). See ``GradCAMPlusPlus``.
  case gradCAMPlusPlus = "grad-cam++"
  /// HiResCAM (Draelos and Carin 2020, arXiv:2011.08891). See ``HiResCAM``.
  case hiResCAM = "hires-cam"
  /// CAM (Zhou et al. 2016, doi:10.1109/CVPR.2016.319): only in front of global average pooling and one dense layer.
  case cam = "cam"
  /// LayerCAM (Jiang et al. 2021, doi:10.1109/TIP.2021.3089943). See ``LayerCAM``.
  case layerCAM = "layer-cam"
  /// XGrad-CAM (Fu et al. 2020, arXiv:2008.02312). See ``XGradCAM``.
  case xGradCAM = "xgrad-cam"
  /// Eigen-CAM (Muhammad and Yeasin 2020, doi:10.1109/IJCNN48605.2020.9206626): not class-specific.
  case eigenCAM = "eigen-cam"
  /// Grad-CAM with negated gradients: what speaks against the class (section 3.3 of the Grad-CAM paper).
  case counterfactual = "counterfactual"
  /// d score / d input (Simonyan et al. 2014, arXiv:1312.6034); the picture shows its magnitude.
  case saliency = "saliency"
  /// Input times d score / d input (Shrikumar et al. 2017, arXiv:1605.01713).
  case gradientXInput = "gradient-x-input"
  /// Guided backpropagation (Springenberg et al. 2015, arXiv:1412.6806): nearly blind to the class.
  case guidedBackprop = "guided-backprop"
  /// The deconvolution rule (Zeiler and Fergus 2014, arXiv:1311.2901): nearly blind to the class.
  case deconvolution = "deconvolution"
  /// Guided backpropagation times the upsampled Grad-CAM: nearly blind to the class.
  case guidedGradCAM = "guided-grad-cam"
  /// Score-CAM (Wang et al. 2020, doi:10.1109/CVPRW50498.2020.00020): channels weighted by the score of the input that
  /// they mask, softmax over the channels.
  case scoreCAM = "score-cam"
  /// Ablation-CAM (Desai and Ramaswamy 2020, doi:10.1109/WACV45572.2020.9093360): channels weighted by the score's drop
  /// without them.
  case ablationCAM = "ablation-cam"
  /// SmoothGrad (Smilkov et al. 2017, arXiv:1706.03825). See ``SmoothGrad``.
  case smoothGrad = "smooth-grad"
  /// Integrated Gradients (Sundararajan et al. 2017, arXiv:1703.01365). See ``IntegratedGradients``.
  case integratedGradients = "integrated-gradients"
  /// Occlusion (Zeiler and Fergus 2014, arXiv:1311.2901). See ``Occlusion``.
  case occlusion = "occlusion"
  /// RISE (Petsiuk et al. 2018, arXiv:1806.07421). See ``RISE``.
  case rise = "rise"

  /// The method of that name; an unknown one throws ``ExplanationError/Code/unknownMethod`` with the list of names.
  public static func named(_ name: String) throws(ExplanationError) -> ExplanationMethod {
    if let method = ExplanationMethod(rawValue: name) { return method }
    let names = allCases.map(\.rawValue).joined(separator: ", ")
    throw ExplanationError(
      .unknownMethod,
      "unknown method \"\(name)\": choose one of \(names)"
        + suggestion(for: name, among: allCases.map(\.rawValue)))
  }

  /// The rule that makes the map of a layer from its activations and gradients (for Score-CAM and Ablation-CAM from
  /// activations and weights, see ``GivenWeights``); nil for methods that work at the input.
  public var mapping: (any ActivationMapping)? {
    switch self {
    case .gradCAM, .guidedGradCAM: GradCAM()
    case .gradCAMPlusPlus: GradCAMPlusPlus()
    case .hiResCAM: HiResCAM()
    case .cam: CAM()
    case .layerCAM: LayerCAM()
    case .xGradCAM: XGradCAM()
    case .eigenCAM: EigenCAM()
    case .counterfactual: CounterfactualGradCAM()
    case .scoreCAM, .ablationCAM: GivenWeights()
    case .saliency, .gradientXInput, .guidedBackprop, .deconvolution, .smoothGrad, .integratedGradients,
      .occlusion, .rise:
      nil
    }
  }

  /// Whether the method reads a layer inside the network (and so takes a layer's name).
  public var usesLayer: Bool { mapping != nil }

  /// Whether the raw map has the input's resolution, `[F, T]`, and not the layer's.
  public var hasInputResolution: Bool {
    switch self {
    case .saliency, .gradientXInput, .guidedBackprop, .deconvolution, .guidedGradCAM, .smoothGrad,
      .integratedGradients, .occlusion, .rise:
      true
    default: false
    }
  }

  /// Whether the map hardly depends on the class: Eigen-CAM not at all, guided methods and deconvolution
  /// nearly not (Adebayo et al. 2018, arXiv:1810.03292; Nie et al. 2018, arXiv:1805.07039).
  public var isClassBlind: Bool {
    switch self {
    case .eigenCAM, .guidedBackprop, .deconvolution, .guidedGradCAM: true
    default: false
    }
  }

  /// How the signed map becomes the picture.
  public var reading: MapReading {
    switch self {
    case .saliency, .guidedBackprop, .deconvolution, .guidedGradCAM, .smoothGrad: .magnitude
    default: .positivePart
    }
  }
}

/// What of a signed map a picture shows.
public enum MapReading: String, Codable, Sendable {
  /// max(0, x): evidence for the class.
  case positivePart = "positive-part"
  /// |x|: sensitivity, where a sign only tells the direction of a change.
  case magnitude

  /// The shown part of a map, of the same shape.
  func apply(to value: Float) -> Float {
    switch self {
    case .positivePart: max(0, value)
    case .magnitude: abs(value)
    }
  }
}
