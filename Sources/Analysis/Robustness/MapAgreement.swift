import Files
import Statistics

/// The similarity of pairs of explanation maps: Spearman's rank correlation of their cells, over many tracks.
public struct MapAgreement: Sendable, Codable, Hashable {
  /// Number of pairs with a correlation.
  public let count: Int
  /// Number of pairs without one, because a map's cells are all equal or the overlap is too short.
  public let undefinedCount: Int
  public let mean: Double
  /// The 25 % quantile, interpolated linearly.
  public let lowerQuartile: Double
  public let median: Double
  /// The 75 % quantile.
  public let upperQuartile: Double

  /// nil if no pair has a correlation.
  public init?(_ correlations: [Double?]) {
    let known = correlations.compactMap(\.self).filter(\.isFinite).sorted()
    guard !known.isEmpty else { return nil }
    count = known.count
    undefinedCount = correlations.count - known.count
    mean = known.reduce(0, +) / Double(known.count)
    lowerQuartile = Bootstrap.quantile(0.25, of: known)
    median = Bootstrap.quantile(0.5, of: known)
    upperQuartile = Bootstrap.quantile(0.75, of: known)
  }
}

/// The correspondence in time between an altered sound and its original: moment u of the original is moment `(u - start) / rate`
/// of the altered sound.
public struct TimeMapping: Sendable, Hashable {
  /// Where the altered sound begins, as a share of the map's whole length.
  public let start: Double
  /// Length of the original sound from which a unit of the altered one is made.
  public let rate: Double

  /// No change in time.
  public static let identity = TimeMapping(start: 0, rate: 1)

  /// Traps unless the rate is positive and both are finite.
  public init(start: Double, rate: Double) {
    demand(rate > 0 && rate.isFinite && start.isFinite, "start \(start), rate \(rate)")
    (self.start, self.rate) = (start, rate)
  }
}

extension MapGrid {
  /// Columns that an overlap must have for a correlation.
  static let fewestColumns = 3

  /// Spearman's rank correlation with the map of the altered sound, which is first aligned in time, over the columns that both
  /// maps have.
  ///
  /// Column j of n represents the section around `(j + 1/2) / n` of the window; the other map's value there is interpolated
  /// linearly between the centres of its two neighbouring columns, and columns without two such neighbours are left out. nil for
  /// fewer than three columns and if one map's cells are all equal. Traps if the numbers of bins or frames differ.
  public func rankCorrelation(with other: MapGrid, moved mapping: TimeMapping = .identity) -> Double? {
    demand(
      binCount == other.binCount && frameCount == other.frameCount,
      "maps [\(binCount), \(frameCount)] and [\(other.binCount), \(other.frameCount)]")
    guard mapping != .identity else {
      return frameCount < Self.fewestColumns ? nil : spearmanCorrelation(values, other.values)
    }
    let (count, last) = (Double(frameCount), frameCount - 1)
    var (own, others): ([Float], [Float]) = ([], [])
    var columns = 0
    for column in 0..<frameCount {
      let place = (Double(column) + 0.5 - mapping.start * count) / mapping.rate - 0.5
      guard place >= 0, place <= Double(last) else { continue }
      columns += 1
      let first = min(Int(place), max(0, last - 1))
      let (next, share) = (min(first + 1, last), Float(place - Double(first)))
      for bin in 0..<binCount {
        own.append(self[bin, column])
        others.append((1 - share) * other[bin, first] + share * other[bin, next])
      }
    }
    return columns < Self.fewestColumns ? nil : spearmanCorrelation(own, others)
  }
}
