import Analysis
import Tensors

extension ErrorAnalysis {
  /// Whether mistakes look to the network like the genre they were heard as, by four readings: maps and frequency profiles of
  /// the evidence for the chosen class, the last hidden layer, and the sound itself, which no network has touched.
  func coherence() throws -> [MistakeCoherence] {
    let predictions = evaluation.predictions
    func measured(_ subject: String, _ features: (Int) -> [Double]?) throws -> MistakeCoherence? {
      let tracks = predictions.indices.compactMap { index -> MistakeCoherence.Track? in
        guard let values = features(index), values.contains(where: { $0 != 0 }) else { return nil }
        let prediction = predictions[index]
        return MistakeCoherence.Track(
          path: prediction.path, label: prediction.label, predicted: prediction.predicted,
          group: prediction.group, features: values)
      }
      guard !tracks.isEmpty else { return nil }
      return try MistakeCoherence(tracks: tracks, subject: subject, seed: options.seed)
    }
    let width = embeddings.shape[1]
    return [
      try measured("evidence maps") { tracks[$0].predicted.grid.values.map { Double($0) } },
      try measured("frequency profiles of the evidence") { tracks[$0].bands?.perBand },
      try measured("places in the last hidden layer") { index in
        embeddings.values[index * width..<(index + 1) * width].map { Double($0) }
      },
      try measured("frequency profiles of the sound") { tracks[$0].sound?.perBand },
    ].compactMap(\.self)
  }
}
