package import Tensors

/// What simple classifiers hear of a map.
package enum MapSummary {
  /// Of each row over time the mean, the standard deviation, and that of the change from frame to frame: what simple
  /// classifiers hear of a map. `3 F` numbers.
  package static func values(of map: Tensor) -> [Double] {
    let (bins, frames) = (map.shape[0], map.shape[1])
    var (means, deviations, changes): ([Double], [Double], [Double]) = ([], [], [])
    for bin in 0..<bins {
      let row = map.values[bin * frames..<(bin + 1) * frames].map { Double($0) }
      let (mean, deviation) = moments(row)
      means.append(mean)
      deviations.append(deviation)
      changes.append(moments(zip(row, row.dropFirst()).map { $1 - $0 }).deviation)
    }
    return means + deviations + changes
  }

  /// Zeros for no values.
  private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    guard !values.isEmpty else { return (0, 0) }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    return (mean, variance.squareRoot())
  }
}
