import Files

/// What a model hears over the course of one recording: its probabilities window by window, and the resulting segments.
///
/// ```swift
/// let timeline = Timeline(labels: ["Folk", "Hip-Hop"], windows: windows, hopSeconds: 0.5)
/// for segment in timeline.segments(SegmentRule()) { print(segment.startSeconds, segment.label) }
/// ```
public struct Timeline: Sendable, Hashable {
  /// Whether the probabilities of every window sum to 1, as those of classes do; those of tags do not.
  package var sumsToOne: Bool { windows.allSatisfy { abs($0.probabilities.reduce(0, +) - 1) < 1e-3 } }

  /// One window of sound and the model's probabilities for it.
  public struct Window: Sendable, Codable, Hashable {
    /// Where it begins in the recording, in seconds.
    public var startSeconds: Double
    /// Where its sound ends, not counting silence added after the recording.
    public var endSeconds: Double
    /// One for each label, 0 to 1.
    public var probabilities: [Double]
    /// Seconds of silence added after its sound; nil if there are none.
    public var paddedSeconds: Double?
    /// Whether more than a tenth of the window is silence that was added after the sound.
    public var isPaddedInGoodPart: Bool {
      let padded = paddedSeconds ?? 0
      return Self.isPaddedInGoodPart(padded, of: endSeconds - startSeconds + padded)
    }
    /// As ``isPaddedInGoodPart``, of a window of so many seconds.
    package static func isPaddedInGoodPart(_ paddedSeconds: Double, of seconds: Double) -> Bool {
      paddedSeconds > 0.1 * seconds
    }

    public init(
      startSeconds: Double, endSeconds: Double, probabilities: [Double], paddedSeconds: Double? = nil
    ) {
      (self.startSeconds, self.endSeconds) = (startSeconds, endSeconds)
      (self.probabilities, self.paddedSeconds) = (probabilities, paddedSeconds)
    }

    /// A window of a given length from a second on, whose end may be added silence.
    public init(startSeconds: Double, length: Double, paddedSeconds: Double, probabilities: [Double]) {
      self.init(
        startSeconds: startSeconds, endSeconds: startSeconds + length - paddedSeconds,
        probabilities: probabilities, paddedSeconds: paddedSeconds > 0 ? paddedSeconds : nil)
    }
  }

  /// The section of time that one window represents.
  public struct Cell: Sendable, Hashable {
    public var startSeconds: Double
    public var endSeconds: Double
    /// One for each label.
    public var probabilities: [Double]

    /// Its length.
    public var seconds: Double { endSeconds - startSeconds }
  }

  /// The classes, in the model's order.
  public let labels: [String]
  /// In time order.
  public let windows: [Window]
  /// The distance between the starts of consecutive windows, in seconds.
  public let hopSeconds: Double

  /// Traps on windows that are not in time order or whose number of probabilities is not that of the labels.
  public init(labels: [String], windows: [Window], hopSeconds: Double) {
    demand(
      windows.allSatisfy { $0.probabilities.count == labels.count },
      "probabilities \(windows.map(\.probabilities.count)) for \(labels.count) labels")
    demand(
      zip(windows, windows.dropFirst()).allSatisfy { $0.startSeconds < $1.startSeconds },
      "windows out of order")
    (self.labels, self.windows, self.hopSeconds) = (labels, windows, hopSeconds)
  }

  /// Where the sound of the last window ends; 0 without windows.
  public var endSeconds: Double { windows.map(\.endSeconds).max() ?? 0 }

  /// Time divided among the windows: each represents one hop around its middle, and the first and the last also their outer ends.
  ///
  /// Windows that overlap divide their common part in the middle; between windows that do not touch, nothing was heard and there
  /// is no cell. Cells have the resolution of the hop, but each still describes a whole window.
  public var cells: [Cell] {
    windows.indices.compactMap { index in
      let window = windows[index]
      let middle = { (first: Window, second: Window) in
        // The middle between the middles, of which a window shortened by the end of the sound keeps its own.
        (max(second.startSeconds, first.startSeconds) + min(first.endSeconds, second.endSeconds)) / 2
      }
      let before = index > 0 ? windows[index - 1] : nil
      let after = index + 1 < windows.count ? windows[index + 1] : nil
      let start = before.map {
        $0.endSeconds > window.startSeconds ? middle($0, window) : window.startSeconds
      }
      let end = after.map { window.endSeconds > $0.startSeconds ? middle(window, $0) : window.endSeconds }
      let cell = Cell(
        startSeconds: start ?? window.startSeconds, endSeconds: end ?? window.endSeconds,
        probabilities: window.probabilities)
      return cell.seconds > 0 ? cell : nil
    }
  }
}
