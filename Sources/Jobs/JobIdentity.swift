package import Datasets
import Features
package import Files
package import Models
import Networks
import Tensors

/// All that the finished steps of a job on a data set depend on: version, model, data, options. Sound files are not among it: each step
/// names those that it reads.
///
/// - Parameter options: as text; of equal options the same.
func jobIdentity(
  _ job: String, _ model: GenreModel, _ dataset: Dataset, _ options: String
) throws -> String {
  let maps = dataset.featuresPath.map { FileStamp.words(ofAll: FeatureStore.files(readAt: $0)) } ?? "sound"
  return [job, softwareVersion, try model.contentHash, try dataset.identity(), maps, options].joined(
    separator: "\n")
}

extension Job {
  /// Runs work on a data set that writes into no folder, with a memory of its finished steps; see `remembering(_:of:identity:_:)`.
  ///
  /// - Parameter options: as text; of equal options the same.
  package func remembering<Value>(
    _ name: String, by model: GenreModel, on dataset: Dataset, _ options: String,
    _ body: (Job) throws -> Value
  ) throws -> Value {
    // Stored maps are heard in a moment.
    guard dataset.featuresPath == nil else { return try body(self) }
    return try remembering(
      name, of: [absolute(dataset.path), options, "\(model.labels)"].joined(separator: "\n"),
      identity: { try jobIdentity(name, model, dataset, options) }, body)
  }
}

extension Dataset {
  /// Changes with every file that the data set is read from, and with `others`: for a step that reads many of them.
  func fileStamps(with others: [String] = []) -> String {
    let paths = [featuresPath].compactMap(\.self) + (clips + variants).compactMap(\.path) + others
    return FileStamp.words(ofAll: paths)
  }
}

extension GenreModel {
  /// A hash of all that the model's answers depend on.
  fileprivate var contentHash: String {
    get throws {
      let arrays =
        [
          network.parameters.values, network.state.values, normalization.mean.values,
          normalization.std.values,
        ]
      let hashes = arrays.map { unsafe $0.withUnsafeBytes { unsafe ContentHash($0) }.description }
      let parts =
        try [JSONDocument.encodeLine(network.architecture), JSONDocument.encodeLine(recordings)].map {
          String(decoding: $0, as: UTF8.self)
        } + ["\(labels)", "\(String(describing: featureSpec))", "\(temperature ?? 1)"]
        + (pictureSpec.map { ["\($0)"] } ?? [])
      return ContentHash((hashes + parts).joined(separator: "\n")).description
    }
  }
}
