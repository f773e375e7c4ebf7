import Audio
public import Datasets
import Explanation
import Features
public import Files
public import Models
import Networks
import Tensors

extension GenreModel {
  /// Measures the robustness of a model's labels, probabilities and explanations to changes of the sound that do not change the
  /// genre, and to attacks on the feature map.
  ///
  /// Each track is heard in one window, unchanged and under each change; accuracy before and after is over the same tracks. If a
  /// change cannot be made on a track (too little sound after the window for a later start or a faster tempo, only features and
  /// no sound), the track is skipped and counted. Explanations are of the label chosen for the unchanged window; the maps are
  /// compared as the method returns them, with their signs and at the layer's resolution; after a later start or a different
  /// tempo, over the time that both windows share.
  ///
  /// Throws `usage` for options or a method that the model does not support, `badInput` if no track could be read, `interrupted`
  /// if the job is cancelled. See docs/robustness.md. Cost: for each track and change a feature map, two forward passes and one
  /// backward pass.
  public func measureRobustness(
    tracks: [RobustnessTrack], options: RobustnessOptions = RobustnessOptions(),
    job: Job = Job()
  ) throws -> RobustnessMeasurement {
    try options.validate()
    guard network.inputShape[0] == 1 else {
      throw CodedError(.badInput, "a network of \(network.inputShape) takes more than one map")
    }
    var options = options
    let slowMethod = options.method.traits.needsManyPasses ? options.method : nil
    if slowMethod != nil { options.method = GradCAM() }
    let places = RobustnessTrack.sample(
      tracks.map(\.label), limit: options.trackLimit, seed: options.seed)
    var measuring = RobustnessMeasuring(self, places.map { tracks[$0] }, options, job: job)
    let layer = try measuring.explainedLayer()
    try measuring.measureChanges()
    guard !measuring.subjects.isEmpty else {
      throw CodedError(
        .badInput,
        "none of \(places.count) tracks could be read; the first: \(measuring.leftOut.first?.reason ?? "")")
    }
    let attacked = try measuring.measureAttacks()
    let report = RobustnessReport(
      changes: measuring.changes(), attacks: attacked.rows,
      differentTracks: measuring.passes.agreementOfDifferentTracks(measuring.subjects),
      method: options.method.name, layer: layer,
      windowSeconds: featureSpec?.seconds, trackCount: measuring.subjects.count,
      candidateCount: tracks.count, seed: options.seed, leftOut: measuring.leftOut,
      notes: measuring.notes(inPlaceOf: slowMethod))
    return RobustnessMeasurement(report: report, examples: attacked.examples)
  }

  /// As ``measureRobustness(tracks:options:job:)``, on evaluated tracks: each in the window that speaks most for its
  /// predicted label. For rows of a feature file, the sound files named in its index are used if they can be read.
  public func measureRobustness(
    evaluation: Evaluation, dataset: Dataset,
    options: RobustnessOptions = RobustnessOptions(), job: Job = Job()
  ) throws -> RobustnessMeasurement {
    let reader = try RecordingReader(dataset: dataset, model: self)
    let tracks = zip(evaluation.predictions, evaluation.examples).map { prediction, example in
      let sound = featureSpec.flatMap { spec -> RobustnessTrack.Source? in
        guard let path = example.recording.clip.path,
          let start = example.recording.startSeconds(of: example.place, spec: spec)
        else { return nil }
        // What cannot be heard is measured as far as its features allow.
        guard example.recording.rows.isEmpty || (try? AudioReader(path: path)) != nil else { return nil }
        return .sound(path: path, startSeconds: start, segment: example.recording.clip.segment)
      }
      return RobustnessTrack(
        path: prediction.path, name: prediction.name, label: prediction.label, group: prediction.group,
        source: sound
          ?? .input { normalization.apply(to: try reader.map(of: example.recording, at: example.place)) })
    }
    // The order of the data set decides nothing, not even which tracks are drawn.
    return try measureRobustness(
      tracks: tracks.sorted { $0.path < $1.path }, options: options, job: job)
  }
}

extension RobustnessMeasuring {
  /// The layer whose maps are compared. Throws for a method or layer that the network does not have, before any work is done.
  func explainedLayer() throws -> String {
    try options.method.layer(options.layer, of: model.network)
  }

  /// What a reader must know.
  ///
  /// - Parameter asked: the method whose maps were asked for, where it is not the one that was taken.
  package func notes(inPlaceOf asked: (any ExplanationMethod)?) -> [String] {
    var notes = ["one window of each track, so that accuracy is that of windows and not of whole tracks"]
    if tracks.contains(where: { if case .input = $0.source { true } else { false } }) {
      notes.append("of tracks without sound only the level was changed, on their features")
    }
    if let asked {
      notes.append(
        "the maps compared are those of \(options.method.name): \(asked.name) needs many passes for each of them"
      )
    }
    return notes
  }
}
