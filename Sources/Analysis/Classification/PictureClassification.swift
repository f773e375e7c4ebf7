package import Audio
import Datasets
public import Files
package import Images
public import Models
import Networks
package import Tensors

/// A model's verdict on a picture.
///
/// ```swift
/// try model.classify(pictures: ["cat.jpg"]) { _, result in
///   if let picture = try? result.get() { print(picture.label, picture.probabilities[picture.label] ?? 0) }
/// }
/// ```
///
/// The probabilities are over the model's own classes: it assigns anything to one of them.
public struct PictureClassification: Sendable, Codable, Equatable, TrackResult {
  public package(set) var path: String
  /// The class with the highest probability.
  public let label: String
  public let probabilities: [String: Double]
  /// Size of the upright picture in pixels.
  public let height: Int
  public let width: Int
  /// Damages that the decoder passed over.
  public let notes: [String]

  /// Pictures have no sections.
  package var segment: SoundSegment? { nil }

  /// Classes with their probabilities, the most probable first.
  public var ranking: [(label: String, probability: Double)] {
    probabilities.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }
}

/// Classified pictures as lines of a table: path, class, probability, and the probability of each class.
public struct PictureTable: Sendable {
  public let header: [String]
  private let labels: [String]

  /// - Parameter labels: the model's classes.
  public init(labels: [String]) {
    self.labels = labels
    header = ["path", "label", "probability"] + labels.map { "p_\($0)" }
  }

  public func row(of picture: PictureClassification) -> [String] {
    [picture.path, picture.label, "\(picture.probabilities[picture.label] ?? 0)"]
      + labels.map { "\(picture.probabilities[$0] ?? 0)" }
  }
}

/// Looks at pictures, one at a time.
package struct PictureClassifier: Sendable {
  package let spec: PictureSpec
  private let model: GenreModel
  private let temperature: Double

  /// Throws for a model that takes no pictures.
  package init(_ model: GenreModel, _ options: ScoringOptions = ScoringOptions()) throws(CodedError) {
    spec = try model.requirePictures()
    self.model = model
    temperature = try model.temperature(for: options)
  }

  /// A picture as the network gets it.
  package struct Seen: Sendable {
    package let picture: Picture
    /// `[3, H, W]`.
    package let input: Tensor
    package let classification: PictureClassification
  }

  /// Throws for a file that cannot be read, and scores that are not finite.
  package func look(at path: String) throws(CodedError) -> Seen {
    let picture = try Picture(path: path)
    let input: Tensor
    do { input = try spec.input(of: picture) } catch {
      throw CodedError(error.code, error.message, path: path)
    }
    try model.requireRoom(for: input, path: path)
    let probabilities = try probabilities(of: [input], path: path)[0]
    let best = probabilities.indices.max { (probabilities[$0], $1) < (probabilities[$1], $0) } ?? 0
    return Seen(
      picture: picture, input: input,
      classification: PictureClassification(
        path: path, label: model.labels[best],
        probabilities: Dictionary(uniqueKeysWithValues: zip(model.labels, probabilities)),
        height: picture.height, width: picture.width, notes: picture.notes))
  }

  /// The class probabilities of inputs of one shape, in one pass.
  package func probabilities(of inputs: [Tensor], path: String) throws(CodedError) -> [[Double]] {
    let logits = model.network.forward(Tensor.stack(inputs)).logits
    guard logits.isFinite else {
      throw CodedError(
        .notFinite, "the network's scores are not finite: its weights are damaged", path: path)
    }
    let function = model.network.architecture.outputFunction
    return inputs.indices.map { index in
      function.probabilities(logits.item(index).values.map { $0 / Float(temperature) }).map { Double($0) }
    }
  }
}

extension GenreModel {
  /// How a picture becomes this model's input. Throws ``CodedError`` `badInput` for a model that takes sound, or maps of unknown
  /// origin.
  package func requirePictures() throws(CodedError) -> PictureSpec {
    if vocabulary != nil, question == nil {
      throw CodedError(
        .badInput,
        "the model\(name.map { " \($0)" } ?? "") answers questions about pictures: genrelens ask PICTURE --question"
      )
    }
    if let pictureSpec { return pictureSpec }
    let what = featureSpec == nil ? "feature maps of unknown origin" : "sound"
    throw CodedError(.badInput, "the model\(name.map { " \($0)" } ?? "") takes \(what), not pictures")
  }

  /// Throws `tooLarge` for an input of a free size whose pass needs more than `MemoryLimit`.
  fileprivate func requireRoom(for input: Tensor, path: String) throws(CodedError) {
    guard input.shape != network.inputShape else { return }
    var architecture = network.architecture
    for index in architecture.inputs[0].axes.indices {
      architecture.inputs[0].axes[index].extent = input.shape[index]
    }
    let cost: PassCost
    do { cost = try PassCost(architecture, batchSize: 1, kind: .gradients) } catch {
      throw CodedError(
        .badInput, "the network cannot take an input of \(input.shape): \(error)", path: path)
    }
    if let refusal = cost.refusal { throw CodedError(.tooLarge, refusal, path: path) }
  }

  /// Classifies pictures in parallel, and delivers the results in the order of the paths as soon as they are available.
  ///
  /// - Parameters:
  ///   - options: only whether probabilities are calibrated concerns pictures.
  ///   - hearing: how many are looked at in parallel.
  ///   - job: notified after each picture.
  ///   - each: called on the calling thread with each picture's index and result, in order. An error that it throws ends the work.
  ///
  /// Throws ``CodedError`` `badInput` for a model that takes sound, `interrupted` if it was cancelled.
  public func classify(
    pictures paths: [String], options: ScoringOptions = ScoringOptions(),
    hearing: HearingOptions = HearingOptions(), job: Job = Job(),
    each: (Int, Result<PictureClassification, FailedTrack>) throws -> Void
  ) throws {
    let classifier = try PictureClassifier(self, options)
    try TrackHearing(hearing) { classifier }.run(
      paths.map { SoundInput(path: $0) }, job: job, { try $0.look(at: $1.path).classification }, each: each)
  }
}
