package import Features
import Models
package import Tensors

extension GenreModel {
  /// A change made on a standardised map `[F, T]` alone, where that is exact: level only.
  package func changed(_ input: Tensor, by change: SoundChange) throws(ChangedMaps.Skip) -> Tensor {
    guard case .gain(let decibels) = change, let spec = featureSpec, spec.binCount == input.shape[0] else {
      throw ChangedMaps.Skip(code: "needs-sound", reason: "needs the sound, and there are only features")
    }
    guard let louder = spec.amplified(restored(input), byDecibels: Float(decibels)) else {
      throw ChangedMaps.Skip(
        code: "too-soft", reason: "too soft for its level to be changed on the features alone")
    }
    return normalization.apply(to: louder)
  }

  /// `z std + mean`: what `FeatureNormalization.apply(to:)` standardised.
  private func restored(_ input: Tensor) -> Tensor {
    let (frames, columns) = (input.shape[1], normalization.mean.shape[1])
    let (means, deviations) = (normalization.mean.values, normalization.std.values)
    var result = input
    result.withMutableSpan { values in
      for index in values.indices {
        let place = columns == 1 ? index / frames : index
        values[index] = values[index] * deviations[place] + means[place]
      }
    }
    return result
  }
}
