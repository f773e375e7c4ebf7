import Files

/// What to do with a clip that is shorter than requested.
public enum ShortClip: String, Codable, Sendable, CaseIterable {
  /// Add silence after it, and record how much.
  case pad
  /// Throw `tooShort`.
  case refuse
}
