public import Analysis
public import Explanation
public import Files
public import Models
import Report

/// The files of a benchmark of questions.
public struct QuestionReport: Sendable {
  public let benchmark: QuestionBenchmark
  /// The tables for readers, as Markdown.
  public let markdown: String
  /// `questions.json`: all figures.
  public let json: String
  /// `answers.csv`: a line for each question, with its answer and the hits of each map.
  public let answers: String
  /// `tables.md`.
  public let tables: String
}

extension GenreModel {
  /// Asks all questions of a list, explains every answer, and counts how often the maps peak in the shape of the picture; writes
  /// `questions.json`, `answers.csv` and `tables.md` into a folder.
  ///
  /// ```swift
  /// let list = try PictureQuestionList(path: "test/questions.json", pictures: "test/images")
  /// let report = try model.benchmarkQuestions(list, methods: [MethodAtLayer(.gradCAM)], output: "Output/questions")
  /// print(report.markdown)
  /// ```
  ///
  /// The same seed gives the same result. Throws as ``Analysis/QuestionMeasuring/run(on:)`` does.
  public func benchmarkQuestions(
    _ list: PictureQuestionList, methods: [MethodAtLayer], seed: UInt64 = 0, output folder: String,
    job: Job = Job()
  ) throws -> QuestionReport {
    try WrittenFiles.questions(into: folder).requireApart(from: [list.path])
    var measuring = QuestionMeasuring(model: self, methods: methods, seed: seed, job: job)
    let benchmark = try measuring.run(on: list)
    let stage = try StagedFolder(folder)
    let markdown = QuestionTables(benchmark).markdown
    let names = benchmark.pointing.filter { $0.kind == nil && $0.control == nil }.map {
      "hit_\($0.method)_\($0.layer)"
    }
    let rows = measuring.outcomes.map { outcome in
      [
        outcome.item.picture, outcome.item.question, outcome.item.kind.rawValue, outcome.item.answer,
        outcome.predicted, "\(outcome.probability)",
      ] + outcome.hits.map { $0 ? "1" : "0" }
    }
    try stage.fill { path in
      try CSVTable.write(
        header: ["picture", "question", "kind", "answer", "predicted", "probability"] + names, rows: rows,
        to: path + "/answers.csv")
      try writeText(markdown, to: path + "/tables.md")
      try writeJSON(benchmark, to: path + "/questions.json")
    }
    try stage.publish(last: "questions.json")
    return QuestionReport(
      benchmark: benchmark, markdown: markdown, json: folder + "/questions.json",
      answers: folder + "/answers.csv", tables: folder + "/tables.md")
  }
}
