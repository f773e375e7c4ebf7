public import Analysis
import Foundation
import Statistics

/// The tables of the reproduced founding report.
public struct FoundingTables: Sendable {
  let reproduction: FoundingReproduction
  typealias Cell = TextTable.Cell
  typealias Column = TextTable.Column

  public init(_ reproduction: FoundingReproduction) { self.reproduction = reproduction }

  /// All of them, in the order of the page. Those without measurements are left out.
  public var all: [TextTable] {
    [
      claims, accuracy, directions, mistakes, averageDrop, withoutThreshold, methods, layers, frequencies,
      coherence, samples,
    ]
    .compactMap(\.self)
  }

  /// Long tables only for programs: their names with their texts.
  public var longTables: [(name: String, csv: String)] { [thresholds, curves, removals].compactMap(\.self) }

  /// The possible names of tables.
  public static let names = [
    "claims", "accuracy", "misclassified", "mistakes", "average-drop", "without-threshold", "methods",
    "layers",
    "frequencies", "coherence", "samples",
  ]
  public static let longNames = ["thresholds.csv", "curves.csv", "road.csv"]

  // MARK: - Claims

  var claims: TextTable? {
    TextTable(
      name: "claims", caption: "Claims of the founding report and what was found",
      columns: [
        Column("name", key: "name", isText: true), Column("claim", key: "claim", isText: true),
        Column("found", key: "found", isText: true), Column("control", key: "control", isText: true),
        Column("verdict", key: "verdict", isText: true), Column("rule", key: "rule", isText: true),
      ],
      rows: reproduction.claims.map { claim in
        [
          Cell(claim.name), Cell(claim.claim), Cell(claim.found), Cell(claim.control),
          Cell(claim.verdict.words, raw: claim.verdict.rawValue), Cell(claim.rule),
        ]
      })
  }

  // MARK: - Labels

  var accuracy: TextTable? {
    let report = reproduction.report
    var rows = [row("drawn tracks", report)]
    for label in report.labels {
      guard let scores = report.perClass[label], scores.support > 0, let recall = scores.recall else {
        continue
      }
      let right = Int((recall * Double(scores.support)).rounded())
      rows.append(
        row("\(label) among them", count: scores.support, right: right, recall, scores.recallInterval))
    }
    if let training = reproduction.training {
      rows.append(row("tracks drawn from the training part", training))
    }
    for rule in reproduction.baselines { rows.append(row("drawn tracks, \(rule.name) rule", rule.report)) }
    return TextTable(
      name: "accuracy", caption: "Tracks labelled right, with 95 % intervals",
      columns: [
        Column("on", key: "on", isText: true), Column("tracks", key: "tracks"), Column("right", key: "right"),
        Column("share (%)", key: "share"), Column("from", key: "low"), Column("to", key: "high"),
      ], rows: rows)
  }

  private func row(_ name: String, _ report: ClassificationReport) -> [Cell] {
    row(
      name, count: report.count, right: report.count - report.errorCount, report.accuracy, report.interval)
  }

  private func row(
    _ name: String, count: Int, right: Int, _ share: Double, _ interval: ConfidenceInterval?
  ) -> [Cell] {
    [
      Cell(name), Cell(count), Cell(right), Self.share(share), Self.share(interval?.low),
      Self.share(interval?.high),
    ]
  }

  var directions: TextTable? {
    let report = reproduction.report
    guard !report.directions.isEmpty else { return nil }
    return TextTable(
      name: "misclassified", caption: "Shares of the misclassified tracks",
      columns: [
        Column("true genre", key: "label", isText: true), Column("heard as", key: "predicted", isText: true),
        Column("tracks", key: "tracks"), Column("of all mistakes (%)", key: "share_of_mistakes"),
        Column("of the genre's tracks (%)", key: "share_of_genre"),
      ],
      rows: report.directions.map { direction in
        let support = report.perClass[direction.label]?.support ?? 0
        return [
          Cell(direction.label), Cell(direction.predicted), Cell(direction.count),
          Self.share(direction.share),
          Self.share(support == 0 ? nil : Double(direction.count) / Double(support)),
        ]
      })
  }

  var mistakes: TextTable? {
    guard !reproduction.mistakes.isEmpty else { return nil }
    return TextTable(
      name: "mistakes", caption: "The misclassified tracks, the surest mistakes first",
      columns: [
        Column("track", key: "path", isText: true), Column("true genre", key: "label", isText: true),
        Column("heard as", key: "predicted", isText: true), Column("probability (%)", key: "probability"),
        Column("group", key: "group", isText: true),
      ],
      rows: reproduction.mistakes.map { prediction in
        [
          Cell(prediction.path), Cell(prediction.label), Cell(prediction.predicted),
          Self.share(prediction.confidence), Cell(prediction.group ?? ""),
        ]
      })
  }

  var samples: TextTable? {
    TextTable(
      name: "samples",
      caption: "Tracks in the figures, drawn by seed \(reproduction.seed)",
      columns: [
        Column("figure", key: "figure"), Column("track", key: "path", isText: true),
        Column("true genre", key: "label", isText: true), Column("heard as", key: "predicted", isText: true),
        Column("probability (%)", key: "probability"), Column("from second", key: "start_seconds"),
        Column("group", key: "group", isText: true),
      ],
      rows: reproduction.samples.map { sample in
        [
          Cell(sample.figure), Cell(sample.path), Cell(sample.label), Cell(sample.predicted),
          Self.share(sample.probability), Self.decimals(sample.startSeconds, 2), Cell(sample.group ?? ""),
        ]
      })
  }

  // MARK: - Cells

  /// In percent with one decimal; as a share for programs.
  static func share(_ value: Double?) -> Cell {
    Cell(value.map { String(format: "%.1f", 100 * $0) } ?? "\u{2013}", raw: value.map { "\($0)" } ?? "")
  }

  static func decimals(_ value: Double?, _ count: Int) -> Cell {
    Cell(
      value.map { TickScale.number($0, decimals: count) } ?? "\u{2013}", raw: value.map { "\($0)" } ?? "")
  }

  static func p(_ value: Double?) -> Cell {
    let text = value.map { $0 < 0.001 ? "< 0.001" : String(format: $0 < 0.1 ? "%.3f" : "%.2f", $0) }
    return Cell(text ?? "\u{2013}", raw: value.map { "\($0)" } ?? "")
  }
}
