public import Features
import Files
import Foundation
public import Models

/// The identity of a training: two trainings with the same identity give the same model, byte for byte.
public struct TrainingIdentity: Codable, Sendable, Hashable {
  public var configuration: TrainingConfiguration
  /// Class names in the order of the logits.
  public var labels: [String]
  /// Examples to train on and to validate on.
  public var trainCount: Int
  public var validCount: Int
  /// How the maps were computed, if that is known, and the source of that information.
  public var features: FeatureSpec?
  public var origin: FeatureOrigin?
  /// How pictures became inputs; nil for maps.
  public var pictures: PictureSettings?
  /// A hash of the examples' maps and labels, in order.
  public var data: String
  /// The model that the training begins with, without its name; nil for random weights.
  public var base: BaseModel?
  /// Version of GenreLens.
  public var software: String

  public init(
    configuration: TrainingConfiguration, labels: [String], trainCount: Int, validCount: Int,
    features: FeatureSpec? = nil, origin: FeatureOrigin? = nil, pictures: PictureSettings? = nil,
    data: String, base: BaseModel? = nil, software: String
  ) {
    self.pictures = pictures
    self.configuration = configuration
    self.labels = labels
    (self.trainCount, self.validCount) = (trainCount, validCount)
    (self.features, self.origin, self.data) = (features, origin, data)
    self.base = base?.identity
    self.software = software
  }

  /// Why a training of identity `other`, after so many epochs, cannot continue as this one, in one clause; nil when it can.
  ///
  /// `patience` may change, and `epochs` to any number not below those that are done, where the schedule does not
  /// depend on it. Everything else must be the same.
  func objection(toResuming other: TrainingIdentity, epochsDone: Int) -> String? {
    if other.software != software { return "it was begun by version \(other.software), this is \(software)" }
    var known = other.configuration
    known.patience = configuration.patience
    if !configuration.schedule.dependsOnEpochs, configuration.epochs >= epochsDone {
      known.epochs = configuration.epochs
    }
    if known != configuration {
      return "\(Self.difference(known, configuration)): the settings must be the same"
    }
    if other.labels != labels {
      return "its classes are \(other.labels.joined(separator: ", ")), here \(labels.joined(separator: ", "))"
    }
    if (other.trainCount, other.validCount) != (trainCount, validCount) {
      return "its data set has \(other.trainCount) + \(other.validCount) windows to train and validate on, "
        + "this one \(trainCount) + \(validCount)"
    }
    if (other.features, other.origin) != (features, origin) {
      let differences = features.flatMap { other.features?.differences(from: $0) } ?? []
      return "its maps are \(Self.words(other.features, other.origin)), here \(Self.words(features, origin))"
        + (differences.isEmpty ? "" : " (\(differences.joined(separator: "; ")))")
    }
    if other.pictures != pictures { return "its pictures became inputs in another way" }
    if other.base != base {
      return "it began with \(Self.words(other.base)), this one with \(Self.words(base))"
    }
    return other.data == data ? nil : "its data set has other maps or labels than this one"
  }

  private static func words(_ features: FeatureSpec?, _ origin: FeatureOrigin?) -> String {
    features.map { $0.words + (origin == .stated ? ", as stated" : "") } ?? "of unknown origin"
  }

  private static func words(_ base: BaseModel?) -> String {
    guard let base else { return "random weights" }
    let model = "the model \(base.hash.prefix(8))"
    return base.layer.map { "the features of \(model) at \($0)" } ?? "the weights of \(model)"
  }

  /// The first key that differs, with both values.
  private static func difference(_ first: TrainingConfiguration, _ second: TrainingConfiguration) -> String {
    func fields(_ configuration: TrainingConfiguration) -> [String: Any] {
      let json = (try? JSONDocument.encodeVerbatim(configuration)) ?? []
      return (try? JSONSerialization.jsonObject(with: Data(json))) as? [String: Any] ?? [:]
    }
    return difference(fields(first), fields(second), at: "") ?? "its settings differ"
  }

  private static func difference(_ first: Any, _ second: Any, at key: String) -> String? {
    if let first = first as? [String: Any], let second = second as? [String: Any] {
      for name in Set(first.keys).union(second.keys).sorted() {
        let path = key.isEmpty ? name : "\(key).\(name)"
        let found = difference(first[name] ?? "none", second[name] ?? "none", at: path)
        if let found { return found }
      }
      return nil
    }
    let texts = (String(describing: first), String(describing: second))
    return texts.0 == texts.1 ? nil : "\(key) is \(texts.0) there and \(texts.1) here"
  }
}
