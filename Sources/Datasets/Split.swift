import Audio
import Files

/// The part a clip plays: fitted on, chosen by, or reported on once.
public enum Split: String, Sendable, Codable, CaseIterable, Hashable {
  case train
  case valid
  case test

  /// Reads a name as data sets write it: also `training`, `val`, `validation`, `testing`. Case does not matter.
  public init?(name: String) {
    switch name.lowercased() {
    case "train", "training": self = .train
    case "valid", "val", "validation": self = .valid
    case "test", "testing": self = .test
    default: return nil
    }
  }
}
