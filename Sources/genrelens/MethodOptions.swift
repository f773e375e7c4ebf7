import ArgumentParser
import GenreLens

/// The options of single explanation methods. One that the chosen method does not read is refused.
struct MethodOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What masked parts become, or where the path begins: mean (of the training data), silence, blur or noise.",
      valueName: "name"))
  var baseline: String?

  @Option(help: "Seed of noise and masks (0).")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Which Grad-CAM++: \(GradCAMPlusPlus.Variant.allCases.map(\.rawValue).joined(separator: ", ")) (exact); which Eigen-CAM: \(EigenCAM.Variant.allCases.map(\.rawValue).joined(separator: ", ")) (centred).",
      valueName: "name"))
  var variant: String?

  @Option(help: "Integrated Gradients: points on the path (50).")
  var steps: Int?

  @Option(help: "SmoothGrad: noisy copies (50).")
  var samples: Int?

  @Option(help: "SmoothGrad: noise as a share of the input's range (0.15).")
  var noise: Float?

  @Option(help: ArgumentHelp("Occlusion: rows and columns of the patch that is covered.", valueName: "RxC"))
  var patch: String?

  @Option(
    help: ArgumentHelp("Occlusion: rows and columns from one patch to the next.", valueName: "RxC"))
  var stride: String?

  @Option(help: "RISE: random masks (2000).")
  var masks: Int?

  @Option(help: "RISE: share of the input that a mask keeps (0.5).")
  var keep: Float?

  @Option(help: ArgumentHelp("RISE: rows and columns of the grid under a mask (8x16).", valueName: "RxC"))
  var grid: String?

  @Flag(help: "RISE: the paper's map, from which the mean score is not taken off.")
  var keepMean = false

  /// The options for a method. Throws for an option that belongs to others and for a value without meaning.
  func options(for method: ExplanationMethod) throws -> ExplanationOptions {
    var options = ExplanationOptions()
    if let baseline { options.baseline = try .named(baseline) }
    let masked = ExplanationMethod.allCases.filter(\.usesBaseline)
    try belongs(baseline != nil, "--baseline", to: masked, method)
    let random: [ExplanationMethod] = [.smoothGrad, .rise] + (options.baseline == .noise ? masked : [])
    try belongs(seed != nil, "--seed", to: random, method)
    try belongs(variant != nil, "--variant", to: [.gradCAMPlusPlus, .eigenCAM], method)
    try belongs(steps != nil, "--steps", to: [.integratedGradients], method)
    try belongs(samples != nil, "--samples", to: [.smoothGrad], method)
    try belongs(noise != nil, "--noise", to: [.smoothGrad], method)
    try belongs(patch != nil, "--patch", to: [.occlusion], method)
    try belongs(stride != nil, "--stride", to: [.occlusion], method)
    try belongs(masks != nil, "--masks", to: [.rise], method)
    try belongs(keep != nil, "--keep", to: [.rise], method)
    try belongs(grid != nil, "--grid", to: [.rise], method)
    try belongs(keepMean, "--keep-mean", to: [.rise], method)
    if let seed { options.seed = seed }
    if let variant, method == .gradCAMPlusPlus { options.gradCAMPlusPlus = try .named(variant) }
    if let variant, method == .eigenCAM { options.eigenCAM = try .named(variant) }
    if let steps { options.integratedGradients.steps = steps }
    if let samples { options.smoothGrad.sampleCount = samples }
    if let noise { options.smoothGrad.noise = noise }
    options.occlusion = Occlusion(
      window: try patch.map { try Self.extents($0, "--patch") },
      stride: try stride.map { try Self.extents($0, "--stride") })
    if let masks { options.rise.maskCount = masks }
    if let keep { options.rise.keepProbability = keep }
    if let grid { options.rise.grid = try Self.extents(grid, "--grid") }
    options.rise.subtractsMean = !keepMean
    return options
  }

  private func belongs(
    _ isGiven: Bool, _ option: String, to methods: [ExplanationMethod], _ method: ExplanationMethod
  ) throws {
    guard isGiven, !methods.contains(method) else { return }
    let names = methods.map(\.rawValue).joined(separator: ", ")
    throw GenreLensError(.usage, "\(option) belongs to \(names), not to \(method.rawValue)")
  }

  /// Reads 16x32.
  private static func extents(_ text: String, _ option: String) throws -> [Int] {
    let numbers = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let rows = numbers[0], let columns = numbers[1], rows > 0, columns > 0 else {
      throw GenreLensError(.usage, "\(option) \(text): it must be rows and columns, such as 16x32")
    }
    return [rows, columns]
  }
}
