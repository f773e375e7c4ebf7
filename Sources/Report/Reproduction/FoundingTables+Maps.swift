import Analysis
import Files
import Foundation
import Statistics

/// The tables of what maps were measured by.
extension FoundingTables {
  private typealias Subject = ExplanationBenchmark.Subject

  private var benchmark: ExplanationBenchmark { reproduction.benchmark }

  /// Methods at their layers, each above its own values in random places, then the other controls.
  private var subjects: [Subject] {
    let methods = benchmark.subjects.filter { !$0.isControl }
    return methods.flatMap { [$0, $0.shuffled] }
      + benchmark.subjects.filter { $0.isControl && !$0.isShuffled }
  }

  private static func methodWords(_ key: String) -> String { ExplanationBenchmark.methodWords(key) }

  private static func name(_ subject: Subject) -> [Cell] {
    [
      Cell(subject.words + (subject.isControl ? " (control)" : ""), raw: subject.method),
      Cell(subject.layer),
    ]
  }

  private static let nameColumns = [
    Column("method", key: "method", isText: true), Column("layer", key: "layer", isText: true),
  ]

  /// Mean, interval and whether it is better than the map's own values in random places.
  private func cells(_ metric: FaithfulnessMetric, of subject: Subject) -> [Cell] {
    let figure = benchmark.figure(metric, of: subject)
    let decimals = metric.isPercent ? 1 : 3
    return [figure?.mean, figure?.interval?.low, figure?.interval?.high].map { Self.decimals($0, decimals) }
  }

  private static func columns(_ title: String, _ key: String) -> [Column] {
    [Column(title, key: key), Column("from", key: key + "_low"), Column("to", key: key + "_high")]
  }

  /// Average Drop at the report's thresholds, with what the masks keep.
  var averageDrop: TextTable? {
    let levels = FoundingClaims.levels
    let columns = levels.flatMap { level in
      Self.columns("Average Drop, threshold \(level) (%)", "drop_\(level)") + [
        Column("kept (%)", key: "kept_\(level)"),
        Column("costs less than shuffled", key: "beats_shuffled_\(level)", isText: true),
      ]
    }
    let rows = subjects.map { subject in
      Self.name(subject)
        + levels.flatMap { level -> [Cell] in
          let metric = FaithfulnessMetric.averageDrop("threshold-\(level)")
          let kept = benchmark.figure(.keptShare("threshold-\(level)"), of: subject)?.mean
          let answer = benchmark.figure(metric, of: subject)?.beats?["shuffled-map"]
          return cells(metric, of: subject) + [Self.decimals(kept, 1), Self.answer(answer)]
        }
    }
    guard !rows.isEmpty else { return nil }
    return TextTable(
      name: "average-drop",
      caption:
        "Average Drop by layer at the report's thresholds, with 95 % intervals; low values are good, and a mask that keeps much costs little whatever it shows. Shuffled: the map's own values in random places, which keep equally much (p corrected)",
      columns: Self.nameColumns + columns, rows: rows)
  }

  private static func answer(_ value: Bool?) -> Cell {
    Cell(value.map { $0 ? "yes" : "not shown" } ?? "", raw: value.map { $0 ? "yes" : "no" } ?? "")
  }

  /// What needs no threshold.
  var withoutThreshold: TextTable? {
    let metrics: [(title: String, key: String, metric: FaithfulnessMetric)] = [
      ("Average Drop, Hadamard (%)", "drop_hadamard", .averageDrop("hadamard")),
      ("Average Drop, all thresholds (%)", "drop_all", .averageDrop(FoundingClaims.allThresholds)),
      ("insertion AUC (high is good)", "insertion", .insertion),
      ("deletion AUC (low is good)", "deletion", .deletion),
      ("ROAD (high is good)", "road", .road),
    ]
    let measured = metrics.filter { benchmark.metrics.contains($0.metric) }
    let rows = subjects.filter { !$0.isShuffled || measured.contains { $0.key.hasPrefix("drop") } }
      .map { subject in Self.name(subject) + measured.flatMap { cells($0.metric, of: subject) } }
    guard !rows.isEmpty, !measured.isEmpty else { return nil }
    return TextTable(
      name: "without-threshold",
      caption: "The maps without a hand-picked threshold, with 95 % intervals over groups",
      columns: Self.nameColumns + measured.flatMap { Self.columns($0.title, $0.key) }, rows: rows)
  }

  /// Grad-CAM against Grad-CAM++.
  var methods: TextTable? {
    let rows = benchmark.comparisons.filter {
      Set([$0.first.method, $0.second.method]) == ["grad-cam", "grad-cam++"]
    }
    guard !rows.isEmpty else { return nil }
    return TextTable(
      name: "methods",
      caption:
        "Grad-CAM against Grad-CAM++, track by track; p by Student's t over groups, corrected for \(benchmark.comparisons.count) comparisons",
      columns: [Column("layer", key: "layer", isText: true)]
        + Self.pairColumns("first method", "second method"),
      rows: rows.map { row in [Cell(row.first.layer)] + Self.pair(row, row.first.method, row.second.method) })
  }

  /// Layers of one method against each other.
  var layers: TextTable? {
    let rows = reproduction.layers
    guard !rows.isEmpty else { return nil }
    return TextTable(
      name: "layers",
      caption:
        "Convolutions against each other, track by track; p by Student's t over groups, corrected for \(rows.count) comparisons",
      columns: [Column("method", key: "method", isText: true)]
        + Self.pairColumns("first layer", "second layer"),
      rows: rows.map { row in
        [Cell(Self.methodWords(row.first.method), raw: row.first.method)]
          + Self.pair(row, row.first.layer, row.second.layer)
      })
  }

  private static func pairColumns(_ first: String, _ second: String) -> [Column] {
    [
      Column("measure", key: "measure", isText: true), Column(first, key: "first", isText: true),
      Column(second, key: "second", isText: true), Column("first less second", key: "difference"),
      Column("from", key: "low"), Column("to", key: "high"), Column("first better in", key: "wins"),
      Column("second better in", key: "losses"), Column("p", key: "adjusted_p"),
      Column("shown to be better", key: "better", isText: true),
    ]
  }

  private static func pair(
    _ row: ExplanationBenchmark.Comparison, _ first: String, _ second: String
  ) -> [Cell] {
    let decimals = row.metric.isPercent ? 1 : 3
    let better = row.showsFirst ? first : row.showsSecond ? second : nil
    return [
      Cell(row.metric.words, raw: row.metric.name), Cell(methodWords(first), raw: first),
      Cell(methodWords(second), raw: second),
      Self.decimals(row.difference, decimals), Self.decimals(row.interval?.low, decimals),
      Self.decimals(row.interval?.high, decimals), Cell(row.wins), Cell(row.losses), p(row.adjustedP),
      Cell(
        row.metric.better == .context ? "" : better.map(methodWords) ?? "not shown", raw: better ?? ""),
    ]
  }

  // MARK: - Frequencies and mistakes

  var frequencies: TextTable? {
    guard let evidence = reproduction.frequencies else { return nil }
    let columns = [
      Column("evidence", key: "reading", isText: true), Column("tracks", key: "tracks", isText: true),
      Column("number", key: "count"),
    ]
    let shares = [
      ("below 250 Hz (%)", "low"), ("250 to 2 000 Hz (%)", "middle"), ("above 2 000 Hz (%)", "high"),
    ]
    let row = { (name: Cell, label: String, row: FrequencyEvidence.Row) -> [Cell] in
      [name, Cell(label), Cell(row.count)]
        + [row.low, row.middle, row.high].flatMap { estimate in
          [estimate.mean, estimate.interval?.low, estimate.interval?.high].map { Self.share($0) }
        }
    }
    let rows =
      evidence.readings.flatMap { reading in
        let name = Cell(
          ExplanationBenchmark.mapWords(reading.method, reading.layer),
          raw: "\(reading.method) at \(reading.layer)")
        return reading.rows.map { row(name, $0.label, $0) }
          + reading.controls.map { row(name, reading.controlName($0), $0) }
      } + evidence.sound.map { row(Cell("the sound itself"), $0.label, $0) }
    return TextTable(
      name: "frequencies",
      caption: "Where in frequency the evidence of correct tracks lies, on the mel axis, with 95 % intervals",
      columns: columns + shares.flatMap { Self.columns($0.0, $0.1) }, rows: rows)
  }

  var coherence: TextTable? {
    let rows = reproduction.coherence.flatMap { reading in
      reading.directions.map { direction in
        [
          Cell(reading.subject), Cell(direction.label), Cell(direction.predicted),
          Cell("\(direction.mistakes.nearerToPredicted) of \(direction.mistakes.count)"),
          Cell("\(direction.correct.nearerToPredicted) of \(direction.correct.count)"),
          Self.p(direction.adjustedP),
          Cell(direction.answer.rawValue.replacing("-", with: " "), raw: direction.answer.rawValue),
        ]
      }
    }
    guard !rows.isEmpty else { return nil }
    return TextTable(
      name: "coherence",
      caption:
        "Do misclassified tracks look like the genre that they were heard as? Tracks nearer to it than to their own; p by permutation, corrected for all rows",
      columns: [
        Column("compared by", key: "reading", isText: true), Column("true genre", key: "label", isText: true),
        Column("heard as", key: "predicted", isText: true),
        Column("mistakes nearer to it", key: "mistakes_nearer"),
        Column("correct tracks nearer to it (control)", key: "correct_nearer"),
        Column("p", key: "adjusted_p"),
        Column("answer", key: "answer", isText: true),
      ], rows: rows)
  }

  // MARK: - Long tables

  var thresholds: (name: String, csv: String)? {
    let sweep = reproduction.sweep
    guard !sweep.curves.isEmpty else { return nil }
    let rows = sweep.curves.flatMap { curve in
      sweep.levels.indices.map { index in
        [
          curve.subject.method, curve.subject.layer, curve.subject.isControl ? "yes" : "no",
          "\(sweep.levels[index])", "\(curve.drops[index])", "\(curve.kept[index])",
        ]
      }
    }
    let header = ["method", "layer", "control", "threshold", "average_drop", "kept"]
    return ("thresholds.csv", CSVText.encode(header: header, rows: rows))
  }

  var curves: (name: String, csv: String)? {
    let courses = reproduction.sweep.courses
    guard !courses.isEmpty else { return nil }
    let rows = courses.flatMap { course in
      course.shares.indices.map { index in
        [
          course.subject.method, course.subject.layer, course.subject.isControl ? "yes" : "no",
          "\(course.shares[index])", "\(course.insertion[index])", "\(course.deletion[index])",
        ]
      }
    }
    let header = ["method", "layer", "control", "share", "insertion", "deletion"]
    return ("curves.csv", CSVText.encode(header: header, rows: rows))
  }

  var removals: (name: String, csv: String)? {
    let removals = reproduction.sweep.removals
    guard !removals.isEmpty else { return nil }
    let rows = removals.flatMap { removal in
      removal.shares.indices.map { index in
        [
          removal.subject.method, removal.subject.layer, removal.subject.isControl ? "yes" : "no",
          "\(removal.shares[index])", "\(removal.mostRelevantFirst[index])",
          "\(removal.leastRelevantFirst[index])",
        ]
      }
    }
    let header = ["method", "layer", "control", "share", "most_relevant_first", "least_relevant_first"]
    return ("road.csv", CSVText.encode(header: header, rows: rows))
  }
}
