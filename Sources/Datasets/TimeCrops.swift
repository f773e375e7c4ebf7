import Files

/// Crops of equal length from a longer map, evenly spaced from its first frame to its last.
public struct TimeCrops: Sendable, Hashable {
  /// Number of frames of the whole map.
  public let frameCount: Int
  /// Number of frames of each crop.
  public let cropFrames: Int
  /// The first frame of each crop, ascending. Crop i of n starts at `i (frameCount - cropFrames) / (n - 1)`, rounded; a single
  /// crop is in the middle.
  public let starts: [Int]

  /// `count` crops; nil uses the fewest that cover every frame. Traps unless `1 <= cropFrames <= frameCount` and
  /// `count >= 1`.
  ///
  /// There are at most `frameCount - cropFrames + 1` crops, since any more would be duplicates.
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

  /// The first frames of the crops that contain sound, for a map whose frames from `soundFrameCount` on are added silence: a crop
  /// of only silence is left out. If none remains, the crop at the map's beginning.
  public func starts(soundFrameCount: Int) -> [Int] {
    let heard = starts.filter { $0 < soundFrameCount }
    return heard.isEmpty ? [0] : heard
  }
}
