public import Files

/// How the founding report is done again.
public struct FoundingOptions: Sendable, Hashable {
  /// Draws tracks and samples, and seeds what is random in the measures.
  public var seed: UInt64 = 1
  /// Tracks that are drawn, half of them of each genre.
  public var trackCount = 200
  /// Resamples of each interval.
  public var resampleCount = 1000

  public init() {}

  /// Throws ``CodedError`` for numbers without a meaning.
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
