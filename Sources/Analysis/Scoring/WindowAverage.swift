public import Files
import Foundation

/// How the windows of a track make one prediction.
public enum WindowAverage: String, Sendable, Codable, CaseIterable {
  /// Mean of the windows' softmax probabilities.
  case probability
  /// Mean of their logarithms, as probabilities again: `exp(mean log p) / sum`. One window that rules a class out counts
  /// for more than in ``probability``.
  case logProbability = "log-probability"
  /// Share of the windows whose most probable class it is; of classes with equally many votes, the one with the higher
  /// mean probability.
  case vote

  /// Smallest probability whose logarithm is taken.
  private static let floor = 1e-38

  /// One distribution from several, all of the same length; empty for none.
  public func combined(_ windows: [[Double]]) -> [Double] {
    guard let first = windows.first else { return [] }
    let count = Double(windows.count)
    let means = first.indices.map { index in windows.reduce(0) { $0 + $1[index] } / count }
    switch self {
    case .probability: return means
    case .logProbability:
      let logs = first.indices.map { index in
        windows.reduce(0) { $0 + log(max($1[index], Self.floor)) } / count
      }
      let largest = logs.max() ?? 0
      let weights = logs.map { exp($0 - largest) }
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum }
    case .vote:
      var votes = [Double](repeating: 0, count: first.count)
      for window in windows { votes[window.indexOfLargest] += 1 }
      return votes.map { $0 / count }
    }
  }

  /// The class that the windows together speak for: the largest of ``combined(_:)``, of equals the first.
  public func choice(of windows: [[Double]]) -> Int {
    let shares = combined(windows)
    guard self == .vote, let most = shares.max() else { return shares.indexOfLargest }
    let means = Self.probability.combined(windows)
    let leaders = shares.indices.filter { shares[$0] == most }
    return leaders.dropFirst().reduce(leaders[0]) { means[$1] > means[$0] ? $1 : $0 }
  }
}

extension [Double] {
  /// The first of the largest elements; 0 for none.
  package var indexOfLargest: Int { indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 } }
}

/// How tracks are scored: which windows, and what is made of them.
///
/// ```swift
/// var options = ScoringOptions()
/// (options.hopSeconds, options.average) = (0.5, .logProbability)
/// let heard = try model.classify(["song.mp3"], options: options)
/// ```
///
/// By default window follows window and their probabilities are averaged. A hop shorter than a window shows more finely where a class changes;
/// such windows overlap, and so nothing counts them as independent of each other.
public struct ScoringOptions: Sendable, Hashable, Codable {
  public var average = WindowAverage.probability
  /// Evenly spaced crops of a map that is longer than the network's input (nil: as few as cover it), or copies of a map
  /// of the same length that are shifted in time by up to a sixteenth of it either way (nil: only the map itself).
  public var crops: Int?
  /// Seconds from one window of sound to the next; nil sets window after window.
  public var hopSeconds: Double?
  /// Whether logits are divided by the model's temperature, so that probabilities are as high as it is right. A window's
  /// class stays the same.
  public var isCalibrated = false
  /// That the whole track is heard in one pass, without windows; nil hears windows.
  public var wholeTrack: WholeTrackOptions?

  public init() {}

  /// The same without ``wholeTrack``.
  package var ofWindows: ScoringOptions {
    var options = self
    options.wholeTrack = nil
    return options
  }

  /// Throws ``CodedError`` for numbers without a meaning.
  public func validate() throws(CodedError) {
    if let crops, !(1...1000).contains(crops) {
      throw CodedError(.usage, "crops must be 1 to 1000, not \(crops)")
    }
    if let hopSeconds, !(hopSeconds >= 0.01 && hopSeconds <= 3600) {
      throw CodedError(.usage, "the hop must be 0.01 to 3600 seconds, not \(hopSeconds)")
    }
    guard wholeTrack != nil else { return }
    let ofWindows = [
      ("an average", average != .probability), ("crops", crops != nil), ("a hop", hopSeconds != nil),
      ("calibration, fitted on windows,", isCalibrated),
    ]
    if let (name, _) = ofWindows.first(where: \.1) {
      throw CodedError(.usage, "\(name) belongs to windows: a whole track is heard without them")
    }
  }
}
