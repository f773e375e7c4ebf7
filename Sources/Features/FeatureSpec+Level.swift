import Files
public import Tensors

extension FeatureSpec {
  /// The features of a sound made louder by `decibels`, computed from its features alone: every mel band increases by that many
  /// dB, or by as much of another logarithm.
  ///
  /// That is exact as long as no band is at the floor of -100 dB before or after (``topDecibels`` moves with the loudest cell).
  /// nil for logarithms of x plus a number, where the increase depends on the value, and for values relative to the loudest.
  /// With fewer coefficients than bands, single bands are not known; then it is done if the coefficients prove that no band can
  /// be at the floor (`loudestDecibels(ofCoefficients:)`). nil if a band is or may be at the floor.
  ///
  /// - Parameter map: features `[F, T]`, not standardised; T may be any. Traps on another number of rows.
  public func amplified(_ map: Tensor, byDecibels decibels: Float) -> Tensor? {
    demand(
      map.shape.rank == 2 && map.shape[0] == binCount, "map \(map.shape) for \(binCount) feature bins")
    guard let perDecibel = logarithm.increasePerDecibel else { return nil }
    let increase = decibels * Float(spectrum == .power ? perDecibel : perDecibel / 2)
    guard let lowest = lowestDecibels(of: map), min(lowest, lowest + increase) > logarithm.nearSilence else {
      return nil
    }
    guard kind == .mfcc else { return map.map { $0 + increase } }
    // g on each of M bands is g sqrt(M) in coefficient 0.
    let step = increase * meanWeight
    let frames = map.shape[1]
    var result = map
    result.withMutableSpan { values in
      for frame in 0..<frames { values[frame] += step }
    }
    return result
  }

  /// What no mel band lies below, in dB or the logarithm's unit; nil where that cannot be told.
  private func lowestDecibels(of map: Tensor) -> Float? {
    guard map.shape[1] > 0 else { return nil }
    guard let transform = melTransform else { return map.values.min() }
    let mel = transform.inverse(map)
    if transform.isInvertible { return mel.values.min() }
    guard let topDecibels else { return nil }
    let cosines = DiscreteCosineTransform(
      coefficientCount: kind == .mfcc ? binCount : coefficientCount ?? binCount, bandCount: melBandCount)
    return cosines.loudestDecibels(ofCoefficients: cosines.forward(mel)) - Float(topDecibels)
  }
}

extension DiscreteCosineTransform {
  /// A level that the loudest of all mel bands reaches, in dB, whatever the coefficients above the kept ones `[K, T]` are.
  ///
  /// With coefficient k of K weighted by `1 - k / K`, the inverse transform gives at each band a mean of all bands with Fejér's
  /// weights, of which none is negative: no mean lies above the largest.
  func loudestDecibels(ofCoefficients coefficients: Tensor) -> Float {
    let frames = coefficients.shape[1]
    var weighted = coefficients
    weighted.withMutableSpan { values in
      for index in values.indices {
        values[index] *= 1 - Float(index / frames) / Float(coefficientCount)
      }
    }
    return inverse(weighted).values.max() ?? -.infinity
  }
}
