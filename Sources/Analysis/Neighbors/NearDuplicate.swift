import Files

/// Two tracks in different splits that are probably one recording: the model is tested on what it learned from.
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

  /// The degree of certainty.
  public enum Kind: String, Sendable, Codable {
    /// The same sound or the same features, value by value.
    case equal
    /// Similar in the network's last hidden layer and in their feature maps.
    case similar
  }

  public var kind: Kind
  /// The two, the one of the later split first (test before valid before train).
  public var members: [Member]
  /// Cosine of the angle between the two embeddings; nil if it was not computed.
  public var embeddingCosine: Double?
  /// Correlation of the two standardised feature maps, each row minus its mean over time, at the shift where it is largest.
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
  /// The map minus the mean of each row: the part that changes over time.
  public var withoutRowMeans: MapGrid {
    let means = bandProfile()
    return MapGrid(
      values: values.indices.map { values[$0] - means[$0 / frameCount] }, binCount: binCount,
      frameCount: frameCount)
  }

  /// Pearson's correlation of two maps of one shape where the second begins `shift` frames later (negative: earlier), over the
  /// frames that both have. 0 if either does not vary. Traps on different shapes, or if nothing overlaps.
  public func correlation(with other: MapGrid, shift: Int = 0) -> Double {
    demand(
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

  /// The largest correlation over shifts of at most `reach` frames in either direction, and that shift (the smallest of several).
  ///
  /// The shift is chosen by mean products of the maps standardised as a whole, which differ from the correlation only by the
  /// effect of the edges on mean and standard deviation; at that shift the correlation is exact. Cost: `2 reach + 1` products of
  /// the maps.
  public func bestCorrelation(with other: MapGrid, reach: Int) -> (correlation: Double, shift: Int) {
    ShiftedMap(self).bestCorrelation(with: ShiftedMap(other), reach: reach)
  }

  /// The values less their mean, divided by their standard deviation; zeros for a map that does not vary.
  fileprivate var standardized: [Float] {
    let count = Double(values.count)
    let mean = values.reduce(0.0) { $0 + Double($1) } / count
    let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    guard variance > 0 else { return values.map { _ in 0 } }
    let (offset, scale) = (Float(mean), Float(1 / variance.squareRoot()))
    return values.map { ($0 - offset) * scale }
  }

  fileprivate func meanProduct(_ own: [Float], _ others: [Float], shift: Int) -> Float {
    let (start, otherStart, frames) = (max(0, -shift), max(0, shift), frameCount - abs(shift))
    var lanes = SIMD16<Float>()
    var rest: Float = 0
    unsafe own.withUnsafeBufferPointer { own in
      unsafe others.withUnsafeBufferPointer { others in
        for bin in 0..<binCount {
          let (a, b) = (bin &* frameCount &+ start, bin &* frameCount &+ otherStart)
          var frame = 0
          while frame &+ 16 <= frames {
            var (left, right) = (SIMD16<Float>(), SIMD16<Float>())
            for lane in 0..<16 {
              unsafe left[lane] = own[a &+ frame &+ lane]
              unsafe right[lane] = others[b &+ frame &+ lane]
            }
            lanes += left * right
            frame &+= 16
          }
          while frame < frames {
            unsafe rest += own[a &+ frame] * others[b &+ frame]
            frame &+= 1
          }
        }
      }
    }
    return (lanes.sum() + rest) / Float(binCount * frames)
  }
}

/// A map that is compared with many others.
struct ShiftedMap: Sendable {
  let map: MapGrid
  private let standardized: [Float]

  init(_ map: MapGrid) { (self.map, standardized) = (map, map.standardized) }

  /// As `MapGrid.bestCorrelation(with:reach:)`.
  func bestCorrelation(with other: ShiftedMap, reach: Int) -> (correlation: Double, shift: Int) {
    var best = (score: Float(-Float.infinity), shift: 0)
    for distance in 0...max(0, min(reach, map.frameCount - 1)) {
      for shift in distance == 0 ? [0] : [distance, -distance] {
        let score = map.meanProduct(standardized, other.standardized, shift: shift)
        if score > best.score { best = (score, shift) }
      }
    }
    return (map.correlation(with: other.map, shift: best.shift), best.shift)
  }
}
