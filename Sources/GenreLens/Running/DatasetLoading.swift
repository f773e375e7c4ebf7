public import Datasets
import Features

/// Reads a data set as ``Dataset/load(_:)`` does, with what the user knows of a feature file's maps.
///
/// - Parameter spec: the name of a specification, or a YAML file (``FeatureSpec/resolved(_:)``); nil states nothing.
///
/// Throws ``GenreLensError`` `usage` where something is stated of sound, ``DatasetError`` where the maps cannot be that.
public func loadDataset(_ path: String, stating spec: String?) throws -> Dataset {
  guard let spec else { return try .load(path) }
  let stated = try FeatureSpec.resolved(spec)
  let dataset = try Dataset.load(path)
  guard dataset.featuresPath != nil else {
    throw GenreLensError(
      .usage,
      "--spec states how the maps of a feature file were computed; of sound, the model's file says what it hears",
      path: path)
  }
  return try dataset.stating(stated)
}

/// Throws where a place for the features of sound is named and the data set has features already.
func refuseFeaturePlace(_ path: String?, of dataset: Dataset) throws(GenreLensError) {
  guard let path, dataset.featuresPath != nil else { return }
  throw GenreLensError(
    .usage, "\(path) would hold the features of sound; these are feature maps already", path: dataset.path)
}
