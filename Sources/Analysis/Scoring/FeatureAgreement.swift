package import Datasets
import Features
package import Files
package import Models
import Networks
import Tensors

/// Whether a model hears the maps of a feature file as what they are. Equal shapes are no equal features: everything that
/// decides a number must be the same.
///
/// Maps longer than the network's input serve a model that hears stretches of them; then the length of the window
/// (`sampleCount`) may differ, and nothing else.
package struct FeatureAgreement {
  /// Whether the maps are longer than the network's input.
  package let isCropped: Bool
  /// What a reader must know where one of the two says nothing; nil where both agree.
  package let note: String?

  /// Throws ``CodedError`` `otherFeatures`, naming both, where they differ, and where it is not known what the maps are.
  ///
  /// - Parameter takesCrops: whether longer maps are heard in stretches.
  package init(_ store: FeatureStore, _ model: GenreModel, takesCrops: Bool) throws(CodedError) {
    try model.requireNoPictures(for: store.path)
    let needed = Shape(Array(model.network.inputShape.dimensions.dropFirst()))
    isCropped = store.mapShape != needed
    guard !isCropped || (takesCrops && store.binCount == needed[0] && store.frameCount > needed[1]) else {
      throw CodedError(
        .otherFeatures, "its maps are \(store.mapShape), the model takes \(needed)", path: store.path)
    }
    guard let heard = model.featureSpec else {
      note =
        store.spec.map { spec in
          "the model was trained on maps of unknown origin: whether it hears these (\(spec.words)) rightly cannot be told"
        }
        ?? "neither the model nor the feature file says how maps were computed: the figures hold only if both are alike"
      return
    }
    guard let spec = store.spec else {
      let name = heard.presetName ?? "a YAML file of the specification"
      throw CodedError(
        .otherFeatures,
        "it is not known how its maps were computed, the model hears \(heard.words): if that is what they are, say so with "
          + "--spec \(name)", path: store.path)
    }
    let differences = spec.differences(from: heard, anyLength: isCropped)
    guard differences.isEmpty else {
      throw CodedError(
        .otherFeatures,
        "its maps are \(spec.words), the model hears \(heard.words): \(differences.joined(separator: "; "))",
        path: store.path)
    }
    note =
      store.origin == .stated
      ? "The maps are taken as stated, as \(spec.words), \(spec.sampleRateHz) Hz, n_fft \(spec.fftLength): nothing beside them says so."
      : nil
  }
}
