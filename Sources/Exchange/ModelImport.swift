public import Features
public import Files
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
  /// In the order of the outputs.
  public var labels: [String]
  /// What the network was trained on; by default the front end of the published weights.
  public var frontEnd: FeatureSpec?
  /// For people: where the weights come from.
  public var origin = ""

  /// - Parameter labels: in the order of the outputs.
  public init(_ network: CatalogueNetwork, labels: [String]) {
    (self.network, self.labels) = (network, labels)
    frontEnd = network.published.flatMap { FeatureSpec.named($0.frontEnd) }
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
    let shape = frontEnd.map { Shape([1, $0.binCount, $0.frameCount]) } ?? published.inputShape
    guard shape[1] == published.inputShape[1] else {
      throw CodedError(
        .wrongShape, "\(network.name) takes \(published.inputShape[1]) bins, the front end gives \(shape[1])")
    }
    var architecture: Architecture
    do { architecture = try network.architecture(inputShape: shape, classCount: labels.count) } catch {
      throw CodedError(.badOption, "\(network.name) cannot be built for \(shape): \(error)")
    }
    architecture.outputFunction = published.function
    let file = try SafeTensorsFile(path: path)
    let loaded = try Network(
      architecture, arraysOf: file, naming: published.naming(architecture), path: path)
    var provenance = GenreModel.Provenance()
    provenance.dataset = origin
    provenance.softwareVersion = softwareVersion
    return GenreModel(
      network: loaded, labels: labels, featureSpec: frontEnd,
      normalization: FeatureNormalization(
        granularity: .none, mean: Tensor(shape: [shape[1], 1]),
        std: Tensor(repeating: 1, shape: [shape[1], 1])),
      provenance: provenance)
  }
}
