public import Tensors

extension FeatureSpec {
  /// The features of a sound made louder by `decibels`, from its features alone: every mel band has so much more in dB.
  ///
  /// That is exact while no band lies at the floor of -100 dB before or after (``topDecibels`` moves with the loudest cell). For
  /// fewer coefficients than bands single bands are not known; then the loudest frame's mean level decides: no band lies
  /// more than ``topDecibels`` below it. nil where a band lies at the floor or may do so.
  ///
  /// - Parameter map: features `[F, T]`, not standardised; T may be any. Traps on another number of rows.
  public func amplified(_ map: Tensor, byDecibels decibels: Float) -> Tensor? {
    precondition(
      map.shape.rank == 2 && map.shape[0] == binCount, "map \(map.shape) for \(binCount) feature bins")
    guard let lowest = lowestDecibels(of: map), min(lowest, lowest + decibels) > -99.99 else { return nil }
    guard kind == .mfcc else { return map.map { $0 + decibels } }
    // g dB on each of M bands are g sqrt(M) in coefficient 0.
    let step = decibels * Float(melBandCount).squareRoot()
    let frames = map.shape[1]
    var result = map
    result.withMutableSpan { values in
      for frame in 0..<frames { values[frame] += step }
    }
    return result
  }

  /// What no mel band lies below, in dB; nil where that cannot be told.
  private func lowestDecibels(of map: Tensor) -> Float? {
    guard map.shape[1] > 0 else { return nil }
    if kind == .melDecibels { return map.values.min() }
    guard let topDecibels else {
      guard let transform = melTransform, transform.isInvertible else { return nil }
      return transform.inverse(map).values.min()
    }
    let loudest = (0..<map.shape[1]).map { frame in meanDecibels(of: map, frame: frame) }.max() ?? 0
    return loudest - Float(topDecibels)
  }

  /// Mean over the mel bands in one frame: coefficient 0 is their sum divided by sqrt(M), and cosines have a mean of 0.
  private func meanDecibels(of map: Tensor, frame: Int) -> Float {
    if kind == .mfcc { return map[0, frame] / Float(melBandCount).squareRoot() }
    return (0..<binCount).reduce(0) { $0 + map[$1, frame] } / Float(binCount)
  }
}
