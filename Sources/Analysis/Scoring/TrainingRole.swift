import Audio
import Datasets
import Files
import Models
import Tensors

/// What a recording was to a model.
public enum TrainingRole: String, Sendable, Codable, Hashable {
  /// The model's weights were fitted to it.
  case trained
  /// It was among those that chose the epoch.
  case choseEpoch = "chose-epoch"
  /// It is proved that it was neither.
  case neither
  /// Nothing proves what it was.
  case unknown

  /// For example "this file trained the model"; nil where it is not known to have made the model.
  public var words: String? {
    switch self {
    case .trained: "this file trained the model"
    case .choseEpoch: "this file chose the model's epoch"
    case .neither, .unknown: nil
    }
  }
}
