import Features
public import Files
import Images
public import Models
public import Networks
import Tensors

/// Somebody else's trained weights, made a model that everything here can use.
///
/// ```swift
/// let network = NetworkCatalogue.named("musicnn")!
/// let tags = try LabelFile(path: "tags.txt").labels                              // one a line, in the order of the outputs
/// let model = try ModelImport(network, labels: tags).model(weights: "MSD_musicnn.safetensors")
/// try model.write(to: "musicnn.safetensors")
/// ```
///
/// Weights of another network, missing and superfluous arrays, and labels that do not fit are refused: see
/// `Network.init(_:arraysOf:naming:path:)`. The front end belongs to the weights as the graph does: a model that is fed
/// with nearly the right features gives wrong labels, and no number shows it.
public struct ModelImport: Sendable {
  public var network: CatalogueNetwork
  /// In the order of the outputs. A first label `background`, as lists of ImageNet's classes have it, is left out where the network
  /// has one output less.
  public var labels: [String]
  /// What the network was trained on; by default the front end of the published weights. nil where it is not known: such a model
  /// hears feature maps and no sound.
  public var frontEnd: FrontEnd?
  /// The mean and the deviation by which the original standardises maps, `(x - mean) / deviation`; nil is what the preset of the front
  /// end says (``Features/FeatureSpec/publishedNormalization``), or none.
  public var standardization: (mean: Float, deviation: Float)?
  /// What renamed layers are called in the file; nil where they have their authors' names.
  public var mapping: NameMapping?
  /// For people: where the weights come from.
  public var origin = ""

  /// - Parameter labels: in the order of the outputs.
  public init(_ network: CatalogueNetwork, labels: [String]) {
    (self.network, self.labels) = (network, labels)
    frontEnd = network.published.flatMap(FrontEnd.init)
  }

  /// The model with the weights of a safetensors file.
  ///
  /// - Throws: ``CodedError``: `usage` for a network that nobody has published weights of, `unknownFormat` for a file of another
  ///   format, with the way in, `wrongShape` for a front end that does not fit, and everything that
  ///   `Network.init(_:arraysOf:naming:path:)` throws.
  public func model(weights path: String) throws(CodedError) -> GenreModel {
    guard let published = network.published else {
      throw CodedError(.usage, "no published weights of \(network.name) are known")
    }
    try ForeignWeights.refuse(path)
    let stored = try SafeTensorsFile(path: path)
    let file = try mapping?.applied(to: stored) ?? stored
    do {
      return try model(published, file, labels, path)
    } catch let error where error.code == .wrongShape && labels.first == "background" && labels.count > 1 {
      guard let model = try? model(published, file, Array(labels.dropFirst()), path) else { throw error }
      return model
    }
  }

  private func model(
    _ published: CatalogueNetwork.Published, _ file: SafeTensorsFile, _ labels: [String], _ path: String
  ) throws(CodedError) -> GenreModel {
    let shape = try inputShape(published)
    var architecture: Architecture
    do { architecture = try network.architecture(inputShape: shape, classCount: labels.count) } catch {
      throw CodedError(.badOption, "\(network.name) cannot be built for \(shape): \(error)")
    }
    architecture.outputFunction = published.function
    if let problem = frontEnd?.problem(with: architecture.inputs[0]) { throw CodedError(.badOption, problem) }
    let loaded = try Network(
      architecture, arraysOf: file, naming: published.naming(architecture), path: path)
    var provenance = GenreModel.Provenance()
    provenance.dataset = origin
    provenance.softwareVersion = softwareVersion
    if case .pictures(let spec)? = frontEnd {
      guard standardization == nil else {
        throw CodedError(.badOption, "the standardisation of pictures is part of their front end")
      }
      return GenreModel(network: loaded, labels: labels, pictures: spec, provenance: provenance)
    }
    return GenreModel(
      network: loaded, labels: labels, featureSpec: frontEnd?.featureSpec,
      normalization: try normalization(binCount: shape[1]), provenance: provenance)
  }

  private func normalization(binCount: Int) throws(CodedError) -> FeatureNormalization {
    guard let (mean, deviation) = standardization else {
      return frontEnd?.featureSpec?.publishedNormalization ?? .none(binCount: binCount)
    }
    guard mean.isFinite, deviation >= 1e-6, deviation.isFinite else {
      throw CodedError(.badOption, "a deviation of \(deviation) around \(mean): it must be above 1e-6")
    }
    return .uniform(mean: mean, std: deviation, binCount: binCount)
  }

  private func inputShape(_ published: CatalogueNetwork.Published) throws(CodedError) -> Shape {
    guard let frontEnd else { return published.inputShape }
    let takesPictures = if case .pictures = frontEnd { true } else { false }
    guard takesPictures == published.takesPictures else {
      let kinds = published.takesPictures ? ("pictures", "sound") : ("sound", "pictures")
      throw CodedError(.badOption, "\(network.name) takes \(kinds.0), the front end is one of \(kinds.1)")
    }
    let shape = frontEnd.inputShape ?? published.inputShape
    guard takesPictures || shape[1] == published.inputShape[1] else {
      throw CodedError(
        .wrongShape, "\(network.name) takes \(published.inputShape[1]) bins, the front end gives \(shape[1])")
    }
    return shape
  }
}

extension FrontEnd {
  /// That of published weights; nil for a name that no preset has.
  fileprivate init?(_ published: CatalogueNetwork.Published) {
    if published.takesPictures {
      guard let spec = PictureSpec.named(published.frontEnd) else { return nil }
      self = .pictures(spec)
    } else {
      guard let spec = FeatureSpec.named(published.frontEnd) else { return nil }
      self = .sound(spec)
    }
  }
}
