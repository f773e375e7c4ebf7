import Analysis
import Audio
import Datasets
import Explanation
import Features
import Files
import Foundation
import Models
import Networks
import Tensors

/// A heard track and what is asked about it.
struct TrackQuestion {
  let source: ExplainedSource
  let model: GenreModel
  let request: ExplanationRequest
  /// The work that this is a part of.
  let job: Job
  private let heard: HeardSource
  fileprivate let explainer: Explainer
  fileprivate let classIndex: Int
  fileprivate let score: Score

  /// Classifies the whole track. Throws for a file or row that cannot be read and a class that the model does not have.
  init(_ source: ExplainedSource, with model: GenreModel, _ request: ExplanationRequest, _ job: Job) throws {
    var explainer = Explainer(model)
    // Words that mean nothing are told before the work.
    let named = try request.className.map { name in try explainer.classIndex(named: name) }
    try request.requireSense()
    let asked: Score
    if let other = request.contrastClassName {
      asked = .contrast(nil, try explainer.classIndex(named: other))
    } else {
      asked = request.target == .probability ? .probability() : .logit()
    }
    heard = try HeardSource(source, with: model, request, job)
    if request.isWhole {
      explainer = Explainer(heard.model)
      explainer.copiesPerPass = request.copiesPerPass(of: heard.model)
    }
    explainer.job = job.told(after: .seconds(2))
    self.explainer = explainer
    classIndex = try named ?? explainer.classIndex(named: heard.classification.label)
    if case .contrast(_, classIndex) = asked {
      throw CodedError(
        .usage,
        "\(model.labels[classIndex]) cannot be contrasted with itself: name two classes with --class and --contrast"
      )
    }
    score = asked.of(classIndex)
    (self.source, self.model, self.request, self.job) = (source, heard.model, request, job)
  }

  /// The whole track's classification.
  var track: TrackClassification { heard.classification }
  /// What a reader must know of where the features came from.
  var remarks: [String] { heard.remarks }

  /// The window that was asked for. Throws for one that the track does not have.
  func window() throws -> ExplainedWindow {
    let (choice, map) = try heard.window(request.window, explaining: model.labels[classIndex])
    return ExplainedWindow(self, map, choice, explainer)
  }

  /// Every window in turn. Throws what `body` throws, and for a file that cannot be read any more.
  func forEachWindow(_ body: (ExplainedWindow) throws -> Void) throws {
    var number = 0
    // Windows are what is counted, not the passes of each.
    var quiet = explainer
    quiet.job = job.quiet
    try heard.forEachMap(hopSeconds: request.scoring.hopSeconds) { map in
      number += 1
      job.tell("explaining windows", number - 1, of: track.windows.count)
      try body(
        ExplainedWindow(
          self, map, ChosenWindow(number: number, startSeconds: map.startSeconds, reason: "one of all"), quiet
        ))
    }
    job.tell("explaining windows", number, of: number)
  }

  /// The stretches of the track of one class each; none where it was heard as a whole.
  var segments: [TimelineSegment] { request.isWhole ? [] : track.timeline.segments(request.segments) }
  /// What `explanation.json` says of the whole track.
  var document: ExplanationDocument.Track {
    ExplanationDocument.Track(
      label: track.label, probabilities: track.probabilities, classes: track.classes, windows: track.windows,
      hopSeconds: track.hopSeconds, unheardSeconds: track.unheardSeconds, segments: segments,
      training: track.training, wholeTrack: track.wholeTrack)
  }
  /// What was noticed about the file while all of it was heard. Padding is a flag.
  var notes: [AudioNote] { track.notes.filter { $0.code != .mostlyPadding } }
}

/// One window of a track and what is asked about it.
struct ExplainedWindow {
  let question: TrackQuestion
  /// The features as they were heard.
  let map: FeatureMap
  /// The standardised input `[F, T]`.
  let input: Tensor
  /// Which window of the track this is.
  let choice: ChosenWindow
  private let explainer: Explainer

  fileprivate init(
    _ question: TrackQuestion, _ map: FeatureMap, _ choice: ChosenWindow, _ explainer: Explainer
  ) {
    (self.question, self.map, self.choice, self.explainer) = (question, map, choice, explainer)
    input = question.model.normalization.apply(to: map.values)
  }

  var source: ExplainedSource { question.source }
  /// Names the track.
  var path: String { source.path }
  var segment: SoundSegment? { source.segment }
  var model: GenreModel { question.model }
  var request: ExplanationRequest { question.request }
  /// The whole track's classification.
  var track: TrackClassification { question.track }
  /// What is explained, in a word: a window, or the track.
  var stretchName: String { request.isWhole ? "track" : "window" }
  /// What was noticed about the file.
  var notes: [AudioNote] { question.notes }

  /// Layers of the whole network at which the method makes a map: the convolutions or the attention that it accepts, or its own
  /// choice.
  var layers: [String] {
    let network = model.network
    let accepted = (network.convolutionNames + network.attentionNames).filter {
      (try? request.method.layer($0, of: network)) == $0
    }
    return accepted.isEmpty ? [(try? request.method.layer(nil, of: network))].compactMap(\.self) : accepted
  }

  /// The explanation by each method that was asked for, the main one first.
  func explanationsOfMethods() throws -> [ClassExplanation] {
    guard !request.compared.isEmpty else { return [try explanation(layer: request.layer)] }
    try request.requireDifferentMethods()
    return try request.allMethods.map { method in
      try explanation(by: method, layer: request.layer(of: method))
    }
  }

  /// The explanation at a layer; nil is the method's own choice. Throws ``CodedError`` `interrupted` when the job was cancelled.
  func explanation(layer: String?) throws -> ClassExplanation {
    try explanation(by: request.method, layer: layer)
  }

  private func explanation(by method: any ExplanationMethod, layer: String?) throws -> ClassExplanation {
    try question.job.requireGoingOn("stopped; nothing was written", path: path)
    return try explainer.explain(input, method: method, layer: layer, score: question.score)
  }

  /// What is to be said of the window, whatever explains it: `mostly-padding`.
  var flags: [String] { map.isMostlyPadding ? [AudioNote.Code.mostlyPadding.rawValue] : [] }

  /// The way to the mel axis.
  var projection: MelProjection { MelProjection(spec: map.spec, normalization: model.normalization) }
  /// Softmax probabilities of this window, in the labels' order.
  var probabilities: [Double] { model.probabilities([map.values]).values.map { Double($0) } }
  /// The track's name without its folders.
  var trackName: String { lastName(source.name) }
  var secondsPerFrame: Double { Double(map.spec.hopLength) / Double(map.spec.sampleRateHz) }
  /// What `explanation.json` says of the window's choice.
  var document: ExplanationDocument.Window {
    ExplanationDocument.Window(number: choice.number, reason: choice.reason)
  }
}
