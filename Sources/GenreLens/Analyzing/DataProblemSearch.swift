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
    let report = try check.run(
      data.dataset,
      progress: { progress?(StageProgress("check", completed: $0.done, of: $0.total)) })
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
      problems.labelIssues = try LabelIssues(
        tracks: held.tracks, probabilities: held.probabilities, labels: held.labels)
      (problems.labelIssueSource, problems.labelIssueAccuracy) = (held.source, held.accuracy)
    } catch let error as AnalysisError {
      // Too few tracks for folds: the rest of the report stands.
      problems.notes.append("labels could not be checked: \(error.message)")
    }
  }

  private func heldOutPredictions() throws -> HeldOutPredictions? {
    if let folder = analysis.options.crossValidationPath { return try HeldOutPredictions(folder: folder) }
    guard let references else { return nil }
    progress?(StageProgress("labels", completed: 0, of: 1))
    let held = try HeldOutPredictions(
      references, labels: data.dataset.labels, seed: analysis.options.seed)
    progress?(StageProgress("labels", completed: 1, of: 1))
    return held
  }
}

/// What classifiers say about tracks that they were not fitted to.
struct HeldOutPredictions {
  private(set) var tracks: [LabelIssues.Track] = []
  private(set) var probabilities: [[Double]] = []
  let labels: [String]
  /// Which classifiers, in words.
  let source: String

  /// How often the most probable label is the given one.
  var accuracy: Double {
    let right = zip(tracks, probabilities).count { labels[$1.indexOfLargest] == $0.label }
    return tracks.isEmpty ? 0 : Double(right) / Double(tracks.count)
  }

  /// Fits linear classifiers to summaries of the maps, fold by fold. Throws ``AnalysisError`` for too few tracks.
  init(_ references: ReferenceTracks, labels: [String], seed: UInt64) throws {
    self.labels = labels
    source =
      "linear classifiers on mean, deviation and change of each feature row, each asked about the fold of five that it was not "
      + "fitted to (a cross-validated network hears more: genrelens train --folds, then analyze --cross-validation)"
    tracks = references.clips.map { clip in
      LabelIssues.Track(
        path: clip.path, name: clip.track.name, label: clip.track.label, group: clip.track.group,
        split: clip.track.split?.rawValue)
    }
    probabilities = try LinearClassifier.crossValidatedProbabilities(
      rows: references.summaries, labels: tracks.map(\.label),
      groups: tracks.map { $0.group.map { "group \($0)" } ?? "track \($0.path)" }, classes: labels,
      seed: seed,
      inversePenalty: LabelIssues.inversePenalty)
  }

  /// Reads `predictions.csv` of a folder, or the file itself. Throws for a damaged one.
  init(folder: String) throws {
    let path = folder.hasSuffix(".csv") ? folder : folder + "/predictions.csv"
    source = "the networks of a cross-validation, each asked about the fold that it was not trained on"
    let table = try CSVTable(path: path)
    let columns = table.header.enumerated().filter { $0.element.hasPrefix("p_") }
    labels = columns.map { String($0.element.dropFirst(2)) }
    guard let pathColumn = table.column("path"), let labelColumn = table.column("label"), !columns.isEmpty
    else {
      throw GenreLensError(
        .badInput, "no columns path, label and p_GENRE: not the predictions of a cross-validation", path: path
      )
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
