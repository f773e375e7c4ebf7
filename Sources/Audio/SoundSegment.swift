import Files

/// A section of a sound file, in seconds: `startSeconds ..< endSeconds`.
///
/// At a sample rate it is samples `round(start rate) ..< round(end rate)` of the whole sound at that rate.
public struct SoundSegment: Sendable, Hashable, Codable {
  public let startSeconds: Double
  /// nil is the end of the sound.
  public let endSeconds: Double?

  /// Traps unless `0 <= start < end`.
  public init(startSeconds: Double, endSeconds: Double? = nil) {
    demand(
      startSeconds >= 0 && startSeconds < endSeconds ?? .infinity,
      "a segment from \(startSeconds) to \(endSeconds ?? .infinity) s")
    (self.startSeconds, self.endSeconds) = (startSeconds, endSeconds)
  }

  /// Whether the two have some sound in common.
  public func overlaps(_ other: SoundSegment) -> Bool {
    startSeconds < other.endSeconds ?? .infinity && other.startSeconds < endSeconds ?? .infinity
  }

  /// The samples of the segment in a sound at a rate, at most `Int.max`.
  public func samples(atHz rate: Int) -> Range<Int> {
    let first = Self.sample(at: startSeconds, rateHz: rate)
    return first..<max(first, endSeconds.map { Self.sample(at: $0, rateHz: rate) } ?? .max)
  }

  /// The sample at a second, rounded to the nearest: the start of a window.
  public static func sample(at seconds: Double, rateHz: Int) -> Int {
    Int(exactly: (seconds * Double(rateHz)).rounded()) ?? .max
  }
}

extension SoundSegment: CustomStringConvertible {
  /// For example `12.0-15.0 s`, or `12.0 s to the end`.
  public var description: String {
    endSeconds.map { "\(startSeconds)-\($0) s" } ?? "\(startSeconds) s to the end"
  }
}
