package import Datasets
import Features
package import Files
package import Models
package import Tensors

/// One evaluated track, heard in the window that speaks most for its predicted class: what later stages need of its map, its
/// prediction and its place in the network, all of one reading and one pass.
package struct EvaluatedTrack: Sendable {
  package let prediction: Prediction
  package let recording: Recording
  package let place: WindowPlace
  /// In the network's last hidden layer.
  package let embedding: [Float]
  /// ``MapSummary`` of the map.
  package let summary: [Double]
  /// Mean of the map's mel spectrogram in dB; nil for features of unknown origin.
  package let meanDecibels: Double?
}

/// Evaluated tracks, in the order of the evaluation's predictions.
package struct EvaluatedTracks: Sendable {
  package let model: GenreModel
  package let evaluation: Evaluation
  /// Which tracks were evaluated.
  package let selection: ClipSelection
  package let tracks: [EvaluatedTrack]
  /// Their place in the network's last hidden layer, `[N, D]`.
  package let embeddings: Tensor
  /// The feature file that they were read from; nil for sound.
  package let featuresPath: String?
  /// Where their maps are read.
  package let source: RecordingSource

  /// What ``EvaluatedTrack`` has of each row of the feature file.
  var vectorsByRow: [WindowPlace: HeardRecording.Vectors] {
    guard featuresPath != nil else { return [:] }
    let vectors = tracks.map {
      HeardRecording.Vectors(embedding: $0.embedding, summary: $0.summary, meanDecibels: $0.meanDecibels)
    }
    return Dictionary(zip(tracks.map(\.place), vectors), uniquingKeysWith: { first, _ in first })
  }

  /// The map of a track as it was stored or computed, not standardised, `[F, T]`.
  package func map(_ index: Int, _ reader: RecordingReader) throws -> Tensor {
    try reader.map(of: tracks[index].recording, at: tracks[index].place)
  }

  /// The standardised input that a track's maps explain.
  package func input(_ index: Int) throws -> Tensor {
    model.normalization.apply(to: try map(index, source.reader()))
  }
}

extension GenreModel {
  /// Evaluates the recordings of a data set and keeps what an analysis needs of each; see `evaluate(on:selection:options:job:)`.
  package func evaluatedTracks(
    on dataset: Dataset, selection: ClipSelection, job: Job = Job()
  ) throws -> EvaluatedTracks {
    let layer = EmbeddingLayer(of: self)
    var (evaluation, vectors, reader) = try evaluation(
      on: dataset, selection, ScoringOptions(), layer: layer, job)
    // Sixteen by sixteen the last one may be left alone, and is rounded as such.
    if vectors.count % 16 == 1, let last = evaluation.examples.last {
      let map = try reader.map(of: last.recording, at: last.place)
      vectors[vectors.count - 1].embedding = layer.embeddings(of: [normalization.apply(to: map)]).values
    }
    let tracks = zip(zip(evaluation.predictions, evaluation.examples), vectors).map { heard, vectors in
      EvaluatedTrack(
        prediction: heard.0, recording: heard.1.recording, place: heard.1.place, embedding: vectors.embedding,
        summary: vectors.summary, meanDecibels: vectors.meanDecibels)
    }
    let values = tracks.flatMap(\.embedding)
    return EvaluatedTracks(
      model: self, evaluation: evaluation, selection: selection, tracks: tracks,
      embeddings: Tensor(values, shape: [tracks.count, tracks.isEmpty ? 0 : values.count / tracks.count]),
      featuresPath: dataset.featuresPath, source: RecordingSource(reader))
  }
}
