import Files
public import Tensors

/// A connected region of time and frequency that contains much of an explanation's evidence.
public struct EvidenceRegion: Sendable, Hashable {
  /// Frames and bands of the box around it.
  public let frames: Range<Int>
  public let bands: Range<Int>
  /// Share of the whole map's evidence in its cells (the box may contain other cells too).
  public let share: Double

  /// The share of the evidence in the cells of all regions together, before small regions are dropped.
  public static let heldShare = 0.5
  /// Regions with a smaller share than this are dropped.
  public static let smallestShare = 0.02

  /// The regions of a map of evidence `[M, T]`, in the order of their beginnings, then of their bands.
  ///
  /// The map is averaged over `cell` (no finer than the layer's resolution). Its strongest cells that together contain
  /// ``heldShare`` are kept; cells that touch, even at a corner, form one region. Values that are negative or not finite count as
  /// no evidence. None for a map without evidence. Cost: a few passes over the map and a sort of its cells.
  ///
  /// - Parameter heardFrames: number of frames of sound; later frames, of added silence, are not part of the map: the shares are
  ///   those of the evidence in the sound. nil uses all frames.
  public static func regions(
    of map: Tensor, cell: (bands: Int, frames: Int), heardFrames: Int? = nil
  ) -> [EvidenceRegion] {
    let (bandCount, frameCount) = (map.shape[0], heard(heardFrames, of: map))
    let evidence = evidence(map, frames: 0..<frameCount)
    let total = evidence.reduce(0, +)
    guard total > 0 else { return [] }
    let smooth = averaged(
      averaged(
        evidence, count: bandCount, stride: frameCount, lines: frameCount, lineStride: 1, width: cell.bands),
      count: frameCount, stride: 1, lines: bandCount, lineStride: frameCount, width: cell.frames)
    let threshold = threshold(smooth)
    var isFree = smooth.map { $0 >= threshold }
    var found: [EvidenceRegion] = []
    for start in isFree.indices where isFree[start] {
      isFree[start] = false
      var (open, cells) = ([start], [Int]())
      while let index = open.popLast() {
        cells.append(index)
        let (band, frame) = (index / frameCount, index % frameCount)
        for row in max(0, band - 1)...min(bandCount - 1, band + 1) {
          for column in max(0, frame - 1)...min(frameCount - 1, frame + 1)
          where isFree[row * frameCount + column] {
            isFree[row * frameCount + column] = false
            open.append(row * frameCount + column)
          }
        }
      }
      let share = cells.reduce(0) { $0 + evidence[$1] } / total
      guard share >= smallestShare else { continue }
      let (rows, columns) = (cells.map { $0 / frameCount }, cells.map { $0 % frameCount })
      found.append(
        EvidenceRegion(
          frames: (columns.min() ?? 0)..<(columns.max() ?? 0) + 1,
          bands: (rows.min() ?? 0)..<(rows.max() ?? 0) + 1,
          share: share))
    }
    return found.sorted {
      ($0.frames.lowerBound, $0.bands.lowerBound) < ($1.frames.lowerBound, $1.bands.lowerBound)
    }
  }

  /// Share of a map's evidence that is after the first `heardFrames` frames; nil for a map without evidence.
  public static func share(of map: Tensor, after heardFrames: Int) -> Double? {
    let start = heard(heardFrames, of: map)
    let total = evidence(map, frames: 0..<map.shape[1]).reduce(0, +)
    return total > 0 ? evidence(map, frames: start..<map.shape[1]).reduce(0, +) / total : nil
  }

  private static func heard(_ frames: Int?, of map: Tensor) -> Int {
    demand(map.shape.rank == 2, "map \(map.shape) must be [M, T]")
    return min(max(0, frames ?? map.shape[1]), map.shape[1])
  }

  /// Band by band, what of some frames is positive and a number.
  private static func evidence(_ map: Tensor, frames: Range<Int>) -> [Double] {
    (0..<map.shape[0]).flatMap { band in
      frames.map { frame in
        let value = map.values[band * map.shape[1] + frame]
        return value > 0 && value.isFinite ? Double(value) : 0
      }
    }
  }

  /// The smallest value among the largest ones that together are ``heldShare`` of the sum.
  private static func threshold(_ values: [Double]) -> Double {
    let sorted = values.sorted(by: >)
    let wanted = heldShare * sorted.reduce(0, +)
    var sum = 0.0
    for value in sorted {
      sum += value
      if sum >= wanted { return value }
    }
    return sorted.last ?? 0
  }

  /// Means over `width` neighbours along one axis, fewer at the ends.
  private static func averaged(
    _ values: [Double], count: Int, stride: Int, lines: Int, lineStride: Int, width: Int
  ) -> [Double] {
    guard width > 1 else { return values }
    var result = values
    let (before, after) = ((width - 1) / 2, width / 2)
    for line in 0..<lines {
      var sums = [0.0]
      for place in 0..<count { sums.append(sums[place] + values[line * lineStride + place * stride]) }
      for place in 0..<count {
        let (low, high) = (max(0, place - before), min(count, place + after + 1))
        // Differences of sums may end a hair below 0.
        result[line * lineStride + place * stride] = max(0, sums[high] - sums[low]) / Double(high - low)
      }
    }
    return result
  }
}
