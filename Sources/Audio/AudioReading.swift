import Files

/// What was read from a sound file.
public struct AudioReading: Sendable, Hashable {
  /// A file that matches this key gives the same samples; nil unless it was requested.
  public var contentKey: ContentKey?
  /// Problems noticed while reading; if the file was not read to its end, those up to that point.
  public var notes: [AudioNote]
  /// The length of the sound, if it was read to its end.
  public var seconds: Double?
  /// How much of the channels' power their mean keeps; nil if nothing was averaged.
  public var balance: ChannelBalance?

  public init(contentKey: ContentKey? = nil, notes: [AudioNote] = []) {
    (self.contentKey, self.notes) = (contentKey, notes)
  }
}
