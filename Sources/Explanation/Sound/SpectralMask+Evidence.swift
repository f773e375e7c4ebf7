public import Features
import Foundation
import Tensors

extension SpectralMask {
  /// The mask of an explanation: where its evidence is on the mel axis.
  ///
  /// With e' = ``MelView/evidence`` smoothed by a Gaussian (standard deviation 2 bands and 2 frames), the mask is
  /// `min(1, e' / q)`, with q the 99th percentile of the cells: one loud cell does not silence all others, and the smoothing
  /// prevents single cells from sounding like water drops. All 0 if there is no evidence.
  ///
  /// Traps unless the map is `[melBandCount, frameCount]` of the spec.
  public init(of view: MelView, spec: FeatureSpec) {
    let smooth = gaussianSmoothed(view.evidence, deviation: 2)
    let full = smooth.values.sorted()[min(smooth.count - 1, Int(0.99 * Double(smooth.count)))]
    // Where less than a hundredth of the map holds anything, the quantile is 0.
    let scale = full > 0 ? full : smooth.values.max() ?? 0
    self.init(scale > 0 ? smooth.map { min(1, $0 / scale) } : smooth, spec: spec)
  }

  /// The same values elsewhere: shifted cyclically over bands and frames. This is a control: as smooth and as open as the mask,
  /// but not where the evidence is.
  public func rolled(bands: Int, frames: Int) -> SpectralMask {
    let (rows, columns) = (values.shape[0], values.shape[1])
    let rolled = (0..<values.count).map { index in
      let row = wrapped(index / columns - bands, below: rows)
      return values.values[row * columns + wrapped(index % columns - frames, below: columns)]
    }
    return SpectralMask(Tensor(rolled, shape: values.shape), spec: spec, unheardGain: unheardGain)
  }
}

private func wrapped(_ index: Int, below count: Int) -> Int {
  let rest = index % count
  return rest < 0 ? rest + count : rest
}

/// A map `[F, T]` smoothed along both axes by a Gaussian of this deviation in cells, cut off at three deviations; beyond the
/// edges the border's value is repeated. Weights sum to 1: a constant map stays as it is.
func gaussianSmoothed(_ map: Tensor, deviation: Double) -> Tensor {
  let reach = Int((3 * deviation).rounded(.up))
  let weights = (-reach...reach).map { exp(-0.5 * Double($0 * $0) / (deviation * deviation)) }
  let kernel = weights.map { Float($0 / weights.reduce(0, +)) }
  let (rows, columns) = (map.shape[0], map.shape[1])
  func smoothed(_ source: [Float], stride step: Int, count: Int) -> [Float] {
    source.indices.map { index in
      let place = index / step % count
      return kernel.indices.reduce(Float(0)) { sum, tap in
        let other = min(max(0, place + tap - reach), count - 1)
        return sum + kernel[tap] * source[index + (other - place) * step]
      }
    }
  }
  let alongTime = smoothed(map.values, stride: 1, count: columns)
  return Tensor(smoothed(alongTime, stride: columns, count: rows), shape: map.shape)
}
