import Files
import Foundation

/// How the windows of a track are combined into one prediction.
public enum WindowAverage: String, Sendable, Codable, CaseIterable {
  /// Mean of the windows' softmax probabilities.
  case probability
  /// Mean of their logarithms, converted back to probabilities: `exp(mean log p) / sum`. One window that rules a class out counts
  /// for more than in ``probability``.
  case logProbability = "log-probability"
  /// Share of the windows whose most probable class it is; if classes have equally many votes, the one with the higher mean
  /// probability wins.
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

  /// The class for which the windows together speak: the largest of ``combined(_:)``, the first of several equal ones.
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
