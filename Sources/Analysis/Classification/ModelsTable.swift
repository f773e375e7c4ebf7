import Audio
import Datasets
import Files
import Models

/// The same for several models: whether they agree, then, for one model after another, class, probability, the probability of
/// each class, and how the model used the file.
public struct ModelsTable: Sendable {
  public let header: [String]
  private let labels: [[String]]

  public init(_ models: [NamedModel]) {
    labels = models.map(\.model.labels)
    header =
      TrackTable.inputHeader + ["agree"]
      + models.flatMap { model in
        ["label_\(model.name)", "probability_\(model.name)"]
          + model.model.labels.map { "p_\(model.name)_\($0)" } + ["training_\(model.name)"]
      }
  }

  public func row(of track: ComparedTrack) -> [String] {
    TrackTable.inputFields(track.input) + [track.agree ? "yes" : "no"]
      + zip(track.verdicts, labels).flatMap { verdict, labels in
        [verdict.label, "\(verdict.probabilities[verdict.label] ?? 0)"]
          + labels.map { "\(verdict.probabilities[$0] ?? 0)" }
          + [(verdict.training ?? .unknown).rawValue]
      }
  }
}
