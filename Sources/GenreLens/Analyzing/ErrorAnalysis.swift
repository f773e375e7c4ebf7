import Analysis
import Datasets
import Explanation
import Tensors
import Training

/// A model's errors on labelled tracks, with the maps behind them.
struct ErrorAnalysis {
  let model: GenreModel
  let evaluation: Evaluation
  let options: AnalysisOptions
  /// Which tracks were evaluated.
  let selection: ClipSelection
  /// The way to the mel axis; nil where the features are of unknown origin.
  let projection: MelProjection?
  /// One for each of the evaluation's predictions.
  private(set) var tracks: [ExplainedTrack] = []
  /// The evaluated tracks in the network's last hidden layer, `[N, D]`.
  private(set) var embeddings: Tensor
  /// ``ReferenceTracks/summary(of:)`` of each evaluated track.
  private(set) var summaries: [[Double]] = []
  private(set) var averages = MapAverages()
  /// Where in frequency the evidence lies; nil where the features are of unknown origin or no track was right.
  private(set) var frequencies: FrequencyEvidence?
  private let reader: ClipReader

  /// Explains every evaluated track in the window that speaks most for the predicted class.
  init(
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
    for start in stride(from: 0, to: count, by: 16) {
      let range = start..<min(start + 16, count)
      let maps = try range.map { try map($0) }
      summaries += maps.map(ReferenceTracks.summary)
      let inputs = maps.map { model.normalization.apply(to: $0) }
      vectors += layer.embeddings(of: inputs).values
      tracks += try explain(range, inputs, &sampling)
      progress?(StageProgress("explaining", completed: range.upperBound, of: count))
    }
    embeddings = Tensor(vectors, shape: [count, count == 0 ? 0 : vectors.count / count])
    frequencies = sampling?.result(labels: model.labels)
    for (prediction, track) in zip(evaluation.predictions, tracks) {
      for evidence in [track.predicted, track.truth].compactMap(\.self) {
        try averages.add(
          evidence.map, label: prediction.label, predicted: prediction.predicted, path: prediction.path)
      }
    }
  }

  /// The misclassified tracks: the surest first.
  var errors: [Int] {
    let predictions = evaluation.predictions
    return predictions.indices.filter { !predictions[$0].isCorrect }
      .sorted { predictions[$0].confidence ?? 0 > predictions[$1].confidence ?? 0 }
  }

  /// For each class the correct track most like the mean map of its class.
  var typicalTracks: [Int] {
    model.labels.compactMap { label in
      let predictions = evaluation.predictions
      let right = predictions.indices.filter { predictions[$0].isCorrect && predictions[$0].label == label }
      guard let mean = averages.mean(ofClass: label) else { return nil }
      if let nearest = TypicalTrack.index(nearestTo: mean, in: right.map { tracks[$0].predicted.map.grid }) {
        return right[nearest]
      }
      return TypicalTrack.indexOfMedianConfidence(label: label, in: predictions)
    }
  }

  /// Mean shares of the parts of the score of a class's correct tracks.
  func typicalShares(of label: String) -> TrackStudy.Shares? {
    guard let row = frequencies?.readings.last?.rows.first(where: { $0.label == label }) else { return nil }
    return TrackStudy.Shares(low: row.low.mean, middle: row.middle.mean, high: row.high.mean)
  }

  /// The map of a track as it was stored or computed, not standardised, `[F, T]`.
  func map(_ index: Int) throws -> Tensor {
    let example = evaluation.examples[index]
    return try reader.map(of: example.clip, at: example.place)
  }

  /// The standardised input that a track's maps explain.
  func input(_ index: Int) throws -> Tensor { model.normalization.apply(to: try map(index)) }

  /// The classes, by index, for which a track is explained: the predicted one, and the true one where that is another.
  func explainedClasses(_ index: Int) throws -> [Int] {
    let prediction = evaluation.predictions[index]
    let wanted = prediction.isCorrect ? [prediction.label] : [prediction.predicted, prediction.label]
    return try wanted.map { try explainer.classIndex(named: $0) }
  }

  var explainer: Explainer {
    Explainer(
      network: model.network, labels: model.labels, spec: model.featureSpec,
      normalization: model.normalization)
  }

  /// Explanations of some inputs by the report's method.
  func explanations(
    of inputs: [Tensor], classes: [Int], target: ExplanationTarget = .logit
  ) throws -> [ClassExplanation] {
    try explainer.explain(
      batch: inputs, method: options.method, layer: options.layer, classIndices: classes, target: target)
  }

  /// The same explanations where they are attributions already; else those by ``FrequencySampling/attribution``, of the same
  /// inputs, classes and scores. Empty where features are of unknown origin.
  func attributions(
    for explanations: [ClassExplanation], of inputs: [Tensor], classes: [Int],
    target: ExplanationTarget = .logit
  ) throws -> [ClassExplanation] {
    guard projection != nil else { return [] }
    if options.method == FrequencySampling.attribution { return explanations }
    return try explainer.explain(
      batch: inputs, method: FrequencySampling.attribution, classIndices: classes, target: target)
  }

  private func explain(
    _ range: Range<Int>, _ inputs: [Tensor], _ sampling: inout FrequencySampling?
  ) throws -> [ExplainedTrack] {
    let wanted = try range.map { try explainedClasses($0) }
    let repeated = zip(inputs, wanted).flatMap { input, classes in classes.map { _ in input } }
    let classes = wanted.flatMap(\.self)
    let found = try explanations(of: repeated, classes: classes)
    let attributed = try attributions(for: found, of: repeated, classes: classes)
    let evidence = found.indices.map { index in
      TrackEvidence(
        found[index], attribution: attributed.isEmpty ? nil : attributed[index], input: repeated[index],
        projection: projection)
    }
    var next = 0
    return zip(range, inputs).map { index, input in
      let first = next
      next += wanted[index - range.lowerBound].count
      let sound = projection.map { projection in
        BandProfile(
          map: projection.difference(ofInput: input).map { abs($0) },
          bandCentersHz: projection.bandCentersHz)
      }
      let prediction = evaluation.predictions[index]
      let track = ExplainedTrack(
        predicted: evidence[first], truth: prediction.isCorrect ? nil : evidence[first + 1], sound: sound)
      if prediction.isCorrect, !attributed.isEmpty {
        sampling?.add(track, prediction, explanation: found[first], attribution: attributed[first])
      }
      return track
    }
  }
}
