import Files

/// A measure of the faithfulness of maps; the name is its key in files.
public struct FaithfulnessMetric: Sendable, Hashable, Codable {
  /// Whether high or low values are good.
  public enum Direction: String, Sendable, Codable {
    case higher
    case lower
    /// Neither: it helps to interpret the others.
    case context
  }

  /// For example "average-drop hadamard".
  public let name: String
  /// The heading for tables.
  public let title: String
  public let better: Direction
  /// Whether values are percentages.
  public let isPercent: Bool
  /// Whether controls can be measured with it and must be beaten.
  public let hasControls: Bool

  init(
    _ name: String, _ title: String, _ better: Direction, isPercent: Bool = false, hasControls: Bool = true
  ) {
    (self.name, self.title, self.better) = (name, title, better)
    (self.isPercent, self.hasControls) = (isPercent, hasControls)
  }

  public static func averageDrop(_ mask: String) -> Self {
    Self("average-drop \(mask)", "Average Drop, \(mask)", .lower, isPercent: true)
  }
  public static func increase(_ mask: String) -> Self {
    Self("increase \(mask)", "Increase in Confidence, \(mask)", .higher, isPercent: true)
  }
  public static func averageGain(_ mask: String) -> Self {
    Self("average-gain \(mask)", "Average Gain, \(mask)", .higher, isPercent: true)
  }
  public static func keptShare(_ mask: String) -> Self {
    Self("kept \(mask)", "kept, \(mask)", .context, isPercent: true)
  }
  public static let insertion = Self("insertion", "Insertion AUC", .higher)
  public static let deletion = Self("deletion", "Deletion AUC", .lower)
  public static let road = Self("road", "ROAD (LeRF - MoRF) / 2", .higher)
  public static let infidelity = Self("infidelity", "Infidelity (unexplained share)", .lower)
  public static let maxSensitivity = Self(
    "max-sensitivity", "Max-sensitivity", .lower, hasControls: false)
  public static let occlusionCorrelation = Self(
    "occlusion-correlation", "Rank correlation with occlusion", .higher)
  public static let pointing = Self("pointing", "Pointing game", .higher, isPercent: true)
  public static let insideEnergy = Self("inside-energy", "Inside energy", .higher, isPercent: true)
  public static let overlap = Self("overlap", "IoU over time", .higher, isPercent: true)
  public static let columnOverlap = Self("overlap", "IoU over columns", .higher, isPercent: true)
  /// In the objects that people have marked.
  public static let objectPointing = Self(
    "object-pointing", "Pointing game", .higher, isPercent: true)
  public static let objectEnergy = Self("object-energy", "Inside energy", .higher, isPercent: true)
  public static func objectOverlap(above level: Float) -> Self {
    let percent = Int((100 * level).rounded())
    return Self("object-overlap-\(percent)", "IoU above \(percent) %", .higher, isPercent: true)
  }
  public static let objectEqualOverlap = Self(
    "object-overlap", "IoU at the objects' area", .higher, isPercent: true)
  public static let objectsFound = Self(
    "objects-found", "Objects found, of several", .higher, isPercent: true)
  /// What chance gives in pointing and inside energy.
  public static let objectArea = Self("object-area", "area (chance)", .context, isPercent: true)
  /// The fully randomised network compared with the trained one.
  public static let randomizedRank = Self(
    "randomized-rank", "Rank correlation, all parameters randomised", .context, hasControls: false)
  public static let randomizedAbsoluteRank = Self(
    "randomized-absolute-rank", "the same, of magnitudes", .lower, hasControls: false)
  public static let randomizedStructure = Self(
    "randomized-ssim", "SSIM, all parameters randomised", .lower, hasControls: false)
}
