import Analysis
import Datasets
import Files
import Models

/// The tracks that the founding report is done again on.
struct FoundingData {
  /// The drawn tracks.
  let drawn: Dataset
  /// Recordings of the split, drawn or not.
  let candidateCount: Int
  /// The training part, where both genres have one, the report is on the test part, and maps are stored: sound is not read again for
  /// it.
  let training: Dataset?
  /// As many of its tracks as are reported on, or all, drawn by the same seed.
  let drawnTraining: Dataset?
  let notes: [String]

  /// Throws where a genre is missing from the model, the data set or the split.
  init(
    _ dataset: Dataset, for model: GenreModel, _ selection: ClipSelection, _ options: FoundingOptions
  ) throws {
    let genres = FoundingClaims.genres
    for genre in genres where !model.labels.contains(genre) {
      throw CodedError(
        .badInput,
        "the model knows \(model.labels.joined(separator: ", ")): the founding report is about \(genres.joined(separator: " and "))"
      )
    }
    for genre in genres where !dataset.clips.contains(where: { $0.label == genre }) {
      throw CodedError(
        .badInput,
        "no track of \(genre) in it: the founding report compares \(genres.joined(separator: " and "))",
        path: dataset.path)
    }
    var (both, notes) = (dataset, [String]())
    both.clips = dataset.clips.filter { genres.contains($0.label) }
    if !both.isSplit, selection != .all { both = try model.trainingSplitting().assign(to: both) }
    let (clips, warnings) = try model.selectedClips(selection, of: both)
    let recordings = Recording.recordings(of: clips)
    notes += warnings
    for genre in genres {
      let count = recordings.count { $0.clip.label == genre }
      guard count > 0 else {
        throw CodedError(
          .badInput, "no track of \(genre) among those to report on: choose another split", path: dataset.path
        )
      }
      if count < options.trackCount / 2 {
        notes.append(
          "There \(count == 1 ? "is 1 \(genre) track" : "are \(count) \(genre) tracks"), fewer than the \(options.trackCount / 2) to draw: all are taken."
        )
      }
    }
    candidateCount = recordings.count
    drawn = both.with(Self.drawn(from: clips, options, stream: 0))
    training = selection == .split(.test) ? Self.training(of: both) : nil
    drawnTraining = training.map { $0.with(Self.drawn(from: $0.clips, options, stream: 40)) }
    let others = Set(dataset.clips.map(\.label)).subtracting(genres).count
    if others > 0 {
      notes.append(
        "\(others.counted("other genre")) of the data set are left aside.")
    }
    self.notes = notes + AnalysisFacts.selectionNotes(selection, both)
  }

  /// Half of the wanted tracks of each genre, all where there are fewer.
  private static func drawn(from clips: [Clip], _ options: FoundingOptions, stream: UInt64) -> [Clip] {
    let recordings = Recording.recordings(of: clips)
    var kept: Set<Spelling> = []
    for (number, genre) in FoundingClaims.genres.enumerated() {
      let own = recordings.filter { $0.clip.label == genre }
      let draw = SampleDraw(seed: options.seed).drawn(
        options.trackCount / 2, of: own, by: \.path, stream: stream + UInt64(number))
      kept.formUnion(draw.map { Spelling($0.path) })
    }
    return clips.filter { kept.contains(Spelling($0.identity)) }
  }

  private static func training(of both: Dataset) -> Dataset? {
    guard both.featuresPath != nil, both.isSplit else { return nil }
    let training = both.with(both.clips(in: .train))
    return Set(training.clips.map(\.label)).count == FoundingClaims.genres.count ? training : nil
  }
}

extension Dataset {
  fileprivate func with(_ clips: [Clip]) -> Dataset {
    var result = self
    result.clips = clips
    return result
  }
}
