import Files
import Foundation

/// The paths of the files that a training writes along with its model.
public struct OutputPaths: Sendable, Hashable {
  /// The model file.
  public let model: String

  public init(model: String) {
    self.model = model
  }

  /// The model's path without `.safetensors`.
  public var stem: String {
    hasEnding(model, ".safetensors") ? withoutExtension(model) : model
  }

  /// One JSON object per epoch.
  public var historyLines: String { stem + ".history.jsonl" }
  /// The same as a table.
  public var historyTable: String { stem + ".history.csv" }
  /// The picture of the learning curve.
  public var curve: String { stem + ".curve.png" }
  /// The model card.
  public var card: String { stem + ".md" }
  /// The folder of TensorBoard's event files, unless another one is named.
  public var tensorBoard: String { stem + ".tensorboard" }
  /// The state of the training in progress; removed once the model is written.
  public var trainingState: String { stem + ".training-state" }
  /// All that are files.
  package var files: [String] { [model, historyLines, historyTable, curve, card, trainingState] }
  /// The model's name without folder and extension.
  public var name: String { lastName(stem) }
}
