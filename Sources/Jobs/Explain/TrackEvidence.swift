import Files
import Tensors

/// The evidence of all windows of a track laid one beside, and over, the other. It takes the memory of the windows, however far apart
/// they are.
struct TrackEvidence {
  let binCount: Int
  let secondsPerFrame: Double
  /// The frames that a window heard, in order of time, counted from the sound's beginning.
  private var heard: [Int] = []
  /// Of each of ``heard`` a value for each bin: sums over windows.
  private var sums: [Double] = []
  /// Windows that heard each of ``heard``.
  private var heardCounts: [Int] = []
  /// Where the latest window begins.
  private var latest = Int.min
  /// Up to so many frames for each one that was heard, the frames between windows are in the map.
  private static let spanPerFrame = 64

  init(binCount: Int, secondsPerFrame: Double) {
    (self.binCount, self.secondsPerFrame) = (binCount, secondsPerFrame)
  }

  /// Adds a window's map at the input's resolution, `[F, T]`: its positive part. Frames of added silence do not count. Traps on a
  /// window that begins before the one that was added last.
  ///
  /// - Parameter heardSeconds: how much of it is sound.
  mutating func add(_ map: Tensor, startSeconds: Double, heardSeconds: Double) {
    let (bins, frames) = (map.shape[map.shape.rank - 2], map.shape[map.shape.rank - 1])
    demand(bins == binCount, "\(bins) bins, not \(binCount)")
    let first = Int((startSeconds / secondsPerFrame).rounded())
    demand(first >= latest, "a window at \(startSeconds) s before the last one")
    latest = first
    // Windows come in order of time: from here on, what was heard has no gap.
    let end = heard.last.map { $0 + 1 } ?? first
    let place = heard.count - max(0, end - first)
    let count = min(frames, max(1, Int((heardSeconds / secondsPerFrame).rounded(.up))))
    if first + count > end {
      heard += max(end, first)..<(first + count)
      sums += [Double](repeating: 0, count: heard.count * binCount - sums.count)
      heardCounts += [Int](repeating: 0, count: heard.count - heardCounts.count)
    }
    for frame in 0..<count {
      heardCounts[place + frame] += 1
      for bin in 0..<bins {
        sums[(place + frame) * bins + bin] += Double(max(0, map.values[bin * frames + frame]))
      }
    }
  }

  /// Frames from the first that was heard to the last.
  private var spanCount: Int { heard.isEmpty ? 0 : heard[heard.count - 1] - heard[0] + 1 }
  private var leavesOutGaps: Bool { spanCount > Self.spanPerFrame * heard.count }

  /// Where in the sound the first frame is.
  var startSeconds: Double { Double(heard.first ?? 0) * secondsPerFrame }
  /// From the first frame to the end of the last.
  var seconds: Double { Double(spanCount) * secondsPerFrame }
  /// Frames between windows that are not in ``map``.
  var leftOutCount: Int { leavesOutGaps ? spanCount - heard.count : 0 }
  /// The frames of ``map``, counted from the sound's beginning: from the first that was heard to the last; where those that no window
  /// heard are many times as many as the others, without them.
  var frames: [Int] { leavesOutGaps ? heard : heard.isEmpty ? [] : Array(heard[0]...heard[heard.count - 1]) }

  /// For each of ``frames`` its place in ``heard``; nil where no window heard it.
  private var places: [Int?] {
    var next = 0
    return frames.map { frame in
      guard heard[next] == frame else { return nil }
      defer { next += 1 }
      return next
    }
  }

  /// Windows that heard each of ``frames``.
  var counts: [Int] { places.map { $0.map { heardCounts[$0] } ?? 0 } }

  /// `[bins, frames]`; 0 where nothing was heard.
  var map: Tensor {
    let places = places
    var values = [Float](repeating: 0, count: places.count * binCount)
    for (column, place) in places.enumerated() {
      guard let place else { continue }
      for bin in 0..<binCount {
        values[bin * places.count + column] = Float(sums[place * binCount + bin] / Double(heardCounts[place]))
      }
    }
    return Tensor(values, shape: [binCount, places.count])
  }

  /// Mean over the bins, of each of ``frames``.
  var perFrame: [Double] {
    places.map { place in
      guard let place else { return 0 }
      let sum = sums[place * binCount..<(place + 1) * binCount].reduce(0, +)
      return sum / Double(heardCounts[place] * binCount)
    }
  }

  /// What is drawn over all of the time: ``map``; where that leaves gaps out, the means of the frames that were heard in each of so many
  /// equal stretches.
  func overTime(columnCount: Int) -> Tensor {
    guard leavesOutGaps else { return map }
    var (values, counts) = (
      [Double](repeating: 0, count: columnCount * binCount), [Int](repeating: 0, count: columnCount)
    )
    for (place, frame) in heard.enumerated() {
      let column = Int(Double(frame - heard[0]) / Double(spanCount) * Double(columnCount))
      counts[column] += 1
      for bin in 0..<binCount {
        values[bin * columnCount + column] += sums[place * binCount + bin] / Double(heardCounts[place])
      }
    }
    return Tensor(
      values.indices.map { Float(values[$0] / Double(max(1, counts[$0 % columnCount]))) },
      shape: [binCount, columnCount])
  }
}
