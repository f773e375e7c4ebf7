import Explanation
package import Files
import Tensors

extension ExplainedTracks {
  /// Whether mistakes look to the network like the genre they were heard as, by four readings: maps and frequency profiles of
  /// the evidence, the last hidden layer, and the sound itself, which no network has touched. p is corrected over all of them.
  ///
  /// Evidence is for the genre that the mistakes were heard as, in the mistakes and in the correct tracks they are compared
  /// with: the class that is explained must not make the difference.
  package func coherence(job: Job = Job()) throws -> [MistakeCoherence] {
    let predictions = evaluation.predictions
    func measured(
      _ subject: String, _ features: (Int) -> MistakeCoherence.Features?
    ) throws -> MistakeCoherence? {
      let found = predictions.indices.compactMap { index -> MistakeCoherence.Track? in
        let prediction = predictions[index]
        return features(index).map {
          MistakeCoherence.Track(
            path: prediction.path, label: prediction.label, predicted: prediction.predicted,
            group: prediction.group, features: $0)
        }
      }
      try job.requireGoingOn()
      guard !found.isEmpty else { return nil }
      return try MistakeCoherence(
        tracks: found, subject: subject, permutationCount: permutationCount, seed: options.seed)
    }
    let width = evaluated.embeddings.shape[1]
    let readings = [
      try measured("evidence maps") { index in
        explained(index, own: tracks[index].predicted.grid.coarse.map { Double($0) }) {
          $0.map?.map { Double($0) }
        }
      },
      try measured("frequency profiles of the evidence") { index in
        explained(index, own: tracks[index].bands?.perBand) { $0.bands?.perBand }
      },
      try measured("places in the last hidden layer") { index in
        same(evaluated.embeddings.values[index * width..<(index + 1) * width].map { Double($0) })
      },
      try measured("frequency profiles of the sound") { same(tracks[$0].sound?.perBand) },
    ]
    return MistakeCoherence.corrected(readings.compactMap(\.self))
  }

  /// Enough that the smallest p of a single test, times the number of tests, can lie far below 0.05.
  private var permutationCount: Int {
    let wrong = evaluation.predictions.filter { !$0.isCorrect }
    let directions = Dictionary(grouping: wrong) { [$0.label, $0.predicted] }.values.count { $0.count >= 5 }
    return min(max(9999, 400 * directions), 99_999)
  }

  private func same(_ values: [Double]?) -> MistakeCoherence.Features? {
    values.flatMap { $0.contains { $0 != 0 } ? .same($0) : nil }
  }

  /// The vectors of a track for the class it was heard as and, if it is correct, for the classes it is a control of; those
  /// without any evidence have no place to compare.
  private func explained(
    _ index: Int, own: [Double]?, _ control: (ControlEvidence) -> [Double]?
  ) -> MistakeCoherence.Features? {
    var vectors = tracks[index].controls.compactMapValues(control)
    vectors[evaluation.predictions[index].predicted] = own
    vectors = vectors.filter { $0.value.contains { $0 != 0 } }
    return vectors.isEmpty ? nil : .byClass(vectors)
  }
}
