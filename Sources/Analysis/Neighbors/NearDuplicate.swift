/// Two tracks in different splits that are probably one recording: what was learned from one was asked of the other.
public struct NearDuplicate: Sendable, Codable, Hashable {
  /// One of the two.
  public struct Member: Sendable, Codable, Hashable {
    public var path: String
    public var name: String
    public var label: String
    public var split: String

    public init(path: String, name: String, label: String, split: String) {
      (self.path, self.name, self.label, self.split) = (path, name, label, split)
    }
  }

  /// How sure it is.
  public enum Kind: String, Sendable, Codable {
    /// The same sound or the same features, number by number.
    case equal
    /// Alike in the network's last hidden layer and in their feature maps.
    case similar
  }

  public var kind: Kind
  /// The two, the one of the later split first (test before valid before train).
  public var members: [Member]
  /// Cosine of the angle between the two embeddings; nil where it was not computed.
  public var embeddingCosine: Double?
  /// Correlation of the two standardised feature maps, at the shift in time where it is largest.
  public var mapCorrelation: Double?
  /// That shift, in frames of the second map.
  public var shiftFrames: Int?

  public init(
    kind: Kind, members: [Member], embeddingCosine: Double? = nil, mapCorrelation: Double? = nil,
    shiftFrames: Int? = nil
  ) {
    (self.kind, self.members, self.embeddingCosine) = (kind, members, embeddingCosine)
    (self.mapCorrelation, self.shiftFrames) = (mapCorrelation, shiftFrames)
  }
}

extension MapGrid {
  /// Pearson's correlation of two maps of one shape where the second begins `shift` frames later (negative: earlier), over
  /// the frames that both have. 0 where either does not vary. Traps on different shapes, or when nothing overlaps.
  public func correlation(with other: MapGrid, shift: Int = 0) -> Double {
    precondition(
      binCount == other.binCount && frameCount == other.frameCount && abs(shift) < frameCount,
      "[\(binCount), \(frameCount)] and [\(other.binCount), \(other.frameCount)], shift \(shift)")
    let (own, others) = (max(0, -shift), max(0, shift))
    let frames = frameCount - abs(shift)
    var (sumA, sumB, squareA, squareB, product) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for bin in 0..<binCount {
      let (startA, startB) = (bin * frameCount + own, bin * frameCount + others)
      for frame in 0..<frames {
        let (a, b) = (Double(values[startA + frame]), Double(other.values[startB + frame]))
        sumA += a
        sumB += b
        squareA += a * a
        squareB += b * b
        product += a * b
      }
    }
    let count = Double(binCount * frames)
    let (varianceA, varianceB) = (squareA - sumA * sumA / count, squareB - sumB * sumB / count)
    guard varianceA > 1e-12 * squareA, varianceB > 1e-12 * squareB else { return 0 }
    return (product - sumA * sumB / count) / (varianceA * varianceB).squareRoot()
  }

  /// The largest correlation over shifts of at most `reach` frames either way, and that shift (of equals the smallest).
  public func bestCorrelation(with other: MapGrid, reach: Int) -> (correlation: Double, shift: Int) {
    var best = (correlation: correlation(with: other), shift: 0)
    for distance in stride(from: 1, through: min(reach, frameCount - 1), by: 1) {
      for shift in [distance, -distance] {
        let value = correlation(with: other, shift: shift)
        if value > best.correlation { best = (value, shift) }
      }
    }
    return best
  }
}
