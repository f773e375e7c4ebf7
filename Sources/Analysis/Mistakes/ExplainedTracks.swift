import Datasets
package import Explanation
import Features
package import Files
package import Models
import Networks
import Statistics
package import Tensors

/// Evaluated tracks with the maps that explain what they were heard as.
package struct ExplainedTracks: Sendable {
  package let evaluated: EvaluatedTracks
  let explaining: TrackExplaining
  /// One for each evaluated track.
  package let tracks: [ExplainedTrack]
  package let averages: MapAverages
  /// Where in frequency the evidence lies; nil where the features are of unknown origin or no track was right.
  package let frequencies: FrequencyEvidence?

  package var options: AnalysisOptions { explaining.options }
  /// The way to the mel axis; nil where the features are of unknown origin.
  package var projection: MelProjection? { explaining.projection }
  package var model: GenreModel { evaluated.model }
  package var evaluation: Evaluation { evaluated.evaluation }
  package var explainer: Explainer { explaining.explainer }

  /// For each class the correct track most like the mean map of its class.
  package var typicalTracks: [Int] {
    model.labels.compactMap { label in
      let predictions = evaluation.predictions
      let right = predictions.indices.filter { predictions[$0].isCorrect && predictions[$0].label == label }
      guard let mean = averages.mean(ofClass: label) else { return nil }
      if let nearest = TypicalTrack.index(nearestTo: mean, in: right.map { tracks[$0].predicted.grid }) {
        return right[nearest]
      }
      return TypicalTrack.indexOfMedianConfidence(label: label, in: predictions)
    }
  }

  /// Mean shares of the parts of the score of a class's correct tracks.
  package func typicalShares(of label: String) -> TrackStudy.Shares? {
    guard let row = frequencies?.readings.last?.rows.first(where: { $0.label == label }) else { return nil }
    return TrackStudy.Shares(low: row.low.mean, middle: row.middle.mean, high: row.high.mean)
  }

  /// The explanations of one track: for the predicted class and, where that is wrong, for the true one and for the one rather
  /// than the other. What was not kept is made again, unless it is a step of the job.
  package func explanations(of index: Int, input: Tensor, job: Job = Job()) throws -> [ClassExplanation] {
    if let kept = tracks[index].explanations { return kept }
    return try explaining.explainsAlone
      ? explaining.explanations(of: index, job) { input }.own : explaining.ownExplanations(of: index, input)
  }
}
