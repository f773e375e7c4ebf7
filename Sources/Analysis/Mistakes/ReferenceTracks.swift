package import Datasets
import Features
package import Files
package import Models
package import Tensors

/// Every track of a data set, of all splits, as the network and simpler methods see it: what evaluated tracks are compared
/// with.
package struct ReferenceTracks: Sendable {
  package let recordings: [Recording]
  /// In the network's last hidden layer, `[N, D]`.
  package let embeddings: Tensor
  /// ``MapSummary`` of each map.
  package let summaries: [[Double]]
  private let source: RecordingSource
  private let model: GenreModel

  private init(
    recordings: [Recording], embeddings: Tensor, summaries: [[Double]], source: RecordingSource,
    model: GenreModel
  ) {
    (self.recordings, self.embeddings, self.summaries) = (recordings, embeddings, summaries)
    (self.source, self.model) = (source, model)
  }

  /// A recording in the network's last hidden layer, and its summary.
  private typealias Vectors = (embedding: [Float], summary: [Double])

  /// The first map of each recording. Throws for features that do not fit the model; a map with values that are no numbers is
  /// passed over.
  ///
  /// - Parameter evaluated: tracks of the same data set, whose vectors are taken where they are of the same map.
  package static func heard(
    in dataset: Dataset, by model: GenreModel, besides evaluated: EvaluatedTracks? = nil, job: Job
  ) throws -> ReferenceTracks {
    let source = RecordingSource(try RecordingReader(dataset: dataset, model: model))
    let layer = EmbeddingLayer(of: model)
    let all = Recording.recordings(of: dataset.clips)
    let isSame = dataset.featuresPath == evaluated?.featuresPath
    let known = isSame ? evaluated?.vectorsByRow ?? [:] : [:]
    // Pieces bound the memory of the maps.
    let size = 32
    let starts = Array(stride(from: 0, to: all.count, by: size))
    var (kept, values, summaries): ([Recording], [Float], [[Double]]) = ([], [], [])
    let done = DoneCount("comparing", of: all.count, job)
    try OrderedWork(reading: source).run(
      starts.count, job: job,
      { reader, piece in
        let recordings = all[starts[piece]..<min(all.count, starts[piece] + size)]
        let found = try vectors(of: recordings, known, reader, layer, model, job)
        done.add(recordings.count)
        return found
      },
      each: { piece, result in
        for (offset, vectors) in try result.get().enumerated() {
          guard let vectors else { continue }
          kept.append(all[starts[piece] + offset])
          values += vectors.embedding
          summaries.append(vectors.summary)
        }
      })
    return ReferenceTracks(
      recordings: kept,
      embeddings: Tensor(values, shape: [kept.count, kept.isEmpty ? 0 : values.count / kept.count]),
      summaries: summaries, source: source, model: model)
  }

  private static func vectors(
    of recordings: ArraySlice<Recording>, _ known: [WindowPlace: HeardRecording.Vectors],
    _ reader: RecordingReader,
    _ layer: EmbeddingLayer, _ model: GenreModel, _ job: Job
  ) throws -> [Vectors?] {
    defer { reader.releaseMemory() }
    try job.requireGoingOn()
    var found = recordings.map { known[reader.firstPlace(of: $0)].map { ($0.embedding, $0.summary) } }
    var inputs: [(place: Int, map: Tensor, summary: [Double])] = []
    func add(_ place: Int) {
      guard let map = try? reader.firstMap(of: recordings[recordings.startIndex + place]) else { return }
      inputs.append((place, model.normalization.apply(to: map), MapSummary.values(of: map)))
    }
    for place in found.indices where found[place] == nil { add(place) }
    // One that is left alone, as the last of all may be, is rounded as such.
    let others = found.indices.filter { found[$0] != nil }
    let isAlone = inputs.count + others.count == 1
    if isAlone { others.forEach(add) }
    let embeddings = layer.embeddings(of: inputs.map(\.map), isAmongOthers: !isAlone)
    for (row, input) in inputs.enumerated() {
      found[input.place] = (embeddings.item(row).values, input.summary)
    }
    return found
  }

  /// The recordings of a data set with the ``MapSummary`` of each one's first map; the network hears none of them. Throws and passes over
  /// as ``heard(in:by:besides:job:)`` does.
  package static func summaries(
    of dataset: Dataset, model: GenreModel, job: Job
  ) throws -> (recordings: [Recording], summaries: [[Double]]) {
    let reader = try RecordingReader(dataset: dataset, model: model)
    var found: [(Recording, [Double])] = []
    for recording in Recording.recordings(of: dataset.clips) {
      try job.requireGoingOn()
      if let map = try? reader.firstMap(of: recording) {
        found.append((recording, MapSummary.values(of: map)))
      }
    }
    return (found.map(\.0), found.map(\.1))
  }

  /// A reader of their maps for one thread.
  func reader() throws -> RecordingReader { try source.reader() }

  /// The standardised map of one of the recordings.
  func input(_ index: Int, _ reader: RecordingReader) throws -> Tensor {
    model.normalization.apply(to: try reader.firstMap(of: recordings[index]))
  }

  /// The recordings of one split.
  package func indices(in split: Split) -> [Int] {
    recordings.indices.filter { recordings[$0].clip.split == split }
  }
}

extension RecordingReader {
  /// The first window of a recording.
  func firstPlace(of recording: Recording) -> WindowPlace {
    recording.rows.first.map { .row($0, frame: firstFrame(ofRow: $0, recording)) } ?? .at(0)
  }

  /// The map of the first window of a recording.
  func firstMap(of recording: Recording) throws -> Tensor {
    try map(of: recording, at: firstPlace(of: recording))
  }
}
