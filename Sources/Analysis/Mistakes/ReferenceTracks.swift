package import Datasets
import Features
package import Files
package import Models
package import Tensors

/// Every track of a data set, of all splits, as the network and simpler methods see it: what evaluated tracks are compared
/// with.
package struct ReferenceTracks {
  package let clips: [Clip]
  /// In the network's last hidden layer, `[N, D]`.
  package let embeddings: Tensor
  /// ``summary(of:)`` of each map.
  package let summaries: [[Double]]
  private let reader: ClipReader
  private let model: GenreModel
  /// Maps that are read before the network hears them.
  private static let pieceCount = 128

  /// Takes the first map of each recording. Throws for features that do not fit the model; a map with values that are no
  /// numbers is passed over.
  package init(_ dataset: Dataset, model: GenreModel, progress: ProgressHandler?) throws {
    self.model = model
    let reader = try ClipReader(dataset: dataset, model: model)
    let layer = EmbeddingLayer(of: model)
    let all = Clip.clips(of: dataset.tracks)
    var (kept, vectors, summaries): ([Clip], [Float], [[Double]]) = ([], [], [])
    for start in stride(from: 0, to: all.count, by: Self.pieceCount) {
      let piece = all[start..<min(all.count, start + Self.pieceCount)]
      var inputs: [Tensor] = []
      for clip in piece {
        guard let map = try? reader.firstMap(of: clip) else { continue }
        kept.append(clip)
        summaries.append(Self.summary(of: map))
        inputs.append(model.normalization.apply(to: map))
      }
      vectors += layer.embeddings(of: inputs).values
      progress?(StageProgress("comparing", completed: start + piece.count, of: all.count))
    }
    (clips, self.summaries, self.reader) = (kept, summaries, reader)
    embeddings = Tensor(vectors, shape: [kept.count, kept.isEmpty ? 0 : vectors.count / kept.count])
  }

  /// The clips of a data set with the ``summary(of:)`` of each one's first map; the network hears none of them. Throws and passes over
  /// as the initializer does.
  package static func summaries(
    of dataset: Dataset, model: GenreModel
  ) throws -> (clips: [Clip], summaries: [[Double]]) {
    let reader = try ClipReader(dataset: dataset, model: model)
    let found = Clip.clips(of: dataset.tracks).compactMap { clip in
      (try? reader.firstMap(of: clip)).map { (clip, summary(of: $0)) }
    }
    return (found.map(\.0), found.map(\.1))
  }

  /// The standardised map of one of the clips.
  package func input(_ index: Int) throws -> Tensor {
    model.normalization.apply(to: try reader.firstMap(of: clips[index]))
  }

  /// The clips of one split.
  package func indices(in split: Split) -> [Int] { clips.indices.filter { clips[$0].track.split == split } }

  /// Of each row over time the mean, the standard deviation, and that of the change from frame to frame: what simple
  /// classifiers hear of a map. `3 F` numbers.
  package static func summary(of map: Tensor) -> [Double] {
    let (bins, frames) = (map.shape[0], map.shape[1])
    var (means, deviations, changes): ([Double], [Double], [Double]) = ([], [], [])
    for bin in 0..<bins {
      let row = map.values[bin * frames..<(bin + 1) * frames].map { Double($0) }
      let (mean, deviation) = moments(row)
      means.append(mean)
      deviations.append(deviation)
      changes.append(moments(zip(row, row.dropFirst()).map { $1 - $0 }).deviation)
    }
    return means + deviations + changes
  }

  /// Zeros for no values.
  private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    guard !values.isEmpty else { return (0, 0) }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    return (mean, variance.squareRoot())
  }
}

extension ClipReader {
  /// The first window of a clip.
  func firstMap(of clip: Clip) throws -> Tensor {
    try map(of: clip, at: clip.rows.first.map { .row($0, frame: firstFrame(ofRow: $0, clip)) } ?? .at(0))
  }
}
