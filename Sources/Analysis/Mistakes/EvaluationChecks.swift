import Datasets
package import Files
import Foundation
import Models
import Statistics

/// What an evaluation is worth: how far its probabilities can be taken at their word, what simple rules score on the same tracks,
/// whether mistakes look like the genre they were heard as.
package struct EvaluationChecks: Sendable {
  /// nil without probabilities.
  package let calibration: CalibrationSection?
  package let baselines: [BaselineScores]
  package let coherence: [MistakeCoherence]
}

extension ExplainedTracks {
  /// Calibration, baselines and coherence.
  ///
  /// - Parameter references: tracks to learn the baselines from; nil makes none.
  package func checks(
    _ data: AnalysisData, references: ReferenceTracks?, job: Job
  ) throws -> EvaluationChecks {
    EvaluationChecks(
      calibration: try calibrationSection(data, job), baselines: try baselines(references),
      coherence: try coherence(job: job))
  }

  /// On the evaluated tracks, with the temperature of the model, else with one fitted on the validation part.
  private func calibrationSection(_ data: AnalysisData, _ job: Job) throws -> CalibrationSection? {
    let predictions = evaluation.predictions
    guard let plain = try Calibration(predictions: predictions, labels: model.labels) else { return nil }
    var (temperature, source) = (model.temperature, "the model's own, fitted on its validation part")
    if temperature == nil, let mapped = data.mapped, mapped.clips.contains(where: { $0.split == .valid }) {
      // Where none of the part can be read, there is none to fit a temperature on.
      let found = (try? model.calibration(on: mapped, selection: .split(.valid), job: job.quiet)) ?? nil
      try job.requireGoingOn()
      temperature = found?.trial.temperature
      source = "fitted on the validation part for this report; genrelens calibrate stores it in the model"
    }
    if predictions.contains(where: { $0.split == Split.valid.rawValue }) {
      source += "; validation tracks are among those evaluated here, so that what it gains may be flattered"
    }
    if temperature == 1 {
      return CalibrationSection(
        plain: plain, scaled: nil, temperature: nil,
        source:
          "1, so that nothing changes: that another one helps on tracks it was not fitted to is not shown "
          + "(cross-validation over the groups of the validation part)")
    }
    guard let temperature else {
      return CalibrationSection(
        plain: plain, scaled: nil, temperature: nil,
        source: "none: the model has none, and there is no validation part to fit one on")
    }
    let scaled = try Calibration(
      predictions: try scaledPredictions(data, temperature, job), labels: model.labels)
    return CalibrationSection(plain: plain, scaled: scaled, temperature: temperature, source: source)
  }

  /// The predictions as `--calibrated` makes them.
  private func scaledPredictions(_ data: AnalysisData, _ temperature: Double, _ job: Job) throws
    -> [Prediction]
  {
    // What is divided are the logits of windows: of one window, its probabilities tell the rest.
    if evaluation.windows.count == evaluation.predictions.count {
      return evaluation.predictions.map { prediction in
        var scaled = prediction
        // By the largest, so that a low temperature leaves one of them.
        let largest = prediction.probabilities.max() ?? 1
        let powers = prediction.probabilities.map { pow($0 / largest, 1 / temperature) }
        let sum = powers.reduce(0, +)
        scaled.probabilities = powers.map { $0 / sum }
        return scaled
      }
    }
    var (warmed, options) = (model, ScoringOptions())
    (warmed.temperature, options.isCalibrated) = (temperature, true)
    return try warmed.evaluate(
      on: data.dataset, selection: evaluated.selection, options: options, job: job.quiet
    ).predictions
  }

  /// The most frequent genre, and the nearest centroid, both learned from the training part.
  private func baselines(_ references: ReferenceTracks?) throws -> [BaselineScores] {
    guard let references else { return [] }
    let training = references.indices(in: .train).filter {
      model.labels.contains(references.recordings[$0].clip.label)
    }
    guard !training.isEmpty else { return [] }
    let labels = training.map { references.recordings[$0].clip.label }
    let (tracks, own) = (evaluation.predictions, model.labels)
    return [
      try .majority(trainingLabels: labels, tracks: tracks, labels: own),
      try .nearestCentroid(
        trainingRows: training.map { references.summaries[$0] }, trainingLabels: labels,
        rows: evaluated.tracks.map(\.summary), tracks: tracks, labels: own),
    ]
  }
}
