public import Statistics

/// Faithfulness values item by item, from which figures and comparisons are computed.
///
/// Columns are subjects by metrics; missing values are NaN and are left out. Memory: one number for each item of a column.
public struct FaithfulnessTable: Sendable {
  public typealias Subject = ExplanationBenchmark.Subject

  private struct Column: Hashable {
    let subject: Subject
    let metric: FaithfulnessMetric
  }

  private var columns: [Column: [Double]] = [:]
  private var groups: [FaithfulnessMetric: [String]] = [:]
  /// In the order of first appearance.
  public private(set) var subjects: [Subject] = []
  public private(set) var metrics: [FaithfulnessMetric] = []

  public init() {}

  /// Adds the next item of a subject; nil is missing. All subjects have a metric's items in the same order.
  public mutating func add(_ value: Double?, _ metric: FaithfulnessMetric, of subject: Subject) {
    if !subjects.contains(subject) { subjects.append(subject) }
    if !metrics.contains(metric) { metrics.append(metric) }
    columns[Column(subject: subject, metric: metric), default: []].append(value ?? .nan)
  }

  /// Sets the group of the next item of a metric, once for each item: the bootstrap draws whole groups.
  public mutating func addGroup(_ group: String, to metric: FaithfulnessMetric) {
    groups[metric, default: []].append(group)
  }

  /// The items of a subject, NaN if missing; empty if there are none.
  public func values(_ metric: FaithfulnessMetric, of subject: Subject) -> [Double] {
    columns[Column(subject: subject, metric: metric)] ?? []
  }

  /// Means with intervals, metric by metric; methods are compared with the controls.
  ///
  /// The random control of a subject is the one at its layer, the energy control the one at the input, and each method has its
  /// own shuffled map if that was measured. A method is better if the adjusted p is below 0.05: many methods by many metrics by
  /// three controls are tested, and a table of all of them is one family (Holm 1979).
  public func figures(_ bootstrap: Bootstrap) -> [ExplanationBenchmark.Figure] {
    let places = subjects.flatMap { subject in metrics.map { (subject: subject, metric: $0) } }
      .filter { !values($0.metric, of: $0.subject).isEmpty }
    let rivals = places.map { duels(of: $0.subject, $0.metric, bootstrap) }
    var adjusted = ExactTests.holm(rivals.joined().compactMap { $0.comparison?.p })[...]
    return zip(places, rivals).map { place, duels in
      let (subject, metric) = place
      let kept = finite(values(metric, of: subject), metric)
      var (beats, corrected): ([String: Bool], [String: Double]) = ([:], [:])
      for duel in duels {
        let p = duel.comparison?.p == nil ? nil : adjusted.popFirst()
        let difference = (duel.comparison?.difference ?? 0) * (metric.better == .higher ? 1 : -1)
        (corrected[duel.name], beats[duel.name]) = (p, difference > 0 && (p ?? 1) < 0.05)
      }
      let isTested = takesControls(subject, metric)
      return ExplanationBenchmark.Figure(
        subject: subject, metric: metric, mean: Self.mean(kept.values),
        interval: bootstrap.interval(ofMean: kept.values, groups: kept.groups), count: kept.values.count,
        beats: isTested ? beats : nil, adjustedP: isTested ? corrected : nil)
    }
  }

  private func takesControls(_ subject: Subject, _ metric: FaithfulnessMetric) -> Bool {
    !subject.isControl && metric.hasControls && metric.better != .context
  }

  /// The subject against each of its controls that was measured.
  private func duels(
    of subject: Subject, _ metric: FaithfulnessMetric, _ bootstrap: Bootstrap
  ) -> [(name: String, comparison: ExplanationBenchmark.Comparison?)] {
    guard takesControls(subject, metric) else { return [] }
    return controls(of: subject).filter { !values(metric, of: $0.subject).isEmpty }.map {
      ($0.name, comparison(metric, subject, $0.subject, bootstrap))
    }
  }

  /// The subject's controls: its shuffled map, and the others at its own layer or, where there is none, at the input.
  private func controls(of subject: Subject) -> [(name: String, subject: Subject)] {
    let controls = subjects.filter { $0.isControl && !$0.isShuffled }
    let general = Set(controls.map(\.method)).sorted().compactMap { name -> (String, Subject)? in
      let named = controls.filter { $0.method == name }
      let control = named.first { $0.layer == subject.layer } ?? named.first { $0.layer == "input" }
      return control.map { (name, $0) }
    }
    return general + [("shuffled-map", subject.shuffled)]
  }

  /// Compares two subjects item by item; nil if they share no item.
  public func comparison(
    _ metric: FaithfulnessMetric, _ first: Subject, _ second: Subject, _ bootstrap: Bootstrap
  ) -> ExplanationBenchmark.Comparison? {
    let pairs = zip(values(metric, of: first), values(metric, of: second))
    let differences = finite(pairs.map { Self.difference($0, $1, metric) }, metric)
    guard let mean = Self.mean(differences.values) else { return nil }
    let good = metric.better == .higher ? 1.0 : -1.0
    let wins = differences.values.count { $0 * good > 0 }
    let losses = differences.values.count { $0 * good < 0 }
    let groups = differences.groups ?? differences.values.indices.map(String.init)
    return ExplanationBenchmark.Comparison(
      metric: metric, first: first, second: second, difference: mean,
      interval: bootstrap.interval(ofMean: differences.values, groups: differences.groups), wins: wins,
      losses: losses, ties: differences.values.count - wins - losses,
      p: GroupedMean(differences.values, groups: groups)?.p)
  }

  /// The values that are there, with their groups.
  private func finite(
    _ values: [Double], _ metric: FaithfulnessMetric
  ) -> (values: [Double], groups: [String]?) {
    let present = values.indices.filter { values[$0].isFinite }
    guard let names = groups[metric], names.count == values.count else {
      return (present.map { values[$0] }, nil)
    }
    return (present.map { values[$0] }, present.map { names[$0] })
  }

  /// 0 where two values differ by no more than the rounding of the passes that they come from, so that two equal maps tie.
  private static func difference(_ first: Double, _ second: Double, _ metric: FaithfulnessMetric) -> Double {
    let rounding = max(1e-5 * max(abs(first), abs(second)), metric.isPercent ? 1e-3 : 0)
    return abs(first - second) <= rounding ? 0 : first - second
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
