public import Audio
import Files

/// A sound file, or a section of one.
public struct SoundInput: Sendable, Hashable, Codable {
  public var path: String
  /// nil is the whole file.
  public var segment: SoundSegment?

  public init(path: String, segment: SoundSegment? = nil) { (self.path, self.segment) = (path, segment) }

  /// The path, with the section if there is one.
  public var name: String { segment.map { "\(path) \($0)" } ?? path }
}
