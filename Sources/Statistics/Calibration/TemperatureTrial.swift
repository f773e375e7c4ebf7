public import Files

/// A temperature and its benefit on tracks to which it was not fitted.
///
/// A temperature always lowers the log loss of the tracks it is fitted on; a small or easy validation part gives one that makes
/// other tracks worse. So it is tested by cross-validation: groups (artists, albums; otherwise recordings) are divided into ten
/// folds, the temperature of the other folds is applied to each fold, and the reduction in log loss is averaged, with the
/// interval of ``GroupedMean``. The temperature of all tracks is worth keeping if that interval is above 0.
public struct TemperatureTrial: Sendable, Codable, Hashable {
  /// Fitted on all tracks.
  public let scaling: TemperatureScaling
  /// Number of folds; no group is divided between them.
  public let foldCount: Int
  public let groupCount: Int
  /// Whether groups are known; otherwise each recording is one.
  public let isGrouped: Bool
  /// The quality of the probabilities as given, and with the temperature of the other folds.
  public let before: TemperatureScaling.Figures
  public let heldOut: TemperatureScaling.Figures
  /// Mean reduction of the held-out log loss in nats; negative if it increases.
  public let gain: Double
  /// Its 95 % interval over groups; nil for fewer than two.
  public let gainInterval: ConfidenceInterval?
  /// Whether the interval is above 0 and the fit did not end at a bound.
  public let isWorthwhile: Bool
  /// The number by which logits should be divided: the fitted temperature if it is worthwhile, otherwise 1.
  public let temperature: Double

  /// - Parameters:
  ///   - probabilities: `[window][class]`.
  ///   - labels: indices of the true classes.
  ///   - groups: for each window the group that must stay together.
  ///   - recordings: for each window the index of its recording, each of which weighs the same; nil if each row is a track.
  ///   - isGrouped: whether these are artists or albums, for the wording.
  ///
  /// Throws ``CodedError`` as ``TemperatureScaling``. Traps unless there is one group, and one recording, for each window.
  public init(
    probabilities: [[Double]], labels: [Int], groups: [String], recordings: [Int]? = nil,
    isGrouped: Bool, folds: Int = 10
  ) throws(CodedError) {
    demand(groups.count == probabilities.count && folds > 1, "groups, windows and folds")
    let scaling = try TemperatureScaling(
      probabilities: probabilities, labels: labels, recordings: recordings)
    let recordings = recordings ?? Array(probabilities.indices)
    let weights = TemperatureScaling.weights(recordings)
    let rows = probabilities.map(TemperatureScaling.logarithms)
    let fold = Self.folds(of: groups, recordings, count: folds)
    var inverses = [Double](repeating: 1, count: rows.count)
    for number in Set(fold).sorted() {
      let others = rows.indices.filter { fold[$0] != number }
      // A single group has no others: nothing is known of its temperature.
      guard !others.isEmpty else { continue }
      let inverse = TemperatureScaling.fit(
        others.map { rows[$0] }, others.map { labels[$0] }, others.map { weights[$0] }
      ).inverse
      for index in rows.indices where fold[index] == number { inverses[index] = inverse }
    }
    let gains = rows.indices.map { index in
      TemperatureScaling.loss(rows[index], labels[index], inverse: 1)
        - TemperatureScaling.loss(rows[index], labels[index], inverse: inverses[index])
    }
    // Of each recording the mean of its windows.
    let members = Dictionary(grouping: rows.indices) { recordings[$0] }.values
    let mean = GroupedMean(
      members.map { own in own.map { gains[$0] }.orderlessSum / Double(own.count) },
      groups: members.map { groups[$0[0]] })
    (self.scaling, self.isGrouped) = (scaling, isGrouped)
    (foldCount, groupCount) = (Set(fold).count, mean?.groupCount ?? 0)
    before = scaling.before
    heldOut = TemperatureScaling.figures(rows, labels, weights, inverses: inverses)
    (gain, gainInterval) = (mean?.mean ?? 0, mean?.interval)
    isWorthwhile = !scaling.isAtBound && (mean?.interval?.low ?? 0) > 0
    temperature = isWorthwhile ? scaling.temperature : 1
  }

  /// Groups in the order of their recordings, those of most first, dealt there and back; equal ones by name.
  private static func folds(of groups: [String], _ recordings: [Int], count: Int) -> [Int] {
    let sizes = Dictionary(grouping: groups.indices) { groups[$0] }
      .mapValues { own in Set(own.map { recordings[$0] }).count }
    let order = sizes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var fold: [String: Int] = [:]
    for (place, group) in order.enumerated() {
      let (round, seat) = (place / count, place % count)
      fold[group.key] = round % 2 == 0 ? seat : count - 1 - seat
    }
    return groups.map { fold[$0] ?? 0 }
  }
}
