import Analysis
import Audio
import Explanation
import Files
import Foundation
import Tensors
import Training

/// What a page shows of one explained window.
struct WindowStudyMaking {
  private let window: ExplainedWindow
  private let key: String

  /// - Parameter key: begins the names of the pictures.
  init(_ window: ExplainedWindow, key: String) { (self.window, self.key) = (window, key) }

  /// The window's maps and its evidence.
  ///
  /// - Parameters:
  ///   - explanations: the first is the main one; of several, each is that of a layer.
  ///   - drawing: takes the pictures.
  func study(_ explanations: [ClassExplanation], _ drawing: inout StudyPictures) throws -> TrackStudy {
    let (map, input, explanation) = (window.map, window.input, explanations[0])
    let bands = window.projection.view(of: try window.attribution(), input: input).bandProfile
    var evidence: [TrackStudy.Evidence] = []
    for (number, explanation) in explanations.enumerated() {
      evidence.append(
        try drawing.evidence(
          explanation, .predicted, input: input, scale: nil, bands: number == 0 ? bands : nil, key: key,
          layer: explanations.count > 1 ? (explanation.layer, number + 1) : nil))
    }
    return TrackStudy(
      prediction: Prediction(
        path: window.path, label: window.track.label, predicted: window.track.label,
        probabilities: window.track.classes.map { window.track.probabilities[$0] ?? 0 }),
      window: .init(
        startSeconds: map.startSeconds, seconds: map.spec.seconds, frameCount: map.values.shape[1]),
      sentence: sentence(bands, explanation),
      feature: try drawing.featureStrip(map.values, input, key: key),
      mel: try drawing.melStrip(map.values, key: key), evidence: evidence)
  }

  private func sentence(_ bands: BandProfile, _ explanation: ClassExplanation) -> String {
    guard let shares = TrackStudy.Shares(bands), !bands.isEmpty else {
      return "Nothing in this window speaks for \(explanation.label)."
    }
    let words = String(
      format: "%.0f %% below 250 Hz, %.0f %% from 250 to 2 000 Hz, %.0f %% above", 100 * shares.low,
      100 * shares.middle, 100 * shares.high)
    return
      "What raises the score of \(explanation.label) here lies \(words) (gradient x input on the mel axis)."
  }
}
