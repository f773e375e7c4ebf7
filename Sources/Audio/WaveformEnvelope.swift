import Files

/// The outline of a sound for waveform pictures: the lowest and the highest sample of each column.
public struct WaveformEnvelope: Sendable, Hashable, Codable {
  /// Lowest sample of each column, in time order.
  public let lows: [Float]
  /// Highest sample of each column.
  public let highs: [Float]

  /// Traps unless there are as many lows as highs.
  public init(lows: [Float], highs: [Float]) {
    demand(lows.count == highs.count, "\(lows.count) lows and \(highs.count) highs")
    (self.lows, self.highs) = (lows, highs)
  }

  /// Number of columns.
  public var count: Int { lows.count }

  /// Largest distance from 0; 0 without columns.
  public var peak: Float { zip(lows, highs).reduce(0) { max($0, abs($1.0), abs($1.1)) } }
}
