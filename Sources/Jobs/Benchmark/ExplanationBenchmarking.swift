public import Analysis
public import Datasets
import Explanation
public import Files
import Images
public import Models
import Networks
import Report
import Statistics

/// The files of a benchmark of explanations.
public struct BenchmarkReport: Sendable {
  public let benchmark: ExplanationBenchmark
  /// `benchmark.json`: all results.
  public let json: String
  /// `figures.csv`: one line for each method, layer and metric.
  public let figures: String
  /// The tables for readers, as Markdown.
  public let markdown: String
  /// `tables.md`: the same as a file.
  public let tables: String
  /// `average-drop.png`, with an `.svg` next to it; nil without the measure masking.
  public let picture: String?
}

extension GenreModel {
  /// Measures how faithful a model's explanations are on labelled tracks, methods by layers by metrics, and writes the
  /// results into a folder: `benchmark.json`, `figures.csv`, `comparisons.csv`, `randomization.csv`, `tables.md` and
  /// `average-drop.png` / `.svg`.
  ///
  /// The predicted class is explained, in the window that speaks most for it. The same seed gives the same result. Memory does
  /// not grow with the number of clips, except for one number per clip and figure.
  ///
  /// After being stopped or killed, the same call does not process sound again that was already heard, repeats the measurements,
  /// and ends with the same bytes.
  public func benchmarkExplanations(
    on dataset: Dataset, selection: ClipSelection = .split(.test),
    options: BenchmarkOptions = BenchmarkOptions(), output folder: String, job: Job = Job()
  ) throws -> BenchmarkReport {
    try options.validate()
    if pictureSpec != nil, options.faithfulness.baseline == .silence {
      throw CodedError(.usage, "silence is for sound: the model takes pictures, choose mean, blur or noise")
    }
    if pictureSpec == nil, options.truth != nil {
      throw CodedError(.usage, "--truth is for pictures: the model takes sound")
    }
    let explainer = Explainer(self)
    let subjects = try BenchmarkSubjects(options, explainer: explainer)
    try WrittenFiles.benchmark(into: folder).requireApart(
      from: dataset.inputFiles + [options.truthClasses].compactMap(\.self))
    let stage = try StagedFolder(folder)
    let steps = stage.finishedSteps {
      try jobIdentity("benchmark", self, dataset, "\(selection) \(options.identity)")
    }
    let job = job.keeping(steps)
    let clips = try BenchmarkClips.scored(
      of: dataset, for: self, selection, limit: options.limit, seed: options.faithfulness.seed, job: job)
    let objects = try options.truth.map {
      try BenchmarkObjects(folder: $0, classes: options.truthClasses, for: clips, of: dataset, model: self)
    }
    var measuring = ExplanationMeasuring(
      model: self, clips: clips, subjects: subjects, options: options, explainer: explainer, objects: objects,
      job: job)
    try measuring.measureAll()
    let benchmark = explanationBenchmark(of: measuring, dataset: dataset)
    let picture = try stage.fill { try writeFiles(benchmark, to: $0) }
    try stage.publish(last: "benchmark.json")
    steps.remove()
    return BenchmarkReport(
      benchmark: benchmark, json: folder + "/benchmark.json", figures: folder + "/figures.csv",
      markdown: BenchmarkTables(benchmark).markdown, tables: folder + "/tables.md",
      picture: picture.map { folder + "/" + $0 })
  }
}

/// Figures, comparisons with controls and of methods, flags and facts of what was measured.
func explanationBenchmark(of measuring: ExplanationMeasuring, dataset: Dataset) -> ExplanationBenchmark {
  let (options, clips, table) = (measuring.options, measuring.clips, measuring.table)
  let bootstrap = Bootstrap(resampleCount: options.resampleCount, seed: options.faithfulness.seed)
  var benchmark = ExplanationBenchmark()
  benchmark.facts = facts(of: measuring, dataset: dataset)
  benchmark.layers = measuring.subjects.layers
  benchmark.figures = table.figures(bootstrap)
  let methods = table.subjects.filter { !$0.isControl }
  for (place, first) in methods.enumerated() {
    for second in methods[(place + 1)...] where first.layer == second.layer {
      let names = Set([first.method, second.method])
      let isMainPair =
        names == [GradCAM.name, GradCAMPlusPlus.name]
      for metric in table.metrics
      where metric.better != .context && (isMainPair || metric.name.hasPrefix("average-drop")) {
        if let comparison = table.comparison(metric, first, second, bootstrap) {
          benchmark.comparisons.append(comparison)
        }
      }
    }
  }
  benchmark.adjustComparisons()
  benchmark.randomization = measuring.stages
  benchmark.flags = methods.flatMap { subject in
    (measuring.flags[subject] ?? [:]).sorted { $0.key < $1.key }.map {
      ExplanationBenchmark.FlagCount(subject: subject, flag: $0.key, count: $0.value)
    }
  }
  benchmark.training = clips.overlap
  benchmark.leftOut = clips.leftOut
  benchmark.notes = clips.notes + measuring.subjects.notes + measuring.objectNotes
  if measuring.model.pictureSpec != nil, !clips.areLabelled, options.measures.contains(.localization) {
    benchmark.notes.append("no splices: they need pictures with the model's labels")
  }
  return benchmark
}

private func facts(of measuring: ExplanationMeasuring, dataset: Dataset) -> [AnalysisResult.Fact] {
  let (options, items, model) = (measuring.options, measuring.clips.items, measuring.model)
  let correct = items.count { $0.isCorrect }
  let groups = Set(items.map(\.group)).count
  let subset = min(options.subsetCount, items.count)
  let partial: Set<FaithfulnessMeasure> = [.sensitivity, .randomization, .occlusion, .localization]
  var facts: [AnalysisResult.Fact] = [
    .init("Network", "\(model.network.architecture.name), input \(model.network.inputShape)"),
    .init("Classes", classWords(model.labels)),
    .init(
      model.pictureSpec == nil ? "Recordings" : "Pictures",
      "\(items.count) in \(groups.counted("group")); "
        + (measuring.clips.areLabelled ? "\(correct) labelled right" : "without labels")),
    .init("Training", measuring.clips.overlap.words),
    .init("Explained", "the predicted class, its logit; measured by its softmax probability"),
    .init("Baseline", options.faithfulness.baseline.rawValue),
    .init("Seed", "\(options.faithfulness.seed)"),
    .init(
      "Intervals", "95 %, percentile bootstrap over groups, \(options.resampleCount) resamples"),
    .init("Tests", "Student's t of paired differences over groups, p corrected by Holm's method"),
  ]
  if let spec = model.pictureSpec { facts.insert(.init("Input", spec.words), at: 1) }
  if let words = measuring.objectWords { facts.append(.init("Objects", words)) }
  if options.measures.contains(.curves) {
    let steps = options.faithfulness.curveSteps
    facts.append(.init("Curves", "\(steps) steps, the same baseline for insertion and deletion"))
  }
  if !options.measures.isDisjoint(with: partial) {
    let splices = 2 * options.subsetCount
    facts.append(
      .init(
        "On a part of them",
        "\(subset) for sensitivity, randomization and occlusion; \(splices) splices for localization"))
  }
  return facts
}

/// All of few classes, the first of many.
private func classWords(_ labels: [String]) -> String {
  labels.count <= 100
    ? labels.joined(separator: ", ")
    : labels.prefix(10).joined(separator: ", ") + " and \(labels.count - 10) more"
}

/// Gives the picture's name, where there is one.
private func writeFiles(_ benchmark: ExplanationBenchmark, to folder: String) throws -> String? {
  let tables = BenchmarkTables(benchmark)
  var picture: String?
  if let figure = LayerStudyFigure(benchmark) {
    picture = "average-drop.png"
    try figure.write(to: folder + "/average-drop.png")
    try figure.write(to: folder + "/average-drop.svg")
  }
  try CSVTable.write(
    header: tables.figureColumns, rows: tables.figureRows, to: folder + "/figures.csv")
  try CSVTable.write(
    header: BenchmarkTables.comparisonHeader, rows: tables.comparisonRows, to: folder + "/comparisons.csv")
  if !benchmark.randomization.isEmpty {
    try CSVTable.write(
      header: BenchmarkTables.randomizationHeader, rows: tables.randomizationRows,
      to: folder + "/randomization.csv")
  }
  try writeText(tables.markdown, to: folder + "/tables.md")
  try writeJSON(benchmark, to: folder + "/benchmark.json")
  return picture
}
