public import Analysis
import Files
import Statistics

/// The tables of a benchmark of questions, as Markdown.
public struct QuestionTables: Sendable {
  private let benchmark: QuestionBenchmark

  public init(_ benchmark: QuestionBenchmark) { self.benchmark = benchmark }

  private var kinds: [PictureQuestionList.Kind?] { benchmark.answers.map(\.kind) }

  public var markdown: String {
    var text = "Right answers, with 95 % intervals over the \(benchmark.pictureCount.counted("picture")):\n\n"
    text += Self.table(
      header: ["questions", "number", "right"],
      benchmark.answers.map { answers in
        [
          answers.kind?.words ?? "all", "\(answers.count)",
          Self.percent(answers.share, answers.interval),
        ]
      })
    text +=
      "\nThe map's largest value is in the shape (percent of the questions; a random place: \(Self.percent(benchmark.area))):\n\n"
    text += Self.table(header: ["map", "layer"] + kinds.map { $0?.words ?? "all" }, hitRows)
    text += "\nThe same questions, all kinds:\n\n"
    text += Self.table(
      header: [
        "map", "layer", "hits more than on another picture", "share of the map in the shape",
        "maps without a positive value",
        "likeness to the map without a question",
      ], otherRows)
    return text + "\n" + benchmark.notes.map { "- \($0)\n" }.joined()
  }

  private var subjects: [QuestionBenchmark.Pointing] { benchmark.pointing.filter { $0.kind == nil } }

  private var hitRows: [[String]] {
    subjects.map { subject in
      [Self.name(subject), subject.layer]
        + kinds.map { kind in
          let found = benchmark.pointing.first {
            $0.kind == kind && $0.method == subject.method && $0.layer == subject.layer
              && $0.control == subject.control
          }
          return found.map { Self.percent($0.share, $0.interval) } ?? ""
        }
    }
  }

  private var otherRows: [[String]] {
    subjects.filter { $0.control == nil }.map { subject in
      let likeness = benchmark.likeness.first { $0.method == subject.method && $0.layer == subject.layer }
      return [
        subject.method, subject.layer,
        subject.aboveOtherPicture.map { Self.percent($0, subject.aboveOtherPictureInterval) } ?? "",
        subject.inside.map { Self.percent($0, subject.insideInterval) } ?? "", "\(subject.empty)",
        likeness.map { Self.number($0.toNoQuestion, $0.interval) } ?? "",
      ]
    }
  }

  private static func name(_ subject: QuestionBenchmark.Pointing) -> String {
    guard let control = subject.control else { return subject.method }
    return "*\(subject.method.isEmpty ? "" : subject.method + ": ")\(control.rawValue)*"
  }

  private static func percent(_ share: Double, _ interval: ConfidenceInterval? = nil) -> String {
    let bounds =
      interval.map { " (\((100 * $0.low).decimalText(1)), \((100 * $0.high).decimalText(1)))" } ?? ""
    return (100 * share).decimalText(1) + bounds
  }

  private static func number(_ value: Double, _ interval: ConfidenceInterval?) -> String {
    value.decimalText(2) + (interval.map { " (\($0.low.decimalText(2)), \($0.high.decimalText(2)))" } ?? "")
  }

  private static func table(header: [String], _ rows: [[String]]) -> String {
    ([header, header.map { _ in "---" }] + rows)
      .map { "|" + $0.map { $0.isEmpty ? " " : " \($0) " }.joined(separator: "|") + "|\n" }.joined()
  }
}
