public import Audio
public import Datasets
import Features
package import Files

extension Dataset {
  /// Reads a data set as `Dataset.load(_:)` does, with the user's statement about a feature file's maps.
  ///
  /// - Parameters:
  ///   - spec: the name of a specification, or a YAML file (``FeatureSpec/resolved(_:)``); nil states nothing.
  ///   - mix: how the channels of sound are mixed; nil leaves that to the model.
  ///   - needsLabels: see `Dataset.load(_:needsLabels:)`.
  ///
  /// Throws ``CodedError`` `usage` if a specification is stated for sound, or if maps were made with another mix of channels;
  /// ``CodedError`` if the maps cannot be what is stated.
  public static func load(
    _ path: String, stating spec: String?, hearing mix: ChannelMix? = nil, needsLabels: Bool = true
  ) throws -> Dataset {
    let dataset = try loaded(path, stating: spec, needsLabels: needsLabels)
    guard let mix, let store = try dataset.featureStore(), store.spec?.mono != mix else { return dataset }
    throw CodedError(
      .usage,
      "--mono \(mix.rawValue) is for sound; these are feature maps"
        + (store.spec.map { ", made with --mono \($0.mono.rawValue)" } ?? " of unknown origin"), path: path)
  }

  /// Throws where a place for the features of sound is named and the data set has features already.
  package func refuseFeaturePlace(_ place: String?) throws(CodedError) {
    guard let place, featuresPath != nil else { return }
    throw CodedError(
      .usage, "\(place) would hold the features of sound; these are feature maps already", path: path)
  }
}

private func loaded(_ path: String, stating spec: String?, needsLabels: Bool) throws -> Dataset {
  guard let spec else { return try .load(path, needsLabels: needsLabels) }
  let stated = try FeatureSpec.resolved(spec)
  let dataset = try Dataset.load(path, needsLabels: needsLabels)
  guard dataset.featuresPath != nil else {
    throw CodedError(
      .usage,
      "--spec states how the maps of a feature file were computed; of sound, the model's file says what it hears",
      path: path)
  }
  return try dataset.stating(stated)
}
