package import Datasets
package import Files
import Images
package import Models
package import Tensors

/// The inputs that maps are measured on: of each clip the window that speaks most for the predicted class.
///
/// Of pictures, all of each.
package struct BenchmarkClips {
  package struct Item: Sendable {
    let recording: Recording
    /// The window; nil for a picture, of which all is seen.
    let place: WindowPlace?
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
  /// Whether the clips have labels that the model knows.
  package let areLabelled: Bool
  private let source: Source
  private let model: GenreModel

  /// What the inputs are made of.
  private enum Source {
    case sound(RecordingReader)
    case pictures(PictureSpec)
  }

  /// The pictures' files, in order; nil for sound.
  var pictures: [String]? {
    if case .pictures = source { items.map(\.recording.file) } else { nil }
  }

  /// Scores the clips of a split; with a limit that many of them, drawn by the seed, in the data set's order.
  package static func scored(
    of dataset: Dataset, for model: GenreModel, _ selection: ClipSelection, limit: Int?, seed: UInt64,
    job: Job
  ) throws -> BenchmarkClips {
    if model.pictureSpec != nil || dataset.holdsPictures {
      return try pictures(of: dataset, for: model, selection, limit: limit, seed: seed, job: job)
    }
    let (clips, notes) = try model.selectedClips(selection, of: dataset)
    let recordings = drawn(Recording.recordings(of: clips), limit, seed)
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
    let parts = items.map { "\($0.recording.path)\t\($0.place ?? .at(0))\t\($0.predicted)" }
    let files = FileStamp.words(ofAll: reader.hearsSound ? items.map(\.recording.file) : [])
    return BenchmarkClips(
      items: items, leftOut: leftOut, notes: notes + reader.notes, overlap: membership.overlap,
      stamp: ContentHash((parts + [files]).joined(separator: "\n")).description, areLabelled: true,
      source: .sound(reader), model: model)
  }

  /// At most so many, drawn by the seed, in their order.
  private static func drawn<Element>(_ all: [Element], _ limit: Int?, _ seed: UInt64) -> [Element] {
    guard let limit, limit < all.count else { return all }
    var generator = SeededGenerator(seed: seed, stream: 0xC11B)
    let kept = Set(all.indices.shuffled(using: &generator).prefix(limit))
    return all.indices.filter(kept.contains).map { all[$0] }
  }

  /// Looks at the pictures of a selection; at all of them where their labels are none of the model's.
  private static func pictures(
    of dataset: Dataset, for model: GenreModel, _ selection: ClipSelection, limit: Int?, seed: UInt64,
    job: Job
  ) throws -> BenchmarkClips {
    let spec = try model.requirePictures(in: dataset)
    guard spec.inputShape != nil else {
      throw CodedError(
        .notApplicable, "the model takes pictures of any size: maps are measured on inputs of one size")
    }
    let areLabelled = dataset.clips.contains { model.labels.contains($0.label) }
    var (clips, notes) = (dataset.clips, dataset.warnings.map(\.description))
    if areLabelled {
      (clips, notes) = try model.selectedClips(selection, of: dataset)
    } else if dataset.clips.contains(where: { !$0.label.isEmpty }) {
      notes.append("the folders' names are none of the model's classes: all pictures count, without labels")
    }
    clips = drawn(clips, limit, seed)
    var (items, leftOut): ([Item], [LeftOutInput]) = ([], [])
    var membership = TrainingMembership(model)
    try model.look(at: clips, stage: "looking", ScoringOptions(), job) { index, result in
      let clip = clips[index]
      switch result {
      case .success(let picture):
        membership.add(TrainingMembership.Evidence(sound: clip.knownSound))
        notes += picture.notes.map { "\(picture.path.shown): \($0)" }
        guard let predicted = model.labels.firstIndex(of: picture.label) else { return }
        items.append(
          Item(
            recording: Recording.recordings(of: [clip])[0], place: nil, predicted: predicted,
            probability: picture.probabilities[picture.label] ?? 0, isCorrect: picture.label == clip.label,
            group: clip.dependence ?? clip.identity))
      case .failure(let failure):
        leftOut.append(LeftOutInput(path: failure.path, code: failure.code, reason: failure.failure.message))
      }
    }
    guard !items.isEmpty else {
      throw CodedError(
        .badInput, "none of \(clips.count) pictures could be read; the first: \(leftOut.first?.reason ?? "")",
        path: dataset.path)
    }
    let parts = items.map { "\($0.recording.path)\t\($0.predicted)" }
    let files = FileStamp.words(ofAll: items.map(\.recording.file))
    return BenchmarkClips(
      items: items, leftOut: leftOut, notes: notes, overlap: membership.overlap,
      stamp: ContentHash((parts + [files]).joined(separator: "\n")).description, areLabelled: areLabelled,
      source: .pictures(spec), model: model)
  }

  /// The standardised input of an item, `[1, F, T]`, or `[3, H, W]` of a picture.
  package func input(_ item: Item) throws -> Tensor {
    switch source {
    case .sound(let reader): model.input(try reader.map(of: item.recording, at: item.place ?? .at(0)))
    case .pictures(let spec): try spec.input(of: Picture(path: item.recording.file))
    }
  }

  /// Some of the items, drawn by the seed, in order.
  package func subset(_ count: Int, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed, stream: 0x50B5)
    return items.indices.shuffled(using: &generator).prefix(count).sorted()
  }
}
