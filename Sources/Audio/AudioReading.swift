import Files

/// What was read of a sound file.
public struct AudioReading: Sendable, Hashable {
  /// A file for which the key holds gives the same samples; nil unless it was asked for.
  public var contentKey: ContentKey?
  /// What was noticed on the way; of a file that was not read to its end, up to there.
  public var notes: [AudioNote]
  /// How long the sound is, where it was read to its end.
  public var seconds: Double?
  /// What became of the channels in their mean; nil where nothing was averaged.
  public var balance: ChannelBalance?

  public init(contentKey: ContentKey? = nil, notes: [AudioNote] = []) {
    (self.contentKey, self.notes) = (contentKey, notes)
  }
}
