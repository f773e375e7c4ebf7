import ArgumentParser
import GenreLens

/// `--features-of` and `--initial-weights`: the model with which a training begins.
struct StartOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Train a new head on a layer of this model, which stays as it is; the result is one model with its front end.",
      valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var featuresOf: String?

  @Option(
    help: ArgumentHelp(
      "The layer for --features-of: its values, averaged over all positions, are the features (the last hidden one).",
      valueName: "name"))
  var layer: String?

  @Option(
    help: ArgumentHelp(
      "Begin with the weights of this model; for other genres with a new last layer. Its network and front end are used.",
      valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var initialWeights: String?

  func validate() throws {
    if featuresOf != nil, initialWeights != nil {
      throw ValidationError("--features-of and --initial-weights cannot be given together")
    }
    if layer != nil, featuresOf == nil { throw ValidationError("--layer belongs to --features-of") }
  }

  /// The file of the model, to be kept apart from the outputs.
  var path: String? { (featuresOf ?? initialWeights).map { Locations.resolved($0, ending: "safetensors") } }

  /// The model; nil if none is given.
  func start() throws -> TrainingStart? {
    if let featuresOf {
      return try TrainingStart(featuresOf: Locations.model(featuresOf).model, layer: layer)
    }
    return try initialWeights.map { TrainingStart(weightsOf: try Locations.model($0).model) }
  }
}
