import Files
import Statistics

/// How alike pairs of explanation maps are: Spearman's rank correlation of their cells, over many tracks.
public struct MapAgreement: Sendable, Codable, Hashable {
  /// Pairs with a correlation.
  public let count: Int
  /// Pairs without: a map whose cells are all equal, or too short an overlap.
  public let undefinedCount: Int
  public let mean: Double
  /// The 25 % point, linear between neighbours.
  public let lowerQuartile: Double
  public let median: Double
  /// The 75 % point.
  public let upperQuartile: Double

  /// nil where no pair has a correlation.
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

/// Where the moments of a changed sound lie in the sound it was made from: moment u of the sound is moment `(u - start) / rate`
/// of the changed one.
public struct TimeMapping: Sendable, Hashable {
  /// Where the changed sound begins, as a share of the map's whole length.
  public let start: Double
  /// Length of the sound that a unit of the changed one is made from.
  public let rate: Double

  /// Nothing moves.
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

  /// Spearman's rank correlation with the map of the changed sound, which is moved back in time first, over the columns that
  /// both maps have.
  ///
  /// Column j of n stands for the stretch around `(j + 1/2) / n` of the window; the other map's value there is taken linearly
  /// between the centres of its two columns around it, and columns without two such neighbours are left out. nil for fewer than
  /// three columns and where one map's cells are all equal. Traps on other numbers of bins or frames.
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
