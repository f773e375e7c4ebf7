public import Files

/// How to reproduce the founding report.
public struct FoundingOptions: Sendable, Hashable {
  /// Seed for drawing tracks and samples and for the random parts of the measures.
  public var seed: UInt64 = 1
  /// Number of tracks drawn, half from each genre.
  public var trackCount = 200
  /// Number of resamples for each interval.
  public var resampleCount = 1000

  public init() {}

  /// Throws ``CodedError`` for invalid numbers.
  public func validate() throws(CodedError) {
    guard (2...100_000).contains(trackCount), trackCount.isMultiple(of: 2) else {
      throw CodedError(
        .usage, "the number of tracks must be even, 2 to 100000, half of each genre, not \(trackCount)")
    }
    guard (1...1_000_000).contains(resampleCount) else {
      throw CodedError(.usage, "\(resampleCount) resamples: choose 1 to 1000000")
    }
  }
}
