import Files

/// The values of a picture: `[bins, frames]` in row-major order, row 0 the lowest bin.
public struct MapGrid: Sendable, Codable, Hashable {
  /// Row by row, `binCount * frameCount` numbers.
  public let values: [Float]
  /// Number of rows.
  public let binCount: Int
  /// Number of columns.
  public let frameCount: Int

  /// Traps unless `values` holds `binCount * frameCount` numbers and both are positive.
  public init(values: [Float], binCount: Int, frameCount: Int) {
    demand(
      binCount > 0 && frameCount > 0 && values.count == binCount * frameCount,
      "\(values.count) values for [\(binCount), \(frameCount)]")
    self.values = values
    self.binCount = binCount
    self.frameCount = frameCount
  }

  private enum CodingKeys: String, CodingKey { case values, binCount, frameCount }

  /// Throws if the counts do not fit, since a file may contain anything.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let values = try container.decode([Float].self, forKey: .values)
    let bins = try container.decode(Int.self, forKey: .binCount)
    let frames = try container.decode(Int.self, forKey: .frameCount)
    let (product, overflow) = bins.multipliedReportingOverflow(by: frames)
    guard bins > 0, frames > 0, !overflow, product == values.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .values, in: container,
        debugDescription: "\(values.count) values for [\(bins), \(frames)]")
    }
    self.init(values: values, binCount: bins, frameCount: frames)
  }

  /// The value of a bin in a frame; traps outside the map.
  public subscript(bin: Int, frame: Int) -> Float { values[bin * frameCount + frame] }

  /// Smallest and largest finite value; nil if there is none.
  public var finiteRange: ClosedRange<Float>? {
    var range: (low: Float, high: Float)?
    for value in values where value.isFinite {
      range = (min(range?.low ?? value, value), max(range?.high ?? value, value))
    }
    return range.map { $0.low...$0.high }
  }

  /// Mean of each row over time: the weight of each bin. `[bins]`.
  public func bandProfile() -> [Float] {
    (0..<binCount).map { bin in
      var sum = 0.0
      for frame in 0..<frameCount { sum += Double(self[bin, frame]) }
      return Float(sum / Double(frameCount))
    }
  }

  /// Mean of each column over the bins: the weight of each moment. `[frames]`.
  public func timeProfile() -> [Float] {
    var sums = [Double](repeating: 0, count: frameCount)
    for bin in 0..<binCount {
      for frame in 0..<frameCount { sums[frame] += Double(self[bin, frame]) }
    }
    return sums.map { Float($0 / Double(binCount)) }
  }

  /// Cosine of the angle between two maps as vectors: 1 for the same pattern at any strength, 0 if either is all zero.
  ///
  /// Traps unless the shapes are equal.
  public func cosineSimilarity(to other: MapGrid) -> Double {
    demand(
      binCount == other.binCount && frameCount == other.frameCount,
      "[\(binCount), \(frameCount)] and [\(other.binCount), \(other.frameCount)]")
    var (dot, own, others) = (0.0, 0.0, 0.0)
    for (a, b) in zip(values, other.values) {
      dot += Double(a) * Double(b)
      own += Double(a) * Double(a)
      others += Double(b) * Double(b)
    }
    let norm = (own * others).squareRoot()
    return norm > 0 ? dot / norm : 0
  }
}
