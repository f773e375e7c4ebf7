public import Files

/// Mean explanation maps: of the correct tracks of each class, and of each kind of error.
///
/// Add one map at a time with ``add(_:label:predicted:path:)``; it keeps sums, not maps.
public struct MapAverages: Sendable {
  /// What the maps of one mean have in common.
  public struct Key: Sendable, Codable, Hashable {
    /// The true label.
    public let label: String
    /// The label the model chose; equal to `label` for correct tracks.
    public let predicted: String
    /// The class the maps explain.
    public let explained: String

    public init(label: String, predicted: String, explained: String) {
      self.label = label
      self.predicted = predicted
      self.explained = explained
    }

    /// Whether these tracks were labelled correctly.
    public var isCorrect: Bool { label == predicted }
  }

  /// The divisor of each map before it is added.
  public enum Weighting: String, Sendable, Codable {
    /// Nothing: tracks with strong evidence count more.
    case raw
    /// Its largest magnitude: every track counts equally. All-zero maps stay zero and count.
    case unitPeak
  }

  /// How maps are weighted in the means.
  public let weighting: Weighting
  private var sums: [Key: (sum: [Double], count: Int)] = [:]
  private var shape: (bins: Int, frames: Int)?

  /// Creates empty averages.
  public init(weighting: Weighting = .raw) { self.weighting = weighting }

  /// Adds the map of one track.
  ///
  /// Throws ``CodedError`` if a value is not finite or the shape differs from the previous maps; nothing is added then.
  public mutating func add(
    _ map: ExplanationMap, label: String, predicted: String, path: String = ""
  ) throws(CodedError) {
    let grid = map.grid
    if let shape, shape != (grid.binCount, grid.frameCount) {
      throw CodedError(
        .shapeMismatch, "a map of [\(grid.binCount), \(grid.frameCount)] among others", path: path)
    }
    guard grid.values.allSatisfy(\.isFinite) else {
      throw CodedError(.notFinite, "the explanation holds values that are not numbers", path: path)
    }
    let peak = Double(grid.values.reduce(0) { max($0, abs($1)) })
    let factor = weighting == .unitPeak && peak > 0 ? 1 / peak : 1
    shape = (grid.binCount, grid.frameCount)
    let key = Key(label: label, predicted: predicted, explained: map.className)
    var entry = sums[key] ?? ([Double](repeating: 0, count: grid.values.count), 0)
    for index in grid.values.indices { entry.sum[index] += Double(grid.values[index]) * factor }
    entry.count += 1
    sums[key] = entry
  }

  /// Every kind of track added, correct ones first, then by label.
  public var keys: [Key] {
    sums.keys.sorted { a, b in
      if a.isCorrect != b.isCorrect { return a.isCorrect }
      return (a.label, a.predicted, a.explained) < (b.label, b.predicted, b.explained)
    }
  }

  /// How many maps are in a mean.
  public func count(_ key: Key) -> Int { sums[key]?.count ?? 0 }

  /// The mean map under a key; nil if no such map was added.
  public func mean(_ key: Key) -> MapGrid? {
    guard let entry = sums[key], let shape else { return nil }
    return MapGrid(
      values: entry.sum.map { Float($0 / Double(entry.count)) }, binCount: shape.bins,
      frameCount: shape.frames)
  }

  /// The mean of a class: maps for `label` over the tracks of `label` that the model got right.
  public func mean(ofClass label: String) -> MapGrid? {
    mean(Key(label: label, predicted: label, explained: label))
  }
}
