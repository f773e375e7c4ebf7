import Analysis
import Datasets
import Explanation
import Files
import Foundation
import Models
import Statistics

/// Everything that the founding report measures, as values.
struct FoundingMeasuring {
  private let plan: FoundingPlan
  private let selection: ClipSelection
  let explained: ExplainedTracks
  private(set) var result: FoundingReproduction

  private var model: GenreModel { plan.model }
  private var data: FoundingData { plan.data }

  /// Evaluates, explains and measures. Throws for features that the model does not hear and where nothing can be read.
  static func measured(
    _ plan: FoundingPlan, dataset: Dataset, _ selection: ClipSelection, stages: inout JobStages<FoundingStage>
  ) throws -> FoundingMeasuring {
    let (model, data, options) = (plan.model, plan.data, plan.options)
    let evaluated = try stages.run(.hearing) {
      try model.evaluatedTracks(on: data.drawn, selection: .all, job: $0)
    }
    var analysisOptions = AnalysisOptions()
    analysisOptions.seed = options.seed
    let explained = try stages.run(.explaining) { try evaluated.explained(by: analysisOptions, job: $0) }
    let measuring = try plan.measured(&stages)
    let result = try stages.run(.testing) { job in
      var result = FoundingReproduction(
        seed: options.seed, report: evaluated.evaluation.report,
        benchmark: explanationBenchmark(of: measuring, dataset: data.drawn), sweep: measuring.sweep)
      job.tell("", 1, of: 2)
      result.layers = layers(measuring, options)
      job.tell("", 2, of: 2)
      return result
    }
    var measured = FoundingMeasuring(plan: plan, selection: selection, explained: explained, result: result)
    try measured.addFindings()
    try measured.addComparisons(&stages)
    measured.result.facts = measured.facts(dataset)
    measured.result.claims = FoundingClaims(measured.result).all
    return measured
  }

  private mutating func addFindings() throws {
    let evaluation = explained.evaluation
    result.frequencies = explained.frequencies
    result.coherence = try explained.coherence()
    result.mistakes = explained.errors.map { evaluation.predictions[$0] }
    result.leftOut = evaluation.leftOut
    result.notes = Self.unique(data.notes + evaluation.notes)
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
    let (model, tracks) = (model, explained.evaluation.predictions)
    result.training = try stages.run(.comparing) {
      try model.evaluate(on: drawn, selection: .all, job: $0).report
    }
    let (clips, summaries) = try ReferenceTracks.summaries(of: training, model: model, job: stages.job)
    let labels = clips.map(\.clip.label)
    result.baselines = [
      try .majority(trainingLabels: labels, tracks: tracks, labels: model.labels),
      try .nearestCentroid(
        trainingRows: summaries, trainingLabels: labels, rows: explained.evaluated.tracks.map(\.summary),
        tracks: tracks,
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
      .init("Seed", "\(plan.options.seed)"),
    ]
    facts += AnalysisFacts.model(model, explained.options)
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
      let track = explained.evaluated.tracks[index]
      let start = model.featureSpec.flatMap { track.recording.startSeconds(of: track.place, spec: $0) }
      return FoundingReproduction.Sample(figure: figure, track.prediction, startSeconds: start)
    }
  }
}
