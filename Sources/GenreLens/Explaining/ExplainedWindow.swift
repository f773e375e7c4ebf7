import Analysis
import Audio
import Explanation
import Features
import Files
import Foundation
import Tensors
import Training

/// One window of a track and what is asked about it.
struct ExplainedWindow {
  let source: ExplainedSource
  let model: GenreModel
  let request: ExplanationRequest
  /// The features as they were heard.
  let map: FeatureMap
  /// The standardised input `[F, T]`.
  let input: Tensor
  /// The whole track's classification.
  let track: TrackClassification
  /// Which window of it this is.
  let choice: ChosenWindow
  /// What a reader must know of where the features came from.
  let remarks: [String]
  /// What was noticed about the file while all of it was heard. Padding is a flag.
  var notes: [AudioNote] { track.notes.filter { $0.code != .mostlyPadding } }
  /// Names the track.
  var path: String { source.path }
  private let explainer: Explainer
  private let classIndex: Int
  private let target: ExplanationTarget

  /// Classifies the whole track and chooses the window. Throws for a file or row that cannot be read and a class that the model does not
  /// have.
  init(_ source: ExplainedSource, with model: GenreModel, _ request: ExplanationRequest) throws {
    explainer = Explainer(
      network: model.network, labels: model.labels, spec: model.featureSpec,
      normalization: model.normalization)
    // Words that mean nothing are told before the work.
    let named = try request.className.map { [explainer] name in try explainer.classIndex(named: name) }
    if let other = request.contrastClassName {
      target = .contrast(try explainer.classIndex(named: other))
    } else {
      target = request.target == .probability ? .probability : .logit
    }
    (track, choice, map, remarks) = try source.heard(
      with: model, request, explaining: named.map { model.labels[$0] })
    classIndex = try named ?? explainer.classIndex(named: track.label)
    input = model.normalization.apply(to: map.values)
    (self.source, self.model, self.request) = (source, model, request)
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

  /// The parts of the explained class's score, to first order: what raises it by frequency.
  func attribution() throws -> ClassExplanation {
    try explainer.explain(
      batch: [input], method: FrequencySampling.attribution, classIndices: [classIndex])[0]
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
  /// The stretches of the track of one class each.
  var segments: [TimelineSegment] { track.timeline.segments(request.segments) }
  /// What `explanation.json` says of the whole track.
  var trackDocument: ExplanationDocument.Track {
    ExplanationDocument.Track(
      label: track.label, probabilities: track.probabilities, classes: track.classes, windows: track.windows,
      hopSeconds: track.hopSeconds, segments: segments)
  }
  /// What it says of the window's choice.
  var windowDocument: ExplanationDocument.Window {
    ExplanationDocument.Window(number: choice.number, reason: choice.reason)
  }
}
