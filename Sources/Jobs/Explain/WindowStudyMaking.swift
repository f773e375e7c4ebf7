import Analysis
import Explanation
import Features
import Files
import Foundation
import Tensors

/// What a page shows of one explained window.
struct WindowStudyMaking {
  private let window: ExplainedWindow
  private let key: String

  /// - Parameter key: begins the names of the pictures.
  init(_ window: ExplainedWindow, key: String) { (self.window, self.key) = (window, key) }

  /// The window's maps and its evidence. Shares by frequency are those of the main explanation's map on the mel axis, as in
  /// ``FrequencySummary`` and `bands.csv`.
  ///
  /// - Parameters:
  ///   - explanations: the first is the main one; of several, each is that of a layer, or of a method.
  ///   - drawing: takes the pictures.
  func study(
    _ explanations: [ClassExplanation], ofMethods: Bool = false, _ drawing: inout StudyPictures
  ) throws -> TrackStudy {
    let (map, input, explanation) = (window.map, window.input, explanations[0])
    let view = window.projection.view(of: explanation, input: input)
    let bands = view.bandProfile
    var evidence: [TrackStudy.Evidence] = []
    for (number, explanation) in explanations.enumerated() {
      evidence.append(
        try drawing.evidence(
          explanation, .predicted, input: input, scale: nil, bands: number == 0 ? bands : nil, key: key,
          layer: explanations.count > 1 ? (explanation.layer, number + 1) : nil))
      if ofMethods { evidence[number].method = explanation.method.name }
    }
    return TrackStudy(
      prediction: Prediction(
        path: window.path, label: window.track.label, predicted: window.track.label,
        probabilities: window.track.classes.map { window.track.probabilities[$0] ?? 0 }),
      window: .init(
        startSeconds: map.startSeconds, seconds: map.spec.seconds, frameCount: map.values.shape[1]),
      sentence: FrequencySummary(view, of: window).sentence(
        of: explanation.mapName, for: explanation.question.shown, in: window.stretchName),
      feature: try drawing.featureStrip(map.values, input, key: key),
      mel: try drawing.melStrip(map.values, key: key), evidence: evidence)
  }
}

extension ClassExplanation {
  /// The map's name: method and layer.
  var mapName: String { "\(method.name) at \(layer)" }
}
