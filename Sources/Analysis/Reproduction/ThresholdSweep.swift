import Files

/// Maps measured without a hand-picked threshold: Average Drop at each of many thresholds, and the probability while cells are
/// inserted or deleted in the map's order and while they are imputed from their neighbours (ROAD).
public struct ThresholdSweep: Sendable, Codable, Hashable {
  /// For one method at one layer, or one control: means over the tracks in percent, level by level.
  public struct Curve: Sendable, Codable, Hashable {
    public let subject: ExplanationBenchmark.Subject
    /// Average Drop.
    public let drops: [Double]
    /// Share of the input that is kept.
    public let kept: [Double]

    public init(subject: ExplanationBenchmark.Subject, drops: [Double], kept: [Double]) {
      (self.subject, self.drops, self.kept) = (subject, drops, kept)
    }
  }

  /// Mean probabilities of the explained class while cells are inserted or deleted.
  public struct Course: Sendable, Codable, Hashable {
    public let subject: ExplanationBenchmark.Subject
    /// Shares of the cells, from 0 to 1.
    public let shares: [Double]
    public let insertion: [Double]
    public let deletion: [Double]

    public init(
      subject: ExplanationBenchmark.Subject, shares: [Double], insertion: [Double], deletion: [Double]
    ) {
      (self.subject, self.shares) = (subject, shares)
      (self.insertion, self.deletion) = (insertion, deletion)
    }
  }

  /// Mean probabilities of the explained class while shares of the cells are imputed from their neighbours, as ROAD does.
  public struct Removal: Sendable, Codable, Hashable {
    public let subject: ExplanationBenchmark.Subject
    /// Shares of the cells that are imputed.
    public let shares: [Double]
    /// With the most relevant cells removed first.
    public let mostRelevantFirst: [Double]
    /// With the least relevant cells removed first.
    public let leastRelevantFirst: [Double]

    public init(
      subject: ExplanationBenchmark.Subject, shares: [Double], mostRelevantFirst: [Double],
      leastRelevantFirst: [Double]
    ) {
      (self.subject, self.shares) = (subject, shares)
      (self.mostRelevantFirst, self.leastRelevantFirst) = (mostRelevantFirst, leastRelevantFirst)
    }
  }

  /// Heat from 0 to 255; cells above it are kept.
  public let levels: [Int]
  public let curves: [Curve]
  public let courses: [Course]
  public let removals: [Removal]

  /// Traps unless each curve has a value for each level.
  public init(levels: [Int], curves: [Curve], courses: [Course], removals: [Removal] = []) {
    demand(
      curves.allSatisfy { $0.drops.count == levels.count && $0.kept.count == levels.count },
      "curves of \(curves.map(\.drops.count)) values for \(levels.count) levels")
    (self.levels, self.curves, self.courses, self.removals) = (levels, curves, courses, removals)
  }

  /// Every tenth level from 0 to 250.
  public static let usualLevels = Array(stride(from: 0, through: 250, by: 10))
}
