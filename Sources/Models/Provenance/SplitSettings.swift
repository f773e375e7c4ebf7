import Features

/// How a data set without splits is split.
public struct SplitSettings: Codable, Sendable, Hashable {
  /// Share of the clips used to choose the epoch.
  public var validFraction = 0.1
  /// Share of the clips kept for testing.
  public var testFraction = 0.1
  /// Seed of the split; nil is the training's seed.
  public var seed: UInt64?

  public init() {}

  /// The setting that no division can be made with, and the end of a sentence that begins with it; nil when all can.
  package var problem: (key: String, message: String)? {
    for (key, share) in [("split.validFraction", validFraction), ("split.testFraction", testFraction)]
    where !(share >= 0 && share < 1) { return (key, "must be at least 0 and below 1, not \(share)") }
    guard validFraction + testFraction < 1 else {
      return (
        "split.testFraction",
        "and the other share take all clips: validFraction and testFraction must sum to less than 1"
      )
    }
    return nil
  }
}
