import Files

/// Stretches of equal length in a longer map, evenly spaced from its first frame to its last.
public struct TimeCrops: Sendable, Hashable {
  /// Frames of the whole map.
  public let frameCount: Int
  /// Frames of each crop.
  public let cropFrames: Int
  /// The first frame of each crop, ascending. Crop i of n starts at `i (frameCount - cropFrames) / (n - 1)`, rounded; a
  /// single crop lies in the middle.
  public let starts: [Int]

  /// `count` crops; nil takes as few as cover every frame. Traps unless `1 <= cropFrames <= frameCount` and
  /// `count >= 1`.
  ///
  /// More crops than the map has places for would be equal ones: there are at most `frameCount - cropFrames + 1`.
  public init(of frameCount: Int, cropFrames: Int, count: Int? = nil) {
    demand(
      cropFrames >= 1 && cropFrames <= frameCount, "crops of \(cropFrames) frames in \(frameCount)")
    demand(count ?? 1 >= 1, "\(count ?? 0) crops")
    (self.frameCount, self.cropFrames) = (frameCount, cropFrames)
    let room = frameCount - cropFrames
    let number = min(count ?? (frameCount + cropFrames - 1) / cropFrames, room + 1)
    starts =
      number == 1
      ? [room / 2] : (0..<number).map { (2 * $0 * room + number - 1) / (2 * (number - 1)) }
  }

  /// The first frames of the crops that have sound, of a map whose frames from `soundFrameCount` on are silence that was added: a crop
  /// of nothing else is none. Where that leaves none, the crop at the map's beginning.
  public func starts(soundFrameCount: Int) -> [Int] {
    let heard = starts.filter { $0 < soundFrameCount }
    return heard.isEmpty ? [0] : heard
  }
}
