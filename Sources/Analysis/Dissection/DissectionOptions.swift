public import Files

/// How channels are named.
public struct DissectionOptions: Sendable, Hashable {
  /// The layer; nil is the last convolution, or what class activation maps explain otherwise.
  public var layer: String?
  /// The share of a channel's activations that count as a response.
  public var share = 0.005
  /// How often the concepts of groups are exchanged.
  public var exchangeCount = 200
  /// Resamples of the groups for the intervals.
  public var resampleCount = 200
  /// A name is given where the corrected p is at most this.
  public var level = 0.05
  /// A name is given where the agreement, from 0 for chance to 1 for the highest possible one, is at least this.
  public var leastAgreement = 0.05
  /// Most windows of a group, evenly spaced.
  public var windowsPerGroup = 16
  /// This many recordings or pictures, drawn with the seed; nil takes all.
  public var limit: Int?
  /// Of the exchanges, the resamples, the order of the groups and the weights of the control network.
  public var seed: UInt64 = 0
  /// A folder of folders of masks, one for each concept: `MASKS/CONCEPT/PICTURE.png`, white where it is.
  public var masks: String?

  public init() {}

  /// Throws ``CodedError`` `usage` for values that make no sense.
  public func validate() throws(CodedError) {
    guard share > 0, share < 1 else {
      throw CodedError(.usage, "a share of \(share) of the activations: choose one between 0 and 1")
    }
    guard (20...10_000).contains(exchangeCount), (0...10_000).contains(resampleCount) else {
      throw CodedError(.usage, "\(exchangeCount) exchanges: choose 20 to 10000")
    }
    guard (1...1000).contains(windowsPerGroup), limit ?? 1 > 0 else {
      throw CodedError(.usage, "the numbers of windows and recordings must be 1 or more")
    }
    guard (0...1).contains(level), (0...1).contains(leastAgreement) else {
      throw CodedError(.usage, "the level and the least agreement are between 0 and 1")
    }
  }
}
