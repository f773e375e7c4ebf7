import Audio
import Explanation
import Features
import Files
import Foundation
import Tensors
import Training

/// One window of a track and what is asked about it.
struct ExplainedWindow {
  let path: String
  let model: GenreModel
  let request: ExplanationRequest
  /// The features as they were heard.
  let map: FeatureMap
  /// The standardised input `[F, T]`.
  let input: Tensor
  /// What was noticed about the file: about all of it, as ``AudioProbe`` sees it, and on the way to the window.
  let notes: [AudioNote]
  private let explainer: Explainer
  private let classIndex: Int?
  private let target: ExplanationTarget

  /// Throws for a file that cannot be read and a class that the model does not have.
  init(_ path: String, with model: GenreModel, _ request: ExplanationRequest) throws {
    explainer = Explainer(
      network: model.network, labels: model.labels, spec: model.featureSpec,
      normalization: model.normalization)
    classIndex = try request.className.map { [explainer] name in try explainer.classIndex(named: name) }
    if let other = request.contrastClassName {
      target = .contrast(try explainer.classIndex(named: other))
    } else {
      target = request.target == .probability ? .probability : .logit
    }
    let heard = try SoundWindows(model: model).window(of: path, at: request.startSeconds)
    map = heard.map
    // Of a kind that the whole file has, the way to the window saw a part at most. Padding is a flag.
    let whole = (try? AudioProbe(path: path))?.notes ?? []
    notes =
      whole
      + heard.notes.filter { note in
        note.code != .mostlyPadding && !whole.contains { $0.code == note.code }
      }
    input = model.normalization.apply(to: map.values)
    (self.path, self.model, self.request) = (path, model, request)
  }

  /// Layers of the whole network at which the method makes a map: the convolutions.
  var layers: [String] { model.network.convolutionNames }

  /// The explanation at a layer; nil is the method's own choice.
  func explanation(layer: String?) throws -> ClassExplanation {
    let explanation = try explainer.explain(
      input, method: request.method, layer: layer, classIndex: classIndex, target: target,
      options: request.options)
    if case .contrast(explanation.classIndex) = target {
      throw GenreLensError(
        .usage,
        "\(explanation.label) cannot be contrasted with itself: name two classes with --class and --contrast")
    }
    return explanation
  }

  /// What is to be said of the window, whatever explains it: `mostly-padding`.
  var flags: [String] { map.isMostlyPadding ? [AudioNote.Code.mostlyPadding.rawValue] : [] }

  /// The way to the mel axis.
  var projection: MelProjection { MelProjection(spec: map.spec, normalization: model.normalization) }
  /// Softmax probabilities of this window, in the labels' order.
  var probabilities: [Double] { model.probabilities([map.values]).values.map { Double($0) } }
  /// The track's name without its folders.
  var trackName: String { lastName(path) }
  var secondsPerFrame: Double { Double(map.spec.hopLength) / Double(map.spec.sampleRateHz) }
}
