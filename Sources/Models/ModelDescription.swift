public import Features
import Files
import Foundation
public import Images
public import Networks
import Tensors

/// The contents of a model file, as `genrelens inspect` prints them.
public struct ModelDescription: Sendable, Encodable {
  /// One layer of the network, in order.
  public struct LayerSummary: Sendable, Encodable {
    public let name: String
    /// For example `convolution`.
    public let kind: String
    /// Without the batch axis: `[C, F, T]` or `[K]`.
    public let outputShape: [Int]
    /// Number of learned parameters.
    public let parameters: Int
  }

  /// How inputs are standardised.
  public struct NormalizationSummary: Sendable, Encodable {
    public let granularity: FeatureNormalization.Granularity
    /// Shape of the mean and of the standard deviation.
    public let shape: [Int]
  }

  public let architecture: String
  /// Total number of learned parameters.
  public let parameters: Int
  /// In the order of the logits.
  public let labels: [String]
  /// How logits become probabilities, where that is not softmax: the labels are then tags.
  public let outputFunction: OutputFunction?
  /// `[C, F, T]`.
  public let inputShape: [Int]
  /// How sound is converted to the input; nil if the training data did not say, and for a model of pictures.
  public let featureSpec: FeatureSpec?
  /// How pictures are converted to the input; nil for a model of sound.
  public let pictureSpec: PictureSpec?
  /// The words of the questions that it answers; nil for a model that is not asked anything.
  public let words: [String]?
  public let normalization: NormalizationSummary
  /// The number by which `--calibrated` divides the logits; nil if it was not fitted.
  public let temperature: Double?
  public let layers: [LayerSummary]
  /// What is known about the training.
  public let provenance: GenreModel.Provenance

  public init(of model: GenreModel) {
    let network = model.network
    architecture = network.architecture.name
    labels = model.labels
    let function = network.architecture.outputFunction
    outputFunction = function == .softmax ? nil : function
    inputShape = network.inputShape.dimensions
    (featureSpec, pictureSpec, words) = (model.featureSpec, model.pictureSpec, model.vocabulary?.words)
    normalization = NormalizationSummary(
      granularity: model.normalization.granularity, shape: model.normalization.mean.shape.dimensions)
    (provenance, temperature) = (model.provenance, model.temperature)
    layers = network.architecture.nodes.map { node in
      let own = network.arrayNames(of: node.name).compactMap { network.parameters.entry($0) }
      return LayerSummary(
        name: node.name, kind: node.layer.kind,
        outputShape: network.outputShapes[node.name]?.dimensions ?? [],
        parameters: own.reduce(0) { $0 + $1.shape.count })
    }
    parameters = layers.reduce(0) { $0 + $1.parameters }
  }
}

extension ModelDescription {
  /// The description as text for a terminal.
  public func table() -> String {
    var lines = [
      "architecture   \(architecture), \(parameters) parameters, input \(inputShape)",
      (outputFunction == .sigmoid ? "tags           " : "classes        ") + Self.list(labels),
    ]
    if let pictureSpec {
      lines.append("pictures       \(pictureSpec.words)")
      if let words { lines.append("questions      of \(Self.list(words))") }
    } else {
      let isStated = provenance.preparation?.origin == .stated
      lines += [
        "features       \(Self.features(featureSpec))" + (isStated ? ", as stated by who trained it" : ""),
        "normalisation  \(normalization.granularity.rawValue), \(normalization.shape)",
      ]
    }
    lines += [
      "temperature    "
        + (temperature.map {
          $0 == 1
            ? "1: that another one helps on other \(pictureSpec == nil ? "tracks" : "pictures") was not shown"
            : String(format: "%.3f, fitted on the validation part", $0)
        } ?? "not fitted"),
      "training       \(Self.training(provenance, of: pictureSpec == nil ? "recording" : "picture"))",
    ]
    if let base = provenance.base { lines.append("begun with     \(base.words)") }
    lines.append("")
    let width = (layers.map(\.name.shown.count).max() ?? 0) + 2
    for layer in layers {
      let name = layer.name.shown + String(repeating: " ", count: width - layer.name.shown.count)
      let kind = layer.kind + String(repeating: " ", count: max(1, 24 - layer.kind.count))
      lines.append(
        name + kind + "\(layer.outputShape)" + (layer.parameters > 0 ? "  \(layer.parameters)" : ""))
    }
    return lines.map(\.shown).joined(separator: "\n")
  }

  private static func features(_ spec: FeatureSpec?) -> String {
    guard let spec else { return "of unknown origin: the model cannot hear sound" }
    return "\(spec.binCount) \(spec.kindName) x \(spec.frameCount) frames, \(spec.sampleRateHz) Hz, "
      + "n_fft \(spec.fftLength), hop \(spec.hopLength)"
  }

  /// The most labels that are listed.
  private static let listedLabels = 100

  private static func list(_ labels: [String]) -> String {
    let rest = labels.count - listedLabels
    // Of a class with several names, a comma is between them.
    let separator = rest > 0 && labels.contains { $0.contains(",") } ? "; " : ", "
    return labels.prefix(listedLabels).joined(separator: separator) + (rest > 0 ? " and \(rest) more" : "")
  }

  private static func training(_ provenance: GenreModel.Provenance, of noun: String) -> String {
    let counts = "\(provenance.trainCount) / \(provenance.validCount) / \(provenance.testCount) \(noun)s"
    return
      "\(provenance.dataset), \(counts), epoch \(provenance.bestEpoch), GenreLens \(provenance.softwareVersion)"
  }
}
