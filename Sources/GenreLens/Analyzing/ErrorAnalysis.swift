import Analysis
import Datasets
public import Explanation
import Tensors
public import Training

/// How a model's errors are looked at.
public struct AnalysisOptions: Sendable {
  public var method = ExplanationMethod.gradCAM
  /// A layer's name; nil is the last convolution.
  public var layer: String?
  /// Misclassified tracks that the page shows, the surest mistakes first; the figures count all.
  public var shownErrors = 40
  /// Heading of the page.
  public var title = "Error report"
  /// What a reader must know, such as that the corpus is synthesised.
  public var notes: [String] = []
  /// How the model was trained, for a curve on the page.
  public var history: [EpochRecord] = []

  public init() {}
}

/// A model's errors on labelled tracks, with the maps behind them.
struct ErrorAnalysis {
  /// The maps of one track at the layer's resolution: for the predicted class and, where that was wrong, for the true one.
  struct ExplainedTrack {
    let predicted: ExplanationMap
    let truth: ExplanationMap?
  }

  let model: GenreModel
  let evaluation: Evaluation
  let options: AnalysisOptions
  /// One for each of the evaluation's predictions.
  private(set) var tracks: [ExplainedTrack] = []
  private(set) var averages = MapAverages()
  /// Where in frequency the evidence lies; nil where the features are of unknown origin or no track was right.
  private(set) var frequencies: FrequencyEvidence?
  private let reader: ClipReader

  /// Explains every evaluated track in the window that speaks most for the predicted class.
  init(
    _ evaluation: Evaluation, of model: GenreModel, dataset: Dataset, options: AnalysisOptions,
    progress: ProgressHandler?
  ) throws {
    (self.model, self.evaluation, self.options) = (model, evaluation, options)
    reader = try ClipReader(dataset: dataset, model: model)
    let count = evaluation.predictions.count
    var sampling = FrequencySampling(model, explainer: explainer)
    for start in stride(from: 0, to: count, by: 16) {
      let range = start..<min(start + 16, count)
      tracks += try explain(range, &sampling)
      progress?(StageProgress("explaining", completed: range.upperBound, of: count))
    }
    frequencies = sampling?.result(labels: model.labels)
    for (prediction, track) in zip(evaluation.predictions, tracks) {
      for map in [track.predicted, track.truth].compactMap(\.self) {
        try averages.add(map, label: prediction.label, predicted: prediction.predicted, path: prediction.path)
      }
    }
  }

  /// The misclassified tracks that are shown: the surest first.
  var shownErrors: [Int] {
    let predictions = evaluation.predictions
    let wrong = predictions.indices.filter { !predictions[$0].isCorrect }
    let sorted = wrong.sorted { predictions[$0].confidence ?? 0 > predictions[$1].confidence ?? 0 }
    return Array(sorted.prefix(options.shownErrors))
  }

  /// For each class the correct track most like the mean map of its class.
  var typicalTracks: [Int] {
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

  /// The standardised input that a track's maps explain.
  func input(_ index: Int) throws -> Tensor {
    let example = evaluation.examples[index]
    return model.normalization.apply(to: try reader.map(of: example.clip, at: example.place))
  }

  private var explainer: Explainer {
    Explainer(network: model.network, labels: model.labels, spec: model.featureSpec)
  }

  private func explain(
    _ range: Range<Int>, _ sampling: inout FrequencySampling?
  ) throws -> [ExplainedTrack] {
    let explainer = explainer
    var (inputs, classes): ([Tensor], [Int]) = ([], [])
    for index in range {
      let (input, prediction) = (try input(index), evaluation.predictions[index])
      let wanted = prediction.isCorrect ? [prediction.label] : [prediction.predicted, prediction.label]
      for label in wanted {
        inputs.append(input)
        classes.append(try explainer.classIndex(named: label))
      }
    }
    let explanations = try explainer.explain(
      batch: inputs, method: options.method, layer: options.layer, classIndices: classes)
    var rest = Array(zip(inputs, explanations))[...]
    var correct: [(prediction: Prediction, input: Tensor, explanation: ClassExplanation)] = []
    let tracks = range.map { index in
      let (prediction, first) = (evaluation.predictions[index], rest.removeFirst())
      if prediction.isCorrect { correct.append((prediction, first.0, first.1)) }
      let truth = prediction.isCorrect ? nil : rest.removeFirst().1
      return ExplainedTrack(
        predicted: ExplanationMap(first.1, upsampled: false),
        truth: truth.map { ExplanationMap($0, upsampled: false) })
    }
    try sampling?.add(correct)
    return tracks
  }
}
