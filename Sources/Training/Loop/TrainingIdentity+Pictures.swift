package import Datasets
import Files
package import Models
import Tensors

extension TrainingIdentity {
  /// The identity of a training on some pictures. Cost: reads their inputs once.
  package init(
    _ configuration: TrainingConfiguration, pictures: PictureExamples, settings: PictureSettings,
    train: [Int], valid: [Int]
  ) {
    var words: [UInt64] = [UInt64(train.count), UInt64(valid.count)]
    for example in train + valid {
      let values = pictures.inputs([example]).values
      let hash = unsafe values.withUnsafeBytes { unsafe ContentHash($0) }
      words += [hash.high, hash.low, UInt64(pictures.labels[example])]
    }
    let hash = unsafe words.map(\.littleEndian).withUnsafeBytes { unsafe ContentHash($0) }
    self.init(
      configuration: configuration, labels: pictures.classNames, trainCount: train.count,
      validCount: valid.count, pictures: settings, data: hash.description, software: softwareVersion)
  }
}
