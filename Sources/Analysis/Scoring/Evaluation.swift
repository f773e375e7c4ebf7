public import Audio
public import Datasets
import Features
public import Files
public import Models

/// A model's figures on labelled tracks, with their basis.
///
/// ```swift
/// let evaluation = try model.evaluate(on: dataset, selection: .split(.test))
/// print(evaluation.report.accuracy, evaluation.report.interval)
/// for note in evaluation.notes { print(note) }
/// ```
///
/// The figures are over recordings, one prediction for each from all its windows: windows of one track are not independent, and counting
/// them would make the interval too narrow. Read ``overlap`` together with them: recordings that trained the model say nothing
/// about others.
public struct Evaluation: Sendable {
  public let report: ClassificationReport
  /// Which part of the data set was judged.
  public let part: EvaluatedPart
  /// How many of the recordings were used to make the model.
  public let overlap: TrainingOverlap
  /// The single windows, each judged separately.
  public let windows: WindowCounts
  /// How windows were combined to predictions.
  public let options: ScoringOptions
  /// One for each track that was counted, in the data set's order.
  public let predictions: [Prediction]
  /// Tracks that could not be read.
  public let leftOut: [LeftOutInput]
  /// Notes for the reader, for example about clips of genres that the model does not know.
  public let notes: [String]
  /// Problems noticed in sound files that were heard: parts skipped, an early end.
  public let soundNotes: [FileNote]
  /// For each prediction, its recording and the window that speaks most for the predicted class.
  package let examples: [(recording: Recording, place: WindowPlace)]
}

/// How often single windows of labelled tracks are right.
///
/// There is no interval: the windows of one track are not independent of each other.
public struct WindowCounts: Sendable, Codable, Hashable {
  public var count = 0
  public var correct = 0
  /// Share of windows labelled correctly; 0 without windows.
  public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

  public init(count: Int = 0, correct: Int = 0) { (self.count, self.correct) = (count, correct) }
}

/// A selection of the clips of a data set.
public enum ClipSelection: Sendable, Equatable {
  case split(Split)
  /// All of them, regardless of their split.
  case all

  /// Reads train, valid, test or all.
  public init(named name: String) throws(CodedError) {
    if name.lowercased() == "all" {
      self = .all
    } else if let split = Split(name: name) {
      self = .split(split)
    } else {
      throw CodedError(.usage, "unknown split \"\(name)\": choose train, valid, test or all")
    }
  }
}

extension GenreModel {
  /// Evaluates a model on the clips of a data set: one prediction for each recording, from all its windows.
  ///
  /// A data set without splits is divided as in the model's training (same shares, same seed). Clips of genres that the model
  /// does not know are left out, with a note that names them, and so are files that cannot be read, with the reason; a genre
  /// without tracks has no recall, with a note. Stored maps longer than the network's input are heard in evenly spaced crops if
  /// the model was trained on crops.
  ///
  /// Throws ``CodedError`` `interrupted` if the job is cancelled.
  public func evaluate(
    on dataset: Dataset, selection: ClipSelection = .split(.test),
    options: ScoringOptions = ScoringOptions(), job: Job = Job()
  ) throws -> Evaluation {
    if pictureSpec != nil || dataset.holdsPictures {
      return try pictureEvaluation(on: dataset, selection, options, job)
    }
    return try evaluation(on: dataset, selection, options, layer: nil, job).evaluation
  }

  /// The evaluation, and of each of its predictions what was made of the recording besides, where a layer is given.
  func evaluation(
    on dataset: Dataset, _ selection: ClipSelection, _ options: ScoringOptions, layer: EmbeddingLayer?,
    _ job: Job
  ) throws -> (evaluation: Evaluation, vectors: [HeardRecording.Vectors], reader: RecordingReader) {
    try options.validate()
    if options.hopSeconds != nil, dataset.featuresPath != nil {
      throw CodedError(.usage, "a hop is for sound; these are feature maps", path: dataset.path)
    }
    let reader = try RecordingReader(dataset: dataset, model: self, options: options)
    var (clips, notes) = try selectedClips(selection, of: dataset)
    let scorer = WindowScorer(
      model: self, average: options.average, shiftCount: reader.takesShifts ? options.crops ?? 1 : 1,
      temperature: try self.temperature(for: options))
    let hearing = try RecordingHearing(self, reader: reader, scorer: scorer, layer: layer)
    var windows = WindowCounts()
    var membership = hearing.noneHeard
    let recordings = Recording.recordings(of: clips)
    var predictions: [Prediction] = []
    var examples: [(recording: Recording, place: WindowPlace)] = []
    var vectors: [HeardRecording.Vectors] = []
    var leftOut: [LeftOutInput] = []
    var soundNotes: [FileNote] = []
    try hearing.run(recordings, stage: "evaluating", job: job) { index, result in
      let recording = recordings[index]
      switch result {
      case .success(let heard):
        soundNotes += heard.notes.map { FileNote(path: recording.path, $0) }
        windows.count += heard.scores.windows.count
        if let truth = self.labels.firstIndex(of: recording.clip.label) {
          windows.correct += heard.scores.windowCount(choosing: truth)
        }
        membership.add(heard.role)
        predictions.append(prediction(heard, of: recording, labels: self.labels))
        examples.append((recording, heard.place))
        if let own = heard.vectors { vectors.append(own) }
      case .failure(let failure):
        leftOut.append(LeftOutInput(path: recording.path, code: failure.code, reason: failure.message))
      }
    }
    guard !predictions.isEmpty else {
      throw CodedError(
        .badInput,
        "none of \(recordings.count) tracks could be read; the first: \(leftOut.first?.reason ?? "")",
        path: dataset.path)
    }
    let report = try ClassificationReport(predictions: predictions, labels: self.labels)
    let short = soundNotes.count { $0.note.code == .mostlyPadding }
    if short > 0 {
      notes.append(
        "\(short == 1 ? "1 track is" : "\(short) tracks are") mostly added silence (less than half a window of sound)"
      )
    }
    let evaluation = Evaluation(
      report: report,
      part: EvaluatedPart(selection, of: dataset, for: self, count: predictions.count),
      overlap: membership.overlap,
      windows: windows, options: options, predictions: predictions,
      leftOut: leftOut,
      notes: notes + reader.notes + [report.absenceNote].compactMap(\.self), soundNotes: soundNotes,
      examples: examples)
    return (evaluation, vectors, reader)
  }

  /// The clips of a split, those that the model can know, and what is to be said about the others.
  package func selectedClips(
    _ selection: ClipSelection, of dataset: Dataset
  ) throws -> (clips: [Clip], notes: [String]) {
    try dataset.requireOneLabelPerRecording()
    // Of unknown maps FeatureAgreement tells what follows from it.
    var notes = dataset.warnings.filter { $0.code != .unknownFeatures }.map(\.description)
    var known = dataset
    known.clips = dataset.clips.filter { labels.contains($0.label) }
    let unknown = UnknownGenres(in: dataset, for: self, selection)
    guard !known.clips.isEmpty else {
      // Of ImageNet there are a thousand.
      let own = labels.count > 100 ? "\(labels.count)" : labels.joined(separator: ", ")
      throw CodedError(
        .badInput,
        "its \(EvaluatedUnit(of: self).labelNouns) are none of the model's (\(own)): "
          + UnknownGenres(in: dataset, for: self, .all).names, path: dataset.path)
    }
    if let note = unknown.note { notes.append(note) }
    guard case .split(let split) = selection else { return (known.clips, notes) }
    if !known.isSplit {
      do throws(CodedError) { known = try trainingSplitting().assign(to: known) } catch {
        guard error.code == .tooFewClips else { throw error }
        throw CodedError(
          error.code, "\(error.message); --split all takes the data set as it is, undivided", path: error.path
        )
      }
    }
    let clips = known.clips(in: split)
    guard !clips.isEmpty else {
      let counts = Split.allCases.map { part in "\(part.rawValue) \(known.clips(in: part).count)" }
      throw CodedError(
        .badInput,
        "no clip in the split \"\(split.rawValue)\" (\(counts.joined(separator: ", "))); --split all takes all of them",
        path: dataset.path)
    }
    return (clips, notes)
  }
}

private func prediction(_ heard: HeardRecording, of recording: Recording, labels: [String]) -> Prediction {
  let clip = recording.clip
  var prediction = Prediction(
    path: recording.path, name: clip.name, label: clip.label, predicted: labels[heard.scores.predicted],
    split: clip.split?.rawValue, group: clip.dependence,
    probabilities: heard.scores.probabilities,
    row: clip.isNamedByRow ? clip.row : nil)
  if heard.paddedSeconds > 0 { prediction.paddedSeconds = heard.paddedSeconds }
  return prediction
}
