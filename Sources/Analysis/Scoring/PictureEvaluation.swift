import Audio
package import Datasets
package import Files
package import Images
package import Models
import Statistics

extension GenreModel {
  /// Looks at the pictures of a selection, in parallel.
  ///
  /// - Parameter each: called in order with each clip's place, and the probabilities or what is wrong with the file.
  func look(
    at clips: [Clip], stage: String, _ options: ScoringOptions, _ job: Job,
    each: (Int, Result<PictureClassification, FailedTrack>) throws -> Void
  ) throws {
    let classifier = try PictureClassifier(self, options)
    try TrackHearing(HearingOptions(), stage: stage) { classifier }.run(
      clips.map { SoundInput(path: $0.path ?? $0.name) }, job: job,
      { try $0.look(at: $1.path).classification }, each: each)
  }

  /// Throws for sound with a model of pictures, and the other way round.
  @discardableResult
  package func requirePictures(in dataset: Dataset) throws(CodedError) -> PictureSpec {
    let spec = try requirePictures()
    guard dataset.holdsPictures else {
      throw CodedError(.badInput, "the model takes pictures, and this holds sound", path: dataset.path)
    }
    return spec
  }

  func pictureEvaluation(
    on dataset: Dataset, _ selection: ClipSelection, _ options: ScoringOptions, _ job: Job
  ) throws -> Evaluation {
    try options.validate()
    try requirePictures(in: dataset)
    let ofSound = [
      ("an average", options.average != .probability), ("crops", options.crops != nil),
      ("a hop", options.hopSeconds != nil), ("the whole track", options.wholeTrack != nil),
    ]
    if let (name, _) = ofSound.first(where: \.1) {
      throw CodedError(.usage, "\(name) is for sound; these are pictures", path: dataset.path)
    }
    let (clips, notes) = try selectedClips(selection, of: dataset)
    var membership = TrainingMembership(self)
    var (predictions, leftOut, damages): ([Prediction], [LeftOutInput], [String]) = ([], [], [])
    try look(at: clips, stage: "evaluating", options, job) { index, result in
      let clip = clips[index]
      switch result {
      case .success(let picture):
        membership.add(TrainingMembership.Evidence(sound: clip.knownSound))
        damages += picture.notes.map { "\(picture.path.shown): \($0)" }
        predictions.append(
          Prediction(
            path: clip.path ?? clip.name, name: clip.name, label: clip.label, predicted: picture.label,
            split: clip.split?.rawValue, group: clip.dependence,
            probabilities: self.labels.map { picture.probabilities[$0] ?? 0 }))
      case .failure(let failed):
        leftOut.append(LeftOutInput(path: failed.path, code: failed.code, reason: failed.failure.message))
      }
    }
    guard !predictions.isEmpty else {
      throw CodedError(
        .badInput, "none of \(clips.count) pictures could be read; the first: \(leftOut.first?.reason ?? "")",
        path: dataset.path)
    }
    let report = try ClassificationReport(predictions: predictions, labels: labels)
    return Evaluation(
      report: report, part: EvaluatedPart(selection, of: dataset, for: self, count: predictions.count),
      overlap: membership.overlap,
      windows: WindowCounts(count: predictions.count, correct: predictions.count(where: \.isCorrect)),
      options: options, predictions: predictions, leftOut: leftOut,
      notes: notes + damages + [report.absenceNote(of: .picture)].compactMap(\.self), soundNotes: [],
      examples: [])
  }

  func pictureCalibration(
    on dataset: Dataset, selection: ClipSelection, job: Job
  ) throws -> ModelCalibration? {
    try requirePictures(in: dataset)
    let clips = try selectedClips(selection, of: dataset).clips
    var membership = TrainingMembership(self)
    var seen: [(probabilities: [Double], label: Int, group: String, recording: Int)] = []
    var reason: String?
    try look(at: clips, stage: "calibrating", ScoringOptions(), job) { index, result in
      let picture: PictureClassification
      switch result {
      case .success(let found): picture = found
      case .failure(let failed):
        // A file that cannot be read tells nothing; evaluating lists it.
        reason = reason ?? failed.failure.message
        return
      }
      guard let label = self.labels.firstIndex(of: clips[index].label) else { return }
      membership.add(TrainingMembership.Evidence(sound: clips[index].knownSound))
      let group = clips[index].group.map { "group \($0)" } ?? "picture \(picture.path)"
      seen.append((self.labels.map { picture.probabilities[$0] ?? 0 }, label, group, index))
    }
    guard !seen.isEmpty else {
      throw CodedError(
        .badInput, "none of \(clips.count) pictures could be read; the first: \(reason ?? "")",
        path: dataset.path)
    }
    guard Set(seen.map(\.label)).count > 1 else { return nil }
    let trial = try TemperatureTrial(
      probabilities: seen.map(\.probabilities), labels: seen.map(\.label), groups: seen.map(\.group),
      recordings: seen.map(\.recording), isGrouped: clips.contains { $0.group != nil })
    return ModelCalibration(trial, training: membership.overlap)
  }
}

extension TrainingRecordings {
  /// What is kept of pictures: hashes of their files. Cost: reads them.
  package init(pictures clips: [Clip], train: [Int], valid: [Int]) {
    func part(_ examples: [Int]) -> Part {
      let hashes = examples.map { clips[$0].knownSound }
      return Part(
        count: examples.count, withoutSound: hashes.count { $0 == nil },
        sounds: Set(hashes.compactMap { $0?.value }))
    }
    self.init(train: part(train), valid: part(valid))
  }
}

extension [Clip] {
  /// How many of these pictures made a model. Cost: reads their files.
  package func overlap(with model: GenreModel) -> TrainingOverlap {
    var membership = TrainingMembership(model)
    for clip in self { membership.add(TrainingMembership.Evidence(sound: clip.knownSound)) }
    return membership.overlap
  }
}
