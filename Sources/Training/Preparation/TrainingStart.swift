package import Datasets
import Features
public import Files
import Images
public import Models
package import Networks
import Tensors

/// A trained model with which another training begins: the features of a new head, or initial weights.
///
/// ```swift
/// let tagger = try GenreModel(path: "musicnn.safetensors")                       // 50 tags
/// let start = try TrainingStart(featuresOf: tagger)                              // its last hidden layer
/// let run = try plan.train(on: dataset, from: start)                             // one model file: musicnn, with a head for the genres
/// ```
///
/// The new model hears what the old one does: its front end and its standardisation are the old model's.
public struct TrainingStart: Sendable {
  public let model: GenreModel
  public let use: BaseModel.Use
  /// The value that becomes the features; nil for initial weights.
  public let layer: String?
  /// What it is called in messages, such as `--features-of`.
  public var name: String

  /// The values of a layer of a model, frozen, as the features of a new head.
  ///
  /// Throws ``CodedError`` `unknownLayer` for a layer that the model lacks or that does not depend on the input, and if none is given
  /// and the model has no last hidden layer.
  ///
  /// - Parameter layer: nil for the last hidden one (``Networks/Network/lastHiddenValue``).
  public init(featuresOf model: GenreModel, layer: String? = nil) throws(CodedError) {
    let network = model.network
    (self.model, use, name) = (model, .features, "--features-of")
    if let layer {
      guard network.canEnd(at: layer) else {
        let names = network.valueNames.filter(network.canEnd)
        let near = suggestion(for: layer, among: names)
        throw CodedError(
          .unknownLayer,
          "the model has no layer \"\(layer)\" that could be its last\(near.isEmpty ? ": there are \(names.joined(separator: ", "))" : near)",
          path: model.name ?? "")
      }
      self.layer = layer
    } else {
      guard let last = network.lastHiddenValue else {
        throw CodedError(
          .unknownLayer,
          "the model has no last hidden layer: name the one whose values are the features with --layer",
          path: model.name ?? "")
      }
      self.layer = last
    }
  }

  /// The weights of a model as initial ones. Where the genres are others than its labels, the last layer is drawn anew.
  public init(weightsOf model: GenreModel) {
    (self.model, use, layer, name) = (model, .weights, nil, "--initial-weights")
  }

  /// For the provenance of the new model.
  public var base: BaseModel { BaseModel(model, use: use, layer: layer) }

  /// Throws ``CodedError`` `usage` if the settings say what the model says: its network and its front end.
  package func check(_ plan: TrainingPlan) throws(CodedError) {
    let training = plan.training
    let known = model.provenance.configuration
    let isOwn = training.architecture == known?.architecture && training.network == known?.network
    let isUnset =
      training.architecture == TrainingConfiguration.founding && training.network == ThreeBlockOptions()
    guard isUnset || isOwn else {
      throw CodedError(
        .usage, "architecture and network.* do not go with \(name): the network is the model's")
    }
    guard training.headUnits == nil || use == .features else {
      throw CodedError(.usage, "headUnits does not go with \(name): it is for --features-of")
    }
    guard plan.statesFeatures, let spec = model.featureSpec, plan.features != spec else { return }
    let differences = plan.features.differences(from: spec)
    throw CodedError(
      .usage,
      "other features do not go with \(name): the model hears \(spec.words) (\(differences.joined(separator: "; ")))"
    )
  }

  /// The plan with what the model decides: its front end, for sound or pictures, and its standardisation.
  ///
  /// Throws ``CodedError`` `otherFeatures` if the model takes no such data, and for sound if it is not known what it hears.
  package func deciding(_ plan: TrainingPlan, for dataset: Dataset) throws(CodedError) -> TrainingPlan {
    try check(plan)
    var plan = plan
    guard dataset.holdsPictures == (model.pictureSpec != nil) else {
      throw CodedError(
        .otherFeatures,
        dataset.holdsPictures
          ? "the model hears sound, and these are pictures"
          : "the model looks at pictures, and this is sound",
        path: model.name ?? "")
    }
    guard model.vocabulary == nil else {
      throw CodedError(
        .otherFeatures, "the model answers questions, and no training here asks any", path: model.name ?? "")
    }
    if let spec = model.pictureSpec {
      try requireOwn(plan.pictures, spec)
      return plan
    }
    plan.training.normalization = model.normalization.granularity
    guard dataset.featuresPath == nil else { return plan }
    guard let spec = model.featureSpec else {
      throw CodedError(
        .otherFeatures, "it was trained on maps of unknown origin and cannot hear sound",
        path: model.name ?? "")
    }
    plan.features = spec
    return plan
  }

  /// Throws ``CodedError`` `usage` where the settings say how a picture becomes an input, and it is not the model's way.
  private func requireOwn(_ settings: PictureSettings, _ spec: PictureSpec) throws(CodedError) {
    var told = settings
    (told.mirror, told.shift) = (nil, nil)
    guard told != PictureSettings() else { return }
    // Pictures that have the input's size need no crop.
    let size = spec.inputShape.map { PictureSpec.Size(height: $0[1], width: $0[2]) }
    let isOwn = [nil, size].map(settings.spec).contains { own in
      (own.resize, own.crop, own.interpolation) == (spec.resize, spec.crop, spec.interpolation)
    }
    guard isOwn else {
      throw CodedError(.usage, "other pictures do not go with \(name): the model takes \(spec.words)")
    }
  }

  /// The network to train, its frozen layers marked, and what is new in it, in words; nil if nothing is.
  package func network(
    labels: [String], _ configuration: TrainingConfiguration
  ) throws(ArchitectureError) -> (network: Network, news: String?) {
    if let layer {
      var network = try model.network.withHead(
        at: layer, classCount: labels.count, hiddenUnits: configuration.headUnits ?? [],
        seed: configuration.seed)
      network.frozenNodes = Set(model.network.nodes(before: [layer]).map(\.name))
      return (network, "the head")
    }
    if labels == model.labels, model.network.architecture.outputFunction == .softmax {
      return (model.network, nil)
    }
    let seed = configuration.seed
    return (try model.network.withClasses(labels.count, seed: seed), "its last layer")
  }
}
