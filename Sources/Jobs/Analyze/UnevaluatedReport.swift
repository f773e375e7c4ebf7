import Analysis
import Datasets
import Files
import Models
import Report

/// The report on a set of which nothing can be evaluated: what the model hears in it, what may be wrong with the data, and
/// what was left out.
struct UnevaluatedReport {
  let model: GenreModel
  let dataset: Dataset
  let selection: ClipSelection
  let options: AnalysisOptions

  func write(because error: CodedError, to folder: String, job: Job) throws {
    let strangers = UnknownGenres(in: dataset, for: model, selection)
    var result = AnalysisResult(
      title: options.title, report: .nothing(labels: model.labels), predictions: [],
      dataFacts: [.init("Data set", dataset.path), .init("Tracks", Self.counts(dataset))],
      modelFacts: [.init("Genres", model.labels.joined(separator: ", "))], leftOut: strangers.leftOut,
      notes: options.notes + ["\(error.message): nothing could be evaluated."])
    result.notes += try heard(strangers.clips, job)
    if options.checksData {
      let report = try DatasetCheck().run(dataset, job: job)
      result.dataProblems = DataProblems(findings: report.findings.map { DataProblems.Finding($0) })
    }
    try ReportWriter().write(result, pictures: [:], to: folder)
  }

  /// What the model takes the chosen clips of unknown genres for, one line for each genre.
  private func heard(_ clips: [Clip], _ job: Job) throws -> [String] {
    guard !clips.isEmpty else { return [] }
    let reader = try RecordingReader(dataset: dataset, model: model)
    let hearing = try RecordingHearing(model, reader: reader, scorer: WindowScorer(model: model))
    var counts: [String: [Int]] = [:]
    let recordings = Recording.recordings(of: clips)
    try hearing.run(recordings, stage: "hearing", job: job) { index, result in
      if let heard = try? result.get() {
        let label = recordings[index].clip.label
        counts[label, default: model.labels.map { _ in 0 }][heard.scores.predicted] += 1
      }
    }
    return counts.sorted { $0.key < $1.key }.map { label, heard in
      let parts = zip(model.labels, heard).filter { $1 > 0 }.map { "\($0) \($1)" }
      return "\(label), which the model does not know, is heard as: \(parts.joined(separator: ", "))."
    }
  }

  private static func counts(_ dataset: Dataset) -> String {
    let counts = Dictionary(grouping: dataset.clips, by: \.label).mapValues(\.count)
    return counts.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined(separator: ", ")
  }
}
