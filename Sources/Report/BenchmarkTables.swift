public import Analysis
import Files
import Foundation
import Statistics

/// A benchmark of explanations as tables: rows for CSV files, and a Markdown page to read.
///
/// A method that is not shown to be better than a control (paired difference, p corrected for all such comparisons) is
/// marked: † the random map, ‡ the energy map, § the values of its own map in random places.
public struct BenchmarkTables: Sendable {
  private let benchmark: ExplanationBenchmark

  public init(_ benchmark: ExplanationBenchmark) {
    self.benchmark = benchmark
  }

  // MARK: - CSV

  public static let figureHeader = [
    "method", "layer", "control", "metric", "better", "mean", "low", "high", "count", "beats_random",
    "beats_energy", "beats_shuffled", "p_random", "p_energy", "p_shuffled",
  ]
  /// ``figureHeader``, for pictures with the comparison with their middle.
  public var figureColumns: [String] {
    Self.figureHeader + (benchmark.isOfPictures ? ["beats_center", "p_center"] : [])
  }
  /// One row for each figure.
  public var figureRows: [[String]] {
    let isOfPictures = benchmark.isOfPictures
    return benchmark.figures.map { figure in
      let row = [
        figure.subject.method, figure.subject.layer, figure.subject.isControl ? "yes" : "no",
        figure.metric.name, figure.metric.better.rawValue, Self.number(figure.mean),
        Self.number(figure.interval?.low), Self.number(figure.interval?.high), "\(figure.count)",
        Self.answer(figure.beats?["random-map"]), Self.answer(figure.beats?["energy-map"]),
        Self.answer(figure.beats?["shuffled-map"]), Self.number(figure.adjustedP?["random-map"]),
        Self.number(figure.adjustedP?["energy-map"]), Self.number(figure.adjustedP?["shuffled-map"]),
      ]
      guard isOfPictures else { return row }
      return row + [
        Self.answer(figure.beats?["center-map"]), Self.number(figure.adjustedP?["center-map"]),
      ]
    }
  }

  public static let comparisonHeader = [
    "layer", "metric", "better", "first", "second", "difference", "low", "high", "wins", "losses", "ties",
    "win_percent", "p", "adjusted_p",
  ]
  /// One row for each pair of methods at one layer and each metric.
  public var comparisonRows: [[String]] {
    benchmark.comparisons.map { comparison in
      let count = comparison.wins + comparison.losses + comparison.ties
      return [
        comparison.first.layer, comparison.metric.name, comparison.metric.better.rawValue,
        comparison.first.method, comparison.second.method, Self.number(comparison.difference),
        Self.number(comparison.interval?.low), Self.number(comparison.interval?.high), "\(comparison.wins)",
        "\(comparison.losses)", "\(comparison.ties)",
        Self.number(100 * Double(comparison.wins) / Double(max(1, count))), Self.number(comparison.p),
        Self.number(comparison.adjustedP),
      ]
    }
  }

  public static let randomizationHeader = [
    "method", "layer", "randomized_down_to", "spearman", "spearman_of_magnitudes", "ssim",
  ]
  /// One row for each stage of the parameter-randomisation check.
  public var randomizationRows: [[String]] {
    benchmark.randomization.map { stage in
      [
        stage.subject.method, stage.subject.layer, stage.layer, Self.number(stage.signedRank),
        Self.number(stage.absoluteRank), Self.number(stage.structure),
      ]
    }
  }

  private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
  private static func answer(_ value: Bool?) -> String { value.map { $0 ? "yes" : "no" } ?? "" }

  // MARK: - Markdown

  /// Facts, a table for each group of metrics, Grad-CAM against Grad-CAM++, and the notes.
  public var markdown: String {
    var text = "# How faithful the explanations are\n\n| | |\n|---|---|\n"
    for fact in benchmark.facts { text += "| \(fact.name) | \(Self.cell(fact.value)) |\n" }
    text += """

      Means with 95 % bootstrap intervals in brackets. † is not shown to be better than a random map at the same layer, ‡ \
      than the energy map (the input's own magnitude), § than the values of the same map in random places, which keep as \
      much\(benchmark.isOfPictures ? ", ¶ than a spot in the middle of the picture" : ""): the paired difference is tested by Student's t over groups, and p is corrected for all \
      \(benchmark.controlTestCount) such comparisons (Holm). *Italic* rows are these controls. ↑ high values are good, ↓ low ones.

      """
    for (title, prefixes) in benchmark.isOfPictures ? Self.pictureGroups : Self.groups {
      let metrics = benchmark.metrics.filter { metric in prefixes.contains { metric.name.hasPrefix($0) } }
      if !metrics.isEmpty { text += "\n## \(title)\n\n" + table(metrics) }
    }
    text += shuffledTable
    text += comparison(of: "grad-cam", with: "grad-cam++")
    text += flags
    if !benchmark.notes.isEmpty {
      text += "\n## Notes\n\n" + benchmark.notes.map { "- \(Self.cell($0))\n" }.joined()
    }
    return text
  }

  private static let groups = [
    ("Average Drop and kept share", ["average-drop", "kept"]),
    ("Increase in Confidence", ["increase"]),
    ("Average Gain", ["average-gain"]),
    ("Insertion, deletion, ROAD, infidelity", ["insertion", "deletion", "road", "infidelity"]),
    ("Max-sensitivity, occlusion", ["max-sensitivity", "occlusion"]),
    ("Spliced clips of two genres: is the evidence where the genre is?", ["pointing", "inside", "overlap"]),
    ("All parameters randomised: is the map still there?", ["randomized"]),
  ]

  private static let pictureGroups = groups.flatMap { group -> [(String, [String])] in
    guard group.1.contains("pointing") else { return [group] }
    return [
      ("Halves of two pictures: is the evidence where the class is?", group.1),
      ("Marked objects: is the evidence in them?", ["object"]),
    ]
  }

  private func table(_ metrics: [FaithfulnessMetric]) -> String {
    var text = "| method | layer |"
    for metric in metrics { text += " \(metric.title)\(Self.arrow(metric)) |" }
    text += "\n|---|---|" + String(repeating: "---|", count: metrics.count) + "\n"
    for subject in benchmark.subjects where !subject.isShuffled {
      let cells = metrics.map { cell(benchmark.figure($0, of: subject)) }
      guard cells.contains(where: { !$0.isEmpty }) else { continue }
      let name = subject.isControl ? "*\(subject.method)*" : subject.method
      text += "| \(name) | \(Self.cell(subject.layer)) | " + cells.joined(separator: " | ") + " |\n"
    }
    return text
  }

  private func cell(_ figure: ExplanationBenchmark.Figure?) -> String {
    guard let figure, let mean = figure.mean else { return "" }
    let isPercent = figure.metric.isPercent
    var text = Self.short(mean, isPercent)
    if let interval = figure.interval, figure.metric.better != .context {
      text += " (\(Self.short(interval.low, isPercent)), \(Self.short(interval.high, isPercent)))"
    }
    if figure.beats?["random-map"] == false { text += " †" }
    if figure.beats?["energy-map"] == false { text += " ‡" }
    if figure.beats?["shuffled-map"] == false { text += " §" }
    if figure.beats?["center-map"] == false { text += " ¶" }
    return text
  }

  /// Average Drop of each map beside that of its own values in random places.
  private var shuffledTable: String {
    let metrics = benchmark.metrics.filter { $0.name.hasPrefix("average-drop") }
    let subjects = benchmark.subjects.filter { benchmark.subjects.contains($0.shuffled) }
    guard !metrics.isEmpty, !subjects.isEmpty else { return "" }
    var text = "\n## Average Drop against the same map's values in random places\n\n| method | layer |"
    for metric in metrics { text += " \(metric.title) ↓ | shuffled |" }
    text += "\n|---|---|" + String(repeating: "---|---|", count: metrics.count) + "\n"
    for subject in subjects {
      text += "| \(subject.method) | \(Self.cell(subject.layer)) |"
      for metric in metrics {
        let figures = [subject, subject.shuffled].map { benchmark.figure(metric, of: $0) }
        let means = figures.map { $0?.mean.map { Self.short($0, true) } ?? "" }
        let mark = figures[0]?.beats?["shuffled-map"] == false ? " §" : ""
        text += " \(means[0])\(mark) | \(means[1]) |"
      }
      text += "\n"
    }
    return text
  }

  private func comparison(of first: String, with second: String) -> String {
    let rows = benchmark.comparisons.compactMap { comparison -> ExplanationBenchmark.Comparison? in
      let names = (comparison.first.method, comparison.second.method)
      if names == (first, second) { return comparison }
      return names == (second, first) ? comparison.reversed : nil
    }
    guard !rows.isEmpty else { return "" }
    var text = """

      ## \(first) against \(second), \(benchmark.isOfPictures ? "picture by picture" : "clip by clip")

      | layer | metric | \(first) | \(second) | difference | p, corrected for \(benchmark.comparisons.count) | \(first) better | \(second) better | equal |
      |---|---|---|---|---|---|---|---|---|

      """
    for row in rows {
      let isPercent = row.metric.isPercent
      let means = [row.first, row.second].map {
        benchmark.figure(row.metric, of: $0)?.mean.map { Self.short($0, isPercent) } ?? ""
      }
      var difference = Self.short(row.difference, isPercent)
      if let interval = row.interval {
        difference += " (\(Self.short(interval.low, isPercent)), \(Self.short(interval.high, isPercent)))"
      }
      let count = Double(max(1, row.wins + row.losses + row.ties))
      let shares = [row.wins, row.losses, row.ties].map { Self.short(100 * Double($0) / count, true) + " %" }
      text +=
        "| \(Self.cell(row.first.layer)) | \(row.metric.title)\(Self.arrow(row.metric)) | \(means[0]) | \(means[1]) | "
        + "\(difference) | \(row.adjustedP.map(Self.p) ?? "") | \(shares.joined(separator: " | ")) |\n"
    }
    return text
  }

  private var flags: String {
    guard !benchmark.flags.isEmpty else { return "" }
    var text = "\n## Flags\n\n| method | layer | flag | maps |\n|---|---|---|---|\n"
    for flag in benchmark.flags {
      text += "| \(flag.subject.method) | \(Self.cell(flag.subject.layer)) | \(flag.flag) | \(flag.count) |\n"
    }
    return text
  }

  private static func arrow(_ metric: FaithfulnessMetric) -> String {
    switch metric.better {
    case .higher: " ↑"
    case .lower: " ↓"
    case .context: ""
    }
  }

  private static func short(_ value: Double, _ isPercent: Bool) -> String {
    TickScale.number(value, decimals: isPercent ? 1 : 3)
  }

  private static func p(_ value: Double) -> String {
    value < 0.001 ? "< 0.001" : TickScale.number(value, decimals: value < 0.1 ? 3 : 2)
  }

  private static func cell(_ text: String) -> String {
    text.singleLine.replacingScalars { $0 == "|" ? "\\|" : nil }
  }
}

extension ExplanationBenchmark.Comparison {
  /// The same with the two methods exchanged.
  fileprivate var reversed: Self {
    Self(
      metric: metric, first: second, second: first, difference: -difference,
      interval: interval.map { ConfidenceInterval(low: -$0.high, high: -$0.low) }, wins: losses,
      losses: wins, ties: ties, p: p, adjustedP: adjustedP)
  }
}
