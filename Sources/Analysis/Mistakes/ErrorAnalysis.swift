package import Datasets
package import Explanation
import Features
package import Files
package import Models
import Networks
import Statistics
package import Tensors

/// A model's errors on labelled tracks, with the maps that explain them.
package struct ErrorAnalysis {
  package let model: GenreModel
  package let evaluation: Evaluation
  package let options: AnalysisOptions
  /// Which tracks were evaluated.
  package let selection: ClipSelection
  /// The way to the mel axis; nil where the features are of unknown origin.
  package let projection: MelProjection?
  /// One for each of the evaluation's predictions.
  package private(set) var tracks: [ExplainedTrack] = []
  /// The evaluated tracks in the network's last hidden layer, `[N, D]`.
  package private(set) var embeddings: Tensor
  /// ``ReferenceTracks/summary(of:)`` of each evaluated track.
  package private(set) var summaries: [[Double]] = []
  package private(set) var averages = MapAverages()
  /// Where in frequency the evidence lies; nil where the features are of unknown origin or no track was right.
  package private(set) var frequencies: FrequencyEvidence?
  private let reader: ClipReader

  /// Explains every evaluated track in the window that speaks most for the predicted class.
  package init(
    _ evaluation: Evaluation, of model: GenreModel, dataset: Dataset, selection: ClipSelection,
    options: AnalysisOptions, progress: ProgressHandler?
  ) throws {
    (self.model, self.evaluation, self.options) = (model, evaluation, options)
    self.selection = selection
    reader = try ClipReader(dataset: dataset, model: model)
    projection = model.featureSpec.map { MelProjection(spec: $0, normalization: model.normalization) }
    let layer = EmbeddingLayer(of: model)
    let count = evaluation.predictions.count
    embeddings = Tensor(shape: [0, 0])
    var vectors: [Float] = []
    var sampling = FrequencySampling(projection)
    let plan = ControlPlan(evaluation.predictions, labels: model.labels)
    for start in stride(from: 0, to: count, by: 16) {
      let range = start..<min(start + 16, count)
      let maps = try range.map { try map($0) }
      summaries += maps.map(ReferenceTracks.summary)
      let inputs = maps.map { model.normalization.apply(to: $0) }
      vectors += layer.embeddings(of: inputs).values
      tracks += try explain(range, inputs, plan, &sampling)
      progress?(StageProgress("explaining", completed: range.upperBound, of: count))
    }
    embeddings = Tensor(vectors, shape: [count, count == 0 ? 0 : vectors.count / count])
    frequencies = sampling?.result(labels: model.labels)
    for (prediction, track) in zip(evaluation.predictions, tracks) {
      for map in [track.predicted, track.truth].compactMap(\.self) {
        try averages.add(map, label: prediction.label, predicted: prediction.predicted, path: prediction.path)
      }
    }
  }

  /// For each class the correct track most like the mean map of its class.
  package var typicalTracks: [Int] {
    model.labels.compactMap { label in
      let predictions = evaluation.predictions
      let right = predictions.indices.filter { predictions[$0].isCorrect && predictions[$0].label == label }
      guard let mean = averages.mean(ofClass: label) else { return nil }
      if let nearest = TypicalTrack.index(nearestTo: mean, in: right.map { tracks[$0].predicted.grid }) {
        return right[nearest]
      }
      return TypicalTrack.indexOfMedianConfidence(label: label, in: predictions)
    }
  }

  /// Mean shares of the parts of the score of a class's correct tracks.
  package func typicalShares(of label: String) -> TrackStudy.Shares? {
    guard let row = frequencies?.readings.last?.rows.first(where: { $0.label == label }) else { return nil }
    return TrackStudy.Shares(low: row.low.mean, middle: row.middle.mean, high: row.high.mean)
  }

  /// The map of a track as it was stored or computed, not standardised, `[F, T]`.
  package func map(_ index: Int) throws -> Tensor {
    let example = evaluation.examples[index]
    return try reader.map(of: example.clip, at: example.place)
  }

  /// The standardised input that a track's maps explain.
  package func input(_ index: Int) throws -> Tensor { model.normalization.apply(to: try map(index)) }

  package var explainer: Explainer {
    Explainer(model)
  }

  /// The explanations of one track: for the predicted class and, where that is wrong, for the true one and for the one rather
  /// than the other.
  package func explanations(of index: Int, input: Tensor) throws -> [ClassExplanation] {
    if let kept = tracks[index].explanations { return kept }
    return try explanations(of: [index], [input])[0]
  }

  /// The same for several tracks.
  private func explanations(of range: [Int], _ inputs: [Tensor]) throws -> [[ClassExplanation]] {
    let explainer = explainer
    func explained(
      _ places: [Int], _ scores: [Score]
    ) throws -> [ClassExplanation] {
      guard !places.isEmpty else { return [] }
      return try explainer.explain(
        batch: places.map { inputs[$0] }, method: options.method, layer: options.layer, scores: scores)
    }
    let predictions = range.map { evaluation.predictions[$0] }
    let predicted = try predictions.map { try explainer.classIndex(named: $0.predicted) }
    let truth = try predictions.map { try explainer.classIndex(named: $0.label) }
    let wrong = range.indices.filter { !predictions[$0].isCorrect }
    let both = try explained(
      Array(range.indices) + wrong, (predicted + wrong.map { truth[$0] }).map { .logit($0) })
    var result = both.prefix(range.count).map { [$0] }
    for (place, explanation) in zip(wrong, both.dropFirst(range.count)) { result[place].append(explanation) }
    let contrasts = try explained(wrong, wrong.map { .contrast(predicted[$0], truth[$0]) })
    for (place, explanation) in zip(wrong, contrasts) { result[place].append(explanation) }
    return result
  }

  /// Values of an explanation up to which it is kept.
  private static let keptCount = 16_384

  private func explain(
    _ range: Range<Int>, _ inputs: [Tensor], _ plan: ControlPlan, _ sampling: inout FrequencySampling?
  ) throws -> [ExplainedTrack] {
    let found = try explanations(of: Array(range), inputs)
    let controls = try controls(of: Array(range), inputs, plan)
    var attributed: [ClassExplanation] = []
    if projection != nil {
      attributed =
        options.method.name == FrequencySampling.attribution.name
        ? found.map { $0[0] }
        : try explainer.explain(
          batch: inputs, method: FrequencySampling.attribution,
          scores: found.map { .logit($0[0].classIndex) })
    }
    return range.indices.enumerated().map { place, index in
      let (prediction, own, input) = (evaluation.predictions[index], found[place], inputs[place])
      let views = [own[0]] + (attributed.isEmpty ? [] : [attributed[place]])
      let bands = views.map { projection?.view(of: $0, input: input).bandProfile }
      let track = ExplainedTrack(
        predicted: ExplanationMap(own[0], upsampled: false),
        truth: prediction.isCorrect ? nil : ExplanationMap(own[1], upsampled: false),
        signed: prediction.isCorrect ? [] : own.prefix(2).map(\.signedMap), mapBands: bands[0],
        bands: bands.last ?? nil, sound: sound(of: input),
        explanations: prediction.isCorrect || own[0].signedMap.count > Self.keptCount ? nil : own,
        controls: controls[place])
      if prediction.isCorrect, !attributed.isEmpty {
        sampling?.add(track, prediction, explanation: own[0], attribution: attributed[place])
      }
      return track
    }
  }

  private func sound(of input: Tensor) -> BandProfile? {
    projection.map { projection in
      BandProfile(
        map: projection.difference(ofInput: input).map { abs($0) }, bandCentersHz: projection.bandCentersHz)
    }
  }
}
