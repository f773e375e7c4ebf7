import Analysis
import Datasets
import Foundation
import Tensors

/// Looks for what may be wrong with the data: wrong labels, copies, leaks, bad clips, parts on which the model fails.
struct DataProblemSearch {
  let analysis: ErrorAnalysis
  let data: AnalysisData
  let references: ReferenceTracks?
  let progress: ProgressHandler?

  func run() throws -> DataProblems {
    var problems = DataProblems()
    if analysis.options.checksData {
      problems.findings = try findings(&problems.notes)
      if let references {
        problems.duplicates = try DuplicateSearch().run(references, progress: progress)
      }
      try addLabelIssues(to: &problems)
    }
    let columns = try SliceColumns(analysis, dataset: data.dataset, progress: progress)
    problems.notes += columns.notes
    if !columns.columns.isEmpty {
      problems.slices = try SliceAnalysis(
        isCorrect: analysis.evaluation.predictions.map(\.isCorrect),
        columns: columns.columns.map { SliceAnalysis.Column(name: $0.name, values: $0.values) })
    }
    return problems
  }

  /// What ``DatasetCheck`` says of the data set. Of stored features it cannot say what sound tells: silence, clipping, mono as
  /// stereo, lengths.
  private func findings(_ notes: inout [String]) throws -> [DataProblems.Finding] {
    var check = DatasetCheck()
    if let spec = analysis.model.featureSpec { check.windowSeconds = spec.seconds }
    check.findsSimilar = true
    let report = try check.run(data.dataset) { state in
      progress?(StageProgress("check", completed: state.done, of: state.total))
    }
    if data.dataset.featuresPath != nil {
      notes.append(
        "the data set holds features, no sound: silence, clipping, mono stored as stereo and lengths cannot be seen in "
          + "them (genrelens data check on the sound files does)")
    }
    return report.findings.map { finding in
      DataProblems.Finding(
        code: finding.code.rawValue, severity: finding.severity.rawValue, message: finding.message,
        items: finding.items)
    }
  }

  // MARK: - Wrong labels

  private func addLabelIssues(to problems: inout DataProblems) throws {
    do {
      if let folder = analysis.options.crossValidationPath {
        let held = try HeldOutPredictions(folder: folder)
        problems.labelIssues = try LabelIssues(
          tracks: held.tracks, probabilities: held.probabilities, labels: held.labels)
        problems.labelIssueSource =
          "networks of this kind, each asked about the fold that it was not trained on (\(folder))"
      } else if let references {
        let clips = references.clips
        problems.labelIssues = try LabelIssues(
          tracks: clips.map { clip in
            LabelIssues.Track(
              path: clip.path, name: clip.track.name, label: clip.track.label, group: clip.track.group,
              split: clip.track.split?.rawValue)
          }, rows: references.summaries, labels: data.dataset.labels, seed: analysis.options.seed)
        problems.labelIssueSource =
          "linear classifiers on the mean and deviation of each feature row, each asked about the fold of five that it was "
          + "not fitted to; held-out predictions of networks (genrelens train --folds, then analyze --cross-validation) hear more"
      }
    } catch let error as AnalysisError {
      // Too few tracks for folds: the rest of the report stands.
      problems.notes.append("labels could not be checked: \(error.message)")
    }
  }
}

/// What a cross-validation wrote about each track: the probabilities of the model that had not heard it.
struct HeldOutPredictions {
  private(set) var tracks: [LabelIssues.Track] = []
  private(set) var probabilities: [[Double]] = []
  let labels: [String]

  /// Reads `predictions.csv` of a folder, or the file itself. Throws for a damaged one.
  init(folder: String) throws {
    let path = folder.hasSuffix(".csv") ? folder : folder + "/predictions.csv"
    let table = try CSVTable(path: path)
    let columns = table.header.enumerated().filter { $0.element.hasPrefix("p_") }
    labels = columns.map { String($0.element.dropFirst(2)) }
    guard let pathColumn = table.column("path"), let labelColumn = table.column("label"), !columns.isEmpty
    else {
      throw GenreLensError(
        .badInput, "no columns path, label and p_GENRE: not the predictions of a cross-validation", path: path)
    }
    let (name, group) = (table.column("name"), table.column("group"))
    for record in table.records {
      let numbers = columns.compactMap { Double(record.fields[$0.offset]) }
      guard numbers.count == columns.count, numbers.allSatisfy({ $0.isFinite && $0 >= 0 && $0 <= 1.000001 })
      else {
        throw GenreLensError(
          .badInput, "line \(record.line): probabilities that are no numbers from 0 to 1", path: path)
      }
      let text = { (column: Int?) in column.map { record.fields[$0] }.flatMap { $0.isEmpty ? nil : $0 } }
      tracks.append(
        LabelIssues.Track(
          path: record.fields[pathColumn], name: text(name) ?? record.fields[pathColumn],
          label: record.fields[labelColumn], group: text(group)))
      probabilities.append(numbers)
    }
  }
}
