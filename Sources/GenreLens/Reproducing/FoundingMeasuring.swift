import Analysis
import Datasets
import Explanation
import Training

/// Everything that the founding report measures, as values.
struct FoundingMeasuring {
  let model: GenreModel
  let data: FoundingData
  let selection: ClipSelection
  let options: FoundingOptions
  let analysis: ErrorAnalysis
  private(set) var result: FoundingReproduction

  /// Evaluates, explains and measures. Throws for features that the model does not hear and where nothing can be read.
  init(
    _ model: GenreModel, _ dataset: Dataset, _ selection: ClipSelection, _ options: FoundingOptions,
    progress: ProgressHandler?
  ) throws {
    (self.model, self.selection, self.options) = (model, selection, options)
    data = try FoundingData(dataset, for: model, selection, options)
    let evaluation = try evaluate(model, on: data.drawn, selection: .all, progress: progress)
    var analysisOptions = AnalysisOptions()
    analysisOptions.seed = options.seed
    analysis = try ErrorAnalysis(
      evaluation, of: model, dataset: data.drawn, selection: selection, options: analysisOptions,
      progress: progress)
    let measuring = try Self.measured(model, data.drawn, options, progress)
    result = FoundingReproduction(
      seed: options.seed, report: evaluation.report,
      benchmark: explanationBenchmark(of: measuring, dataset: data.drawn), sweep: measuring.sweep)
    result.layers = Self.layers(measuring, options)
    result.frequencies = analysis.frequencies
    result.coherence = try analysis.coherence()
    result.mistakes = analysis.errors.map { evaluation.predictions[$0] }
    result.leftOut = evaluation.leftOut
    try addComparisons(progress)
    result.notes = Self.unique(data.notes + evaluation.notes)
    result.facts = facts(dataset)
    result.claims = FoundingClaims(result).all
  }

  /// Grad-CAM and Grad-CAM++ at every convolution by masks, at every threshold, and by insertion and deletion.
  private static func measured(
    _ model: GenreModel, _ drawn: Dataset, _ options: FoundingOptions, _ progress: ProgressHandler?
  ) throws -> ExplanationMeasuring {
    var benchmark = BenchmarkOptions()
    benchmark.methods = [.gradCAM, .gradCAMPlusPlus]
    benchmark.measures = [.masking, .curves]
    benchmark.faithfulness.seed = options.seed
    benchmark.sweepLevels = ThresholdSweep.usualLevels
    benchmark.resampleCount = options.resampleCount
    try benchmark.validate()
    let explainer = Explainer(
      network: model.network, labels: model.labels, spec: model.featureSpec,
      normalization: model.normalization)
    let clips = try BenchmarkClips(
      of: drawn, for: model, .all, limit: nil, seed: options.seed, progress: progress)
    var measuring = ExplanationMeasuring(
      model: model, clips: clips, subjects: try BenchmarkSubjects(benchmark, explainer: explainer),
      options: benchmark, explainer: explainer, progress: progress)
    try measuring.measureAll()
    return measuring
  }

  /// Every pair of layers of one method by every measure of the claims, one family of tests.
  private static func layers(
    _ measuring: ExplanationMeasuring, _ options: FoundingOptions
  ) -> [ExplanationBenchmark.Comparison] {
    let (table, names) = (measuring.table, measuring.subjects.layers)
    let bootstrap = Bootstrap(resampleCount: options.resampleCount, seed: options.seed)
    var family = ExplanationBenchmark()
    for method in [ExplanationMethod.gradCAM, .gradCAMPlusPlus] {
      let subjects = names.map { ExplanationBenchmark.Subject(method: method.rawValue, layer: $0) }
      for (place, first) in subjects.enumerated() {
        for second in subjects[(place + 1)...] {
          family.comparisons += FoundingClaims.measures.compactMap {
            table.comparison($0, first, second, bootstrap)
          }
        }
      }
    }
    family.adjustComparisons()
    return family.comparisons
  }

  /// What the model scores on the whole split and on the training part, and what simple rules score. Sound is not read again for it.
  private mutating func addComparisons(_ progress: ProgressHandler?) throws {
    let both = data.both
    guard both.featuresPath != nil else { return }
    if data.candidateCount > result.report.count {
      result.whole = try evaluate(model, on: both, selection: selection, progress: progress).report
    }
    guard both.isSplit, selection == .split(.test) else { return }
    var training = both
    training.tracks = both.tracks(in: .train)
    guard Set(training.tracks.map(\.label)).count == FoundingClaims.genres.count else { return }
    result.training = try evaluate(model, on: training, selection: .all, progress: progress).report
    let references = try ReferenceTracks(training, model: model, progress: progress)
    let labels = references.clips.map(\.track.label)
    let tracks = analysis.evaluation.predictions
    result.baselines = [
      try .majority(trainingLabels: labels, tracks: tracks, labels: model.labels),
      try .nearestCentroid(
        trainingRows: references.summaries, trainingLabels: labels, rows: analysis.summaries, tracks: tracks,
        labels: model.labels),
    ]
  }

  private func facts(_ dataset: Dataset) -> [AnalysisResult.Fact] {
    let part =
      switch selection {
      case .split(let split): "the \(split.rawValue) part"
      case .all: "all tracks"
      }
    var facts: [AnalysisResult.Fact] = [
      .init("Data set", dataset.path),
      .init(
        "Tracks",
        "\(result.report.count) of \(data.candidateCount) of \(part), drawn by the seed, as many of each genre"
      ),
      .init("Seed", "\(options.seed)"),
    ]
    facts += AnalysisAssembly.modelFacts(model, analysis.options)
    facts += [
      .init(
        "Explained", "the class that a track was heard as, its logit, in the window that speaks most for it"),
      .init("Masks", "what is not kept becomes the mean of the training set"),
      .init(
        "Thresholds",
        "\(FoundingClaims.levels.map(String.init).joined(separator: " and ")) in the report; here also \(result.sweep.levels.first ?? 0) to \(result.sweep.levels.last ?? 0), every tenth"
      ),
      .init("Intervals", "95 %, over groups (artists or albums) where they are known"),
      .init("Verdicts", "by the rule under each claim"),
    ]
    return facts
  }

  private static func unique(_ notes: [String]) -> [String] {
    var seen: Set<String> = []
    return notes.filter { seen.insert($0).inserted }
  }

  /// The samples of a figure.
  mutating func add(_ indices: [Int], toFigure figure: Int) {
    result.samples += indices.map { index in
      let example = analysis.evaluation.examples[index]
      let start = model.featureSpec.flatMap { example.clip.startSeconds(of: example.place, spec: $0) }
      return FoundingReproduction.Sample(
        figure: figure, analysis.evaluation.predictions[index], startSeconds: start)
    }
  }
}
