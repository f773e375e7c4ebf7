import Datasets
import Features
package import Files
import Foundation
import Models

extension DataProblems {
  /// What may be wrong with the data: wrong labels, copies, leaks, bad clips, parts on which the model fails.
  package static func found(
    in data: AnalysisData, by explained: ExplainedTracks, references: ReferenceTracks?,
    tables: AnalysisTables,
    job: Job
  ) throws -> DataProblems {
    try DataProblemSearch(
      explained: explained, data: data, references: references, tables: tables, job: job
    ).problems()
  }
}

private struct DataProblemSearch {
  let explained: ExplainedTracks
  let data: AnalysisData
  let references: ReferenceTracks?
  let tables: AnalysisTables
  let job: Job

  func problems() throws -> DataProblems {
    var problems = DataProblems()
    if explained.options.checksData {
      problems.findings = try findings(&problems.notes)
      if let references { problems.duplicates = try DuplicateSearch().run(references, job: job) }
      try addLabelIssues(to: &problems)
    }
    try job.requireGoingOn()
    let columns = try SliceColumns.known(of: explained, dataset: data.dataset, table: tables.slices, job: job)
    problems.notes += columns.notes
    let predictions = explained.evaluation.predictions
    if !columns.columns.isEmpty {
      problems.slices = try SliceAnalysis(
        isCorrect: predictions.map(\.isCorrect),
        columns: columns.columns.map { SliceAnalysis.Column(name: $0.name, values: $0.values) },
        groups: predictions.contains { $0.group != nil } ? predictions.map(\.cluster) : nil)
    }
    return problems
  }

  /// What ``DatasetCheck`` says of the data set. Of stored features it cannot say what sound tells: silence, clipping, mono as
  /// stereo, lengths.
  private func findings(_ notes: inout [String]) throws -> [DataProblems.Finding] {
    var check = DatasetCheck()
    if let spec = explained.model.featureSpec { (check.windowSeconds, check.mix) = (spec.seconds, spec.mono) }
    check.findsSimilar = true
    let report = try check.run(data.dataset, job: job)
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
    job.tell("labels", 0, of: 1)
    let held = try HeldOutPredictions(
      references, labels: data.dataset.labels, seed: explained.options.seed)
    job.tell("labels", 1, of: 1)
    return held
  }
}
