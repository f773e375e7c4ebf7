/// Values of faithfulness item by item, from which figures and comparisons are made.
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

  /// Adds the next item of a subject; nil is missing. All subjects take a metric's items in one order.
  public mutating func add(_ value: Double?, _ metric: FaithfulnessMetric, of subject: Subject) {
    if !subjects.contains(subject) { subjects.append(subject) }
    if !metrics.contains(metric) { metrics.append(metric) }
    columns[Column(subject: subject, metric: metric), default: []].append(value ?? .nan)
  }

  /// Names the group of the next item of a metric, once for each item: groups are what the bootstrap draws.
  public mutating func addGroup(_ group: String, to metric: FaithfulnessMetric) {
    groups[metric, default: []].append(group)
  }

  /// The items of a subject, NaN where missing; empty where there are none.
  public func values(_ metric: FaithfulnessMetric, of subject: Subject) -> [Double] {
    columns[Column(subject: subject, metric: metric)] ?? []
  }

  /// Means with intervals, metric by metric; methods are held against the controls.
  ///
  /// The random control of a subject is the one at its layer, the energy control the one at the input, and each method has
  /// its own shuffled map where that was measured.
  public func figures(_ bootstrap: Bootstrap) -> [ExplanationBenchmark.Figure] {
    subjects.flatMap { subject in
      metrics.compactMap { metric -> ExplanationBenchmark.Figure? in
        let values = values(metric, of: subject)
        guard !values.isEmpty else { return nil }
        let kept = finite(values, metric)
        var beats: [String: Bool]?
        if !subject.isControl, metric.hasControls, metric.better != .context {
          let rivals = controls(of: subject).filter { !self.values(metric, of: $0.subject).isEmpty }
          beats = Dictionary(
            uniqueKeysWithValues: rivals.map {
              ($0.name, isBetter(subject, than: $0.subject, metric, bootstrap))
            })
        }
        return ExplanationBenchmark.Figure(
          subject: subject, metric: metric, mean: Self.mean(kept.values),
          interval: bootstrap.interval(ofMean: kept.values, groups: kept.groups), count: kept.values.count,
          beats: beats)
      }
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

  private func isBetter(
    _ subject: Subject, than control: Subject, _ metric: FaithfulnessMetric, _ bootstrap: Bootstrap
  ) -> Bool {
    guard let comparison = comparison(metric, subject, control, bootstrap) else { return false }
    guard let interval = comparison.interval else { return false }
    return metric.better == .higher ? interval.low > 0 : interval.high < 0
  }

  /// Two subjects, item by item; nil where they share no item.
  public func comparison(
    _ metric: FaithfulnessMetric, _ first: Subject, _ second: Subject, _ bootstrap: Bootstrap
  ) -> ExplanationBenchmark.Comparison? {
    let pairs = zip(values(metric, of: first), values(metric, of: second))
    let differences = finite(pairs.map { $0 - $1 }, metric)
    guard let mean = Self.mean(differences.values) else { return nil }
    let good = metric.better == .higher ? 1.0 : -1.0
    let wins = differences.values.count { $0 * good > 0 }
    let losses = differences.values.count { $0 * good < 0 }
    return ExplanationBenchmark.Comparison(
      metric: metric, first: first, second: second, difference: mean,
      interval: bootstrap.interval(ofMean: differences.values, groups: differences.groups), wins: wins,
      losses: losses, ties: differences.values.count - wins - losses)
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

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
