import Files
public import Tensors

/// The position of a map's evidence on a clip spliced from two, compared with the part that belongs to the explained class.
///
/// The ground truth needs no annotator: half of the frames are from a clip of the class, the others from another. Convolutions
/// see a few frames across the seam, so no map is perfect to the last frame.
public struct TimeLocalization: Sendable, Hashable, Codable {
  /// The pointing game: the share of the map's largest cells (several if they are equal) that are inside. 0.5 by chance.
  public let pointing: Double
  /// The share of the map's sum that is inside. 0.5 by chance.
  public let insideEnergy: Double
  /// Intersection over union, in time, of the part and the same number of frames with the largest sums. 1/3 by chance.
  public let overlap: Double

  /// - Parameters:
  ///   - map: the shown part, `[F, T]`, without negative values.
  ///   - frames: the part that belongs to the class.
  /// Nil if the map is zero, since it points nowhere. Traps on an empty part or one outside the map.
  public init?(_ map: Tensor, inside frames: Range<Int>, seed: UInt64) {
    let (bins, width) = (map.shape[0], map.shape[1])
    demand(
      !frames.isEmpty && frames.upperBound <= width && frames.lowerBound >= 0, "\(frames) of \(width)")
    guard let largest = map.values.max(), largest > 0 else { return nil }
    var (hits, peaks) = (0.0, 0.0)
    var profile = [Double](repeating: 0, count: width)
    for bin in 0..<bins {
      for frame in 0..<width {
        let value = map.values[bin * width + frame]
        profile[frame] += Double(max(0, value))
        if value == largest {
          peaks += 1
          if frames.contains(frame) { hits += 1 }
        }
      }
    }
    pointing = hits / peaks
    insideEnergy = profile[frames].reduce(0, +) / profile.reduce(0, +)
    let order = CellOrder(Tensor(profile.map { Float($0) }, shape: [1, width]), seed: seed)
    let common = frames.count { order.places[$0] < frames.count }
    overlap = Double(common) / Double(2 * frames.count - common)
  }
}

/// Two inputs in one: the first frames of one, the other frames of another.
///
/// - Returns: frames 0 ..< `seam` of `first` and `seam` ... of `second`, both `[C, F, T]`.
/// Traps on different shapes or a seam outside.
public func splicedInput(_ first: Tensor, _ second: Tensor, seam: Int) -> Tensor {
  let width = first.shape[first.shape.rank - 1]
  demand(first.shape == second.shape && (0...width).contains(seam), "seam \(seam) of \(first.shape)")
  var values = first.values
  for index in values.indices where index % width >= seam { values[index] = second.values[index] }
  return Tensor(values, shape: first.shape)
}
