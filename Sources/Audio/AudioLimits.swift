import Files

/// The limits beyond which a sound file is refused: length fields and headers are never trusted.
public struct AudioLimits: Sendable, Equatable {
  /// Largest number of channels.
  public var maximumChannels = 8
  /// Accepted sample rates, in Hz.
  public var sampleRatesHz = 1_000...384_000
  /// Most seconds of sound that one call may keep in memory; streams are not limited.
  public var maximumSeconds = 7_200.0

  public init() {}

  /// Throws `unsupported` when a header is outside these limits.
  func check(sampleRateHz: Int, channelCount: Int, path: String) throws(CodedError) {
    guard sampleRatesHz.contains(sampleRateHz) else {
      throw CodedError(
        .unsupported,
        "sample rate \(sampleRateHz) Hz is outside \(sampleRatesHz.lowerBound) to \(sampleRatesHz.upperBound) Hz",
        path: path)
    }
    guard (1...maximumChannels).contains(channelCount) else {
      throw CodedError(
        .unsupported, "\(channelCount) channels, at most \(maximumChannels) are supported", path: path)
    }
  }
}
