import Analysis
import Datasets
import Files
import Training

/// The tracks that the founding report is done again on.
struct FoundingData {
  /// The drawn tracks.
  let drawn: Dataset
  /// Both genres with all their splits.
  let both: Dataset
  /// Recordings of the split, drawn or not.
  let candidateCount: Int
  let notes: [String]

  /// Throws where a genre is missing from the model, the data set or the split.
  init(
    _ dataset: Dataset, for model: GenreModel, _ selection: ClipSelection, _ options: FoundingOptions
  ) throws {
    let genres = FoundingClaims.genres
    for genre in genres where !model.labels.contains(genre) {
      throw GenreLensError(
        .badInput,
        "the model knows \(model.labels.joined(separator: ", ")): the founding report is about \(genres.joined(separator: " and "))"
      )
    }
    for genre in genres where !dataset.tracks.contains(where: { $0.label == genre }) {
      throw GenreLensError(
        .badInput,
        "no track of \(genre) in it: the founding report compares \(genres.joined(separator: " and "))",
        path: dataset.path)
    }
    var both = dataset
    both.tracks = dataset.tracks.filter { genres.contains($0.label) }
    if !both.isSplit, selection != .all { both = try model.trainingSplitting().assign(to: both) }
    var (tracks, notes) = try selectedTracks(of: both, for: model, selection)
    let clips = Clip.clips(of: tracks)
    var kept: Set<Int> = []
    for (stream, genre) in genres.enumerated() {
      let own = clips.indices.filter { clips[$0].track.label == genre }
      guard !own.isEmpty else {
        throw GenreLensError(
          .badInput, "no track of \(genre) among those to report on: choose another split", path: dataset.path
        )
      }
      let wanted = options.trackCount / 2
      if own.count < wanted {
        notes.append(
          "\(own.count) tracks of \(genre) are there, fewer than the \(wanted) to draw: all are taken.")
      }
      kept.formUnion(
        SampleDraw(seed: options.seed).drawn(wanted, of: own, by: { clips[$0].path }, stream: UInt64(stream)))
    }
    let names = Set(kept.map { Spelling(clips[$0].path) })
    tracks.removeAll { !names.contains(Spelling($0.identity)) }
    (self.both, candidateCount) = (both, clips.count)
    var drawn = both
    drawn.tracks = tracks
    self.drawn = drawn
    let others = Set(dataset.tracks.map(\.label)).subtracting(genres).count
    if others > 0 {
      notes.append(
        "\(others == 1 ? "1 other genre" : "\(others) other genres") of the data set are left aside.")
    }
    self.notes = notes + AnalysisAssembly.selectionNotes(selection, both)
  }
}
