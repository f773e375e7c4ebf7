import Datasets
import Features
package import Files
import Foundation
import Models

/// Looks for what may be wrong with the data: wrong labels, copies, leaks, bad clips, parts on which the model fails.
package struct DataProblemSearch {
  package let analysis: ErrorAnalysis
  package let data: AnalysisData
  package let references: ReferenceTracks?
  package let tables: AnalysisTables
  package let progress: ProgressHandler?

  package init(
    analysis: ErrorAnalysis, data: AnalysisData, references: ReferenceTracks?, tables: AnalysisTables,
    progress: ProgressHandler?
  ) {
    (self.analysis, self.data, self.references, self.tables, self.progress) = (
      analysis, data, references, tables, progress
    )
  }

  package func run() throws -> DataProblems {
    var problems = DataProblems()
    if analysis.options.checksData {
      problems.findings = try findings(&problems.notes)
      if let references {
        problems.duplicates = try DuplicateSearch().run(references, progress: progress)
      }
      try addLabelIssues(to: &problems)
    }
    let columns = try SliceColumns(
      analysis, dataset: data.dataset, table: tables.slices, progress: progress)
    problems.notes += columns.notes
    if !columns.columns.isEmpty {
      problems.slices = try SliceAnalysis(
        isCorrect: analysis.evaluation.predictions.map(\.isCorrect),
        columns: columns.columns.map { SliceAnalysis.Column(name: $0.name, values: $0.values) },
        groups: analysis.evaluation.predictions.contains { $0.group != nil }
          ? analysis.evaluation.predictions.map(\.cluster) : nil)
    }
    return problems
  }

  /// What ``DatasetCheck`` says of the data set. Of stored features it cannot say what sound tells: silence, clipping, mono as
  /// stereo, lengths.
  private func findings(_ notes: inout [String]) throws -> [DataProblems.Finding] {
    var check = DatasetCheck()
    if let spec = analysis.model.featureSpec { (check.windowSeconds, check.mix) = (spec.seconds, spec.mono) }
    check.findsSimilar = true
    let report = try check.run(data.dataset, job: Job(progress: progress))
    if data.dataset.featuresPath != nil {
      notes.append(
        "the data set holds features, no sound: silence, clipping, mono stored as stereo and lengths cannot be seen in "
          + "them (genrelens data check on the sound files does)")
    }
    return report.findings.map { DataProblems.Finding($0) }
  }

  // MARK: - Wrong labels

  private func addLabelIssues(to problems: inout DataProblems) throws {
    do {
      guard let held = try heldOutPredictions() else { return }
      problems.notes += held.notes
      problems.labelIssues = try LabelIssues(
        tracks: held.tracks, probabilities: held.probabilities, labels: held.labels)
      (problems.labelIssueSource, problems.labelIssueAccuracy) = (held.source, held.accuracy)
    } catch let error as CodedError {
      // Too few tracks for folds: the rest of the report stands.
      problems.notes.append("labels could not be checked: \(error.message)")
    }
  }

  private func heldOutPredictions() throws -> HeldOutPredictions? {
    if let heldOut = tables.heldOut { return heldOut }
    guard let references else { return nil }
    progress?(StageProgress("labels", completed: 0, of: 1))
    let held = try HeldOutPredictions(
      references, labels: data.dataset.labels, seed: analysis.options.seed)
    progress?(StageProgress("labels", completed: 1, of: 1))
    return held
  }
}
