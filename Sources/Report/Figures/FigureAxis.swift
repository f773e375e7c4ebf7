/// What an axis of a map measures. Positions count cells: cell i is between i and i + 1.
public struct FigureAxis: Sendable, Hashable {
  /// The quantity, with its unit.
  public var label: String
  /// Marks in rising order.
  public var ticks: [AxisTick]

  public init(label: String, ticks: [AxisTick]) {
    self.label = label
    self.ticks = ticks
  }

  /// The same axis along a map of another resolution that covers the same extent.
  public func resampled(from count: Int, to newCount: Int) -> FigureAxis {
    let factor = Double(newCount) / Double(max(count, 1))
    return FigureAxis(
      label: label, ticks: ticks.map { AxisTick(position: $0.position * factor, label: $0.label) })
  }

  /// Seconds for `frameCount` frames, frame 0 centred on `start`.
  public static func seconds(frameCount: Int, secondsPerFrame: Double, start: Double = 0) -> FigureAxis {
    let end = start + Double(frameCount - 1) * secondsPerFrame
    let scale = TickScale(low: start, high: max(end, start), count: 6)
    return FigureAxis(
      label: scale.factor.map { "time (s, \($0))" } ?? "time (s)",
      ticks: scale.ticks.map {
        AxisTick(
          position: secondsPerFrame > 0 ? ($0.position - start) / secondsPerFrame + 0.5 : 0.5,
          label: $0.label)
      })
  }

  /// MFCC rows: coefficient numbers, a quefrency, not a frequency in Hz.
  public static func quefrency(binCount: Int) -> FigureAxis {
    let step = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000].first { binCount <= 7 * $0 } ?? binCount
    return FigureAxis(
      label: "quefrency (MFCC index)",
      ticks: stride(from: 0, to: binCount, by: step).map {
        AxisTick(position: Double($0) + 0.5, label: String($0))
      })
  }

  /// Mel bands with round frequencies: `centersHz` is the centre of each row in Hz, rising.
  public static func mel(centersHz: [Double]) -> FigureAxis {
    let wanted: [Double] = [50, 100, 250, 500, 1000, 2000, 4000, 8000, 16_000]
    var ticks: [AxisTick] = []
    for hertz in wanted {
      // The row above the frequency; its neighbour below gives the place between them.
      guard let upper = centersHz.firstIndex(where: { $0 >= hertz }) else { continue }
      let lower = upper - 1
      guard lower >= 0 || centersHz[upper] == hertz else { continue }
      let gap = lower >= 0 ? centersHz[upper] - centersHz[lower] : 0
      let position = gap > 0 ? Double(lower) + (hertz - centersHz[lower]) / gap : Double(upper)
      let label = hertz >= 1000 ? "\(Int(hertz / 1000))k" : "\(Int(hertz))"
      ticks.append(AxisTick(position: position + 0.5, label: label))
    }
    return FigureAxis(label: "frequency (Hz, mel bands)", ticks: ticks)
  }
}
