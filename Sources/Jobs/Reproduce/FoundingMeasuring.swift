import Analysis
import Datasets
import Explanation
import Files
import Foundation
import Models
import Statistics

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
    _ plan: FoundingPlan, dataset: Dataset, _ selection: ClipSelection, stages: inout JobStages<FoundingStage>
  ) throws {
    (model, data, options) = (plan.model, plan.data, plan.options)
    self.selection = selection
    let (model, data, options) = (model, data, options)
    let evaluation = try stages.run(.hearing) {
      try model.evaluate(on: data.drawn, selection: .all, progress: $0)
    }
    var analysisOptions = AnalysisOptions()
    analysisOptions.seed = options.seed
    let analysis = try stages.run(.explaining) {
      try ErrorAnalysis(
        evaluation, of: model, dataset: data.drawn, selection: selection, options: analysisOptions,
        progress: $0)
    }
    let measuring = try plan.measured(&stages)
    result = stages.run(.testing) { progress in
      var result = FoundingReproduction(
        seed: options.seed, report: evaluation.report,
        benchmark: explanationBenchmark(of: measuring, dataset: data.drawn), sweep: measuring.sweep)
      progress?(StageProgress("", completed: 1, of: 2))
      result.layers = Self.layers(measuring, options)
      progress?(StageProgress("", completed: 2, of: 2))
      return result
    }
    self.analysis = analysis
    result.frequencies = analysis.frequencies
    result.coherence = try analysis.coherence()
    result.mistakes = analysis.errors.map { evaluation.predictions[$0] }
    result.leftOut = evaluation.leftOut
    try addComparisons(&stages)
    result.notes = Self.unique(data.notes + evaluation.notes)
    result.facts = facts(dataset)
    result.claims = FoundingClaims(result).all
  }

  /// Every pair of layers of one method by every measure of the claims, one family of tests.
  private static func layers(
    _ measuring: ExplanationMeasuring, _ options: FoundingOptions
  ) -> [ExplanationBenchmark.Comparison] {
    let (table, names) = (measuring.table, measuring.subjects.layers)
    let bootstrap = Bootstrap(resampleCount: options.resampleCount, seed: options.seed)
    var family = ExplanationBenchmark()
    for method in [GradCAM.name, GradCAMPlusPlus.name] {
      let subjects = names.map { ExplanationBenchmark.Subject(method: method, layer: $0) }
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

  /// What the model scores on the training part, and what simple rules score that learned from all of it.
  private mutating func addComparisons(_ stages: inout JobStages<FoundingStage>) throws {
    guard let training = data.training, let drawn = data.drawnTraining else { return }
    let (model, tracks) = (model, analysis.evaluation.predictions)
    result.training = try stages.run(.comparing) {
      try model.evaluate(on: drawn, selection: .all, progress: $0).report
    }
    let (clips, summaries) = try ReferenceTracks.summaries(of: training, model: model)
    let labels = clips.map(\.track.label)
    result.baselines = [
      try .majority(trainingLabels: labels, tracks: tracks, labels: model.labels),
      try .nearestCentroid(
        trainingRows: summaries, trainingLabels: labels, rows: analysis.summaries, tracks: tracks,
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
      .init("The report", FoundingDocument.words),
      .init("Data set", dataset.path),
      .init(
        "Tracks",
        "\(result.report.count) of \(data.candidateCount) of \(part), drawn by the seed, equally many of each genre"
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
        "\(FoundingClaims.levels.map(String.init).joined(separator: " and ")) in the report; here also \(result.sweep.levels.first ?? 0) to \(result.sweep.levels.last ?? 0) in steps of \(levelStep)"
      ),
      .init("Intervals", intervalWords),
      .init("Verdicts", "by the rule under each claim"),
    ]
    return facts
  }

  private var levelStep: Int {
    let levels = result.sweep.levels
    return levels.count > 1 ? levels[1] - levels[0] : 0
  }

  private var intervalWords: String {
    let words = "95 %, over groups (artists or albums) where they are known"
    guard let count = result.frequencies?.readings.count, count > 1 else { return words }
    let level = String(format: "%g %%", (1000 * (1 - 0.05 / Double(count))).rounded() / 10)
    return words
      + "; of the differences by frequency \(level): \(count) methods answer one claim, and their intervals together are to hold at 95 % (Bonferroni)"
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
