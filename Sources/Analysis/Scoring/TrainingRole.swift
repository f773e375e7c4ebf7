import Audio
import Datasets
import Files
import Models
import Tensors

/// How a model used a recording.
public enum TrainingRole: String, Sendable, Codable, Hashable {
  /// The model's weights were fitted to it.
  case trained
  /// It was used to choose the epoch.
  case choseEpoch = "chose-epoch"
  /// It is proved to be neither.
  case neither
  /// Its role cannot be determined.
  case unknown

  /// For example "this file trained the model"; nil if it is not known to have been used for the model.
  public var words: String? {
    switch self {
    case .trained: "this file trained the model"
    case .choseEpoch: "this file chose the model's epoch"
    case .neither, .unknown: nil
    }
  }
}
