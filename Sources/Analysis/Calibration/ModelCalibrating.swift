public import Datasets
public import Files
public import Models
import Statistics

extension GenreModel {
  /// Fits the temperature by which to divide a model's logits, on the single windows of labelled tracks that it was not trained
  /// on (each track weighs the same), and tests it by cross-validation over their groups; see `TemperatureTrial`. nil if all
  /// tracks are of one genre.
  ///
  /// Throws as ``evaluate(on:selection:options:job:)``.
  public func calibration(
    on dataset: Dataset, selection: ClipSelection = .split(.valid),
    job: Job = Job()
  ) throws -> ModelCalibration? {
    if pictureSpec != nil || dataset.holdsPictures {
      return try pictureCalibration(on: dataset, selection: selection, job: job)
    }
    let clips = try selectedClips(selection, of: dataset).clips
    let reader = try RecordingReader(dataset: dataset, model: self)
    let recordings = Recording.recordings(of: clips)
    let hearing = try RecordingHearing(self, reader: reader, scorer: WindowScorer(model: self))
    var windows: [(probabilities: [Double], label: Int, group: String, recording: Int)] = []
    var reason: String?
    var membership = hearing.noneHeard
    try hearing.run(recordings, stage: "calibrating", job: job) { index, result in
      let recording = recordings[index]
      switch result {
      case .success(let heard):
        membership.add(heard.role)
        if let label = self.labels.firstIndex(of: recording.clip.label) {
          let group = recording.clip.group.map { "group \($0)" } ?? "track \(recording.path)"
          windows += heard.scores.windows.map { ($0.probabilities, label, group, index) }
        }
      // A file that cannot be read tells nothing; evaluating lists it.
      case .failure(let failure): reason = reason ?? failure.message
      }
    }
    guard !windows.isEmpty else {
      throw CodedError(
        .badInput, "none of \(recordings.count) tracks could be read; the first: \(reason ?? "")",
        path: dataset.path
      )
    }
    guard Set(windows.map(\.label)).count > 1 else { return nil }
    let trial = try TemperatureTrial(
      probabilities: windows.map(\.probabilities), labels: windows.map(\.label), groups: windows.map(\.group),
      recordings: windows.map(\.recording), isGrouped: clips.contains { $0.group != nil })
    return ModelCalibration(trial, training: membership.overlap)
  }

  /// Notes for the reader about a calibration on these tracks: leaks, tracks left out, maps of unknown origin.
  ///
  /// Throws as ``calibration(on:selection:job:)``.
  public func calibrationNotes(
    on dataset: Dataset, selection: ClipSelection = .split(.valid)
  ) throws -> [String] {
    let notes = try selectedClips(selection, of: dataset).notes
    return pictureSpec != nil ? notes : try notes + RecordingReader(dataset: dataset, model: self).notes
  }

  /// What logits are divided by. Throws when a temperature is asked for and there is none.
  package func temperature(for options: ScoringOptions) throws(CodedError) -> Double {
    guard options.isCalibrated else { return 1 }
    guard let temperature else {
      throw CodedError(
        .usage, "the model has no temperature: fit one with genrelens calibrate on its validation part")
    }
    return temperature
  }
}
