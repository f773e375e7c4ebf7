import Analysis
import Datasets
import Experiments
public import Files
import Foundation
import Models
public import Training

/// The whole pipeline from end to end on the corpus that comes with GenreLens: features, training with early stopping,
/// evaluation on held-out tracks, explanations of single tracks, error report.
public struct Demo: Sendable {
  /// A data set of sound files; nil is `Data` in the working folder, otherwise next to or above the program.
  public var data: String?
  /// The folder for all output.
  public var output = "Output"
  /// Chosen on the validation clips of the corpus; few clips need small batches.
  public var plan: TrainingPlan = {
    var plan = TrainingPlan()
    plan.training.batchSize = 16
    plan.training.epochs = 30
    plan.training.patience = 10
    return plan
  }()

  /// The notice about the corpus for every page and line.
  public static let caution =
    "The corpus is synthesised: these figures say nothing about real music."

  public init() {}

  /// Whether ``data`` is the corpus that comes with GenreLens.
  public var isSynthesised: Bool {
    guard let data else { return true }
    guard let own = Locations.find("Data") else { return false }
    let folder = lastName(data) == "manifest.csv" ? Files.folder(of: data) : data
    return FileSystem.resolved(folder.isEmpty ? "." : folder) == FileSystem.resolved(own)
  }

  /// Runs all of it; if it is cancelled during the training, it continues with the best weights so far.
  public func run(
    job: Job = Job()
  ) throws -> DemoResult {
    guard let data = data ?? Locations.find("Data") else {
      throw CodedError(.missing, "no folder Data here, beside or above the program: name one with --data")
    }
    let dataset = try Dataset.load(data)
    let (modelPath, features) = (output + "/model.safetensors", output + "/features.npy")
    try (.model(modelPath) + .features(features) + WrittenFiles.report(into: output + "/report"))
      .requireApart(from: dataset.inputFiles)
    let destination = try ModelDestination(path: modelPath)
    let run = try plan.train(
      on: dataset, featuresPath: features, job: job)
    try destination.save(run)
    let job = run.outcome == .interrupted ? job.toItsEnd : job
    var options = AnalysisOptions()
    options.title = "GenreLens demo: errors on held-out tracks"
    options.notes = isSynthesised ? [Self.caution] : []
    options.history = run.history
    options.featuresPath = features
    var model = run.model
    model.name = lastName(destination.path)
    let report = try model.analyzeErrors(
      on: dataset, options: options, output: output + "/report", job: job)
    return DemoResult(
      model: destination.path, training: run.summary(savedTo: destination.path), report: report,
      explanations: try explainTracks(of: report, with: model, job: job))
  }

  /// A typical right track of each class; of the surest wrong one, the class it was taken for and the true one.
  private func explainTracks(
    of report: ErrorReport, with model: GenreModel, job: Job
  ) throws -> [(folder: String, document: ExplanationDocument)] {
    var wanted = report.typical.map { (track: $0, explained: $0.label) }
    let wrong = report.evaluation.predictions.filter { !$0.isCorrect }
    if let surest = wrong.max(by: { $0.confidence ?? 0 < $1.confidence ?? 0 }) {
      wanted += [(surest, surest.predicted), (surest, surest.label)]
    }
    var results: [(folder: String, document: ExplanationDocument)] = []
    for (number, item) in wanted.enumerated() {
      let name = withoutExtension(lastName(item.track.name)).asFileName
      let verdict = item.track.isCorrect ? "right" : "wrong"
      let folder = "\(output)/explanations/\(verdict)-\(name)-for-\(item.explained.asFileName)"
      var request = ExplanationRequest()
      request.className = item.explained
      request.trueClass = item.track.label
      results.append((folder, try model.explain(item.track.path, request, output: folder, job: job.quiet)))
      job.tell("pictures", number + 1, of: wanted.count)
    }
    return results
  }
}
