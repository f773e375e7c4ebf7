package import Datasets
package import Models

/// What a figure counts.
package enum EvaluatedUnit: String, Sendable, Hashable {
  case recording, picture

  /// What labels are.
  package var labelNouns: String { self == .picture ? "classes" : "genres" }

  package init(of model: GenreModel) { self = model.pictureSpec == nil ? .recording : .picture }
}

/// The part of a data set that a figure describes.
public struct EvaluatedPart: Sendable {
  public let selection: ClipSelection
  /// What is counted.
  package let unit: EvaluatedUnit
  /// Number of its recordings, or pictures.
  public let count: Int
  /// Number of recordings of the data set in genres that the model knows.
  public let total: Int
  /// Whether the data set itself defines the part of each recording; otherwise it was divided as in the model's training.
  public let isStated: Bool

  package init(_ selection: ClipSelection, of dataset: Dataset, for model: GenreModel, count: Int) {
    (self.selection, self.count, isStated) = (selection, count, dataset.isSplit)
    unit = EvaluatedUnit(of: model)
    total = dataset.clips.filter { model.labels.contains($0.label) }.recordingCount
  }

  /// `train`, `valid`, `test` or `all`.
  public var name: String {
    if case .split(let split) = selection { split.rawValue } else { "all" }
  }

  /// For example "of the test part: 24 of 160 recordings; --split all takes all of them"; nil if all were judged.
  public var words: String? {
    guard selection != .all else { return nil }
    let divided = isStated ? "" : ", divided as in the model's training"
    return
      "of the \(name) part: \(count) of \(total) \(unit.rawValue)s\(divided); --split all takes all of them"
  }
}
