import Files

/// A note together with its file.
public struct FileNote: Codable, Sendable, Hashable, CustomStringConvertible {
  public var path: String
  public var note: AudioNote

  public init(path: String, _ note: AudioNote) { (self.path, self.note) = (path, note) }

  public var description: String { "\(path): \(note.message)" }
}
