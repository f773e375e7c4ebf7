import Explanation

/// How an explanation was made, as files say it: method, class, score, and the options that the method read.
public struct ExplanationSetting: Sendable, Codable, Equatable {
  /// For example `grad-cam`.
  public let method: String
  /// The explained class.
  public let explainedClass: String
  /// The class it is contrasted with, where there is one.
  public let contrastClass: String?
  /// What was explained: logit, probability or contrast.
  public let target: String
  /// Its value.
  public let score: Double
  /// The explained class's softmax probability in this window.
  public let probability: Double
  /// The class of highest probability in this window.
  public let predictedClass: String
  /// What took the place of masked cells, or where a path began.
  public let baseline: String?
  /// What random numbers were made from.
  public let seed: UInt64?
  /// Which Grad-CAM++ or Eigen-CAM.
  public let variant: String?
  /// Integrated Gradients: points on the path, the baseline's score, and what the attributions miss of the difference.
  public let steps: Int?
  public let baselineScore: Double?
  public let completenessGap: Double?
  /// SmoothGrad: copies, and their noise as a share of the input's range.
  public let samples: Int?
  public let noise: Double?
  /// Occlusion: rows and columns of the window, and from one window to the next.
  public let window: [Int]?
  public let stride: [Int]?
  /// RISE: masks, the share of kept cells, rows and columns of the grid, and whether the mean score was taken off.
  public let masks: Int?
  public let keep: Double?
  public let grid: [Int]?
  public let subtractsMean: Bool?

  private enum CodingKeys: String, CodingKey {
    case method
    case explainedClass = "class"
    case contrastClass, target, score, probability, predictedClass, baseline, seed, variant, steps,
      baselineScore, completenessGap, samples, noise, window, stride, masks, keep, grid, subtractsMean
  }

  init(_ explanation: ClassExplanation, options: ExplanationOptions) {
    let method = explanation.method
    self.method = method.rawValue
    explainedClass = explanation.label
    contrastClass = explanation.contrastLabel
    target =
      switch explanation.target {
      case .logit: "logit"
      case .probability: "probability"
      case .contrast: "contrast"
      }
    (score, probability) = (Double(explanation.score), Double(explanation.probability))
    predictedClass = explanation.predictedLabel
    (baseline, seed) = (explanation.baseline?.rawValue, explanation.seed)
    variant = explanation.variant
    steps = method == .integratedGradients ? options.integratedGradients.steps : nil
    baselineScore = explanation.baselineScore.map { Double($0) }
    completenessGap = explanation.completenessGap.map { Double($0) }
    samples = method == .smoothGrad ? options.smoothGrad.sampleCount : nil
    noise = method == .smoothGrad ? Double(options.smoothGrad.noise) : nil
    window = method == .occlusion ? options.occlusion.window(on: explanation.inputShape) : nil
    stride = method == .occlusion ? options.occlusion.stride(on: explanation.inputShape) : nil
    masks = method == .rise ? options.rise.maskCount : nil
    keep = method == .rise ? Double(options.rise.keepProbability) : nil
    grid = method == .rise ? options.rise.grid : nil
    subtractsMean = method == .rise ? options.rise.subtractsMean : nil
  }
}
