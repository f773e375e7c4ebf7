package import Datasets
package import Files
package import Models
package import Tensors

/// The inputs that maps are measured on: of each clip the window that speaks most for the predicted class.
package struct BenchmarkClips {
  package struct Item: Sendable {
    let recording: Recording
    let place: WindowPlace
    let predicted: Int
    /// Probability of the predicted class in that window.
    let probability: Double
    package let isCorrect: Bool
    /// What the bootstrap draws: artist or album where it is known, else the clip.
    package let group: String
  }

  package let items: [Item]
  package let leftOut: [LeftOutInput]
  package let notes: [String]
  /// How many of the recordings made the model.
  package let overlap: TrainingOverlap
  /// What tells these inputs and their files from others.
  let stamp: String
  private let reader: RecordingReader
  private let model: GenreModel

  /// Scores the clips of a split; with a limit that many of them, drawn by the seed, in the data set's order.
  package static func scored(
    of dataset: Dataset, for model: GenreModel, _ selection: ClipSelection, limit: Int?, seed: UInt64,
    job: Job
  ) throws -> BenchmarkClips {
    let (clips, notes) = try model.selectedClips(selection, of: dataset)
    var recordings = Recording.recordings(of: clips)
    if let limit, limit < recordings.count {
      var generator = SeededGenerator(seed: seed, stream: 0xC11B)
      let kept = Set(recordings.indices.shuffled(using: &generator).prefix(limit))
      recordings = recordings.indices.filter(kept.contains).map { recordings[$0] }
    }
    let reader = try RecordingReader(dataset: dataset, model: model)
    let hearing = try RecordingHearing(model, reader: reader, scorer: WindowScorer(model: model))
    var (items, leftOut): ([Item], [LeftOutInput]) = ([], [])
    var membership = hearing.noneHeard
    try hearing.run(recordings, stage: "scoring", job: job) { index, result in
      let recording = recordings[index]
      switch result {
      case .success(let heard):
        let (predicted, place) = (heard.scores.predicted, heard.place)
        guard let window = heard.scores.windows.first(where: { $0.place == place }) else { return }
        membership.add(heard.role)
        items.append(
          Item(
            recording: recording, place: place, predicted: predicted,
            probability: window.probabilities[predicted],
            isCorrect: model.labels[predicted] == recording.clip.label,
            group: recording.clip.dependence ?? recording.path)
        )
      case .failure(let failure):
        leftOut.append(LeftOutInput(path: recording.path, code: failure.code, reason: failure.message))
      }
    }
    guard !items.isEmpty else {
      throw CodedError(
        .badInput,
        "none of \(recordings.count) tracks could be read; the first: \(leftOut.first?.reason ?? "")",
        path: dataset.path)
    }
    let parts = items.map { "\($0.recording.path)\t\($0.place)\t\($0.predicted)" }
    let files = FileStamp.words(ofAll: reader.hearsSound ? items.map(\.recording.file) : [])
    return BenchmarkClips(
      items: items, leftOut: leftOut, notes: notes + reader.notes, overlap: membership.overlap,
      stamp: ContentHash((parts + [files]).joined(separator: "\n")).description, reader: reader, model: model)
  }

  /// The standardised input `[1, F, T]` of an item.
  package func input(_ item: Item) throws -> Tensor {
    model.input(try reader.map(of: item.recording, at: item.place))
  }

  /// Some of the items, drawn by the seed, in order.
  package func subset(_ count: Int, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed, stream: 0x50B5)
    return items.indices.shuffled(using: &generator).prefix(count).sorted()
  }
}
