import Audio
import Files

/// The role of a clip: used for fitting, for choosing, or for the report.
public enum Split: String, Sendable, Codable, CaseIterable, Hashable {
  case train
  case valid
  case test

  /// Reads a name as written in data sets, including `training`, `val`, `validation`, `testing`. Case does not matter.
  public init?(name: String) {
    switch name.lowercased() {
    case "train", "training": self = .train
    case "valid", "val", "validation": self = .valid
    case "test", "testing": self = .test
    default: return nil
    }
  }
}
