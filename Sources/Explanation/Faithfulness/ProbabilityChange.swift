import Files

/// The probability of the explained class on the input and on the part that a map keeps.
///
/// The measures of masking (Average Drop, Increase in Confidence, Average Gain) are means of the three numbers of this
/// type. They say nothing about how much was kept: a map that keeps everything has no drop. Read them together with the kept
/// share, the mean of the mask.
///
/// Sources: Chattopadhay et al. 2018, doi:10.1109/WACV.2018.00097 (drop, increase); Zhang et al., "Opti-CAM", 2024,
/// doi:10.1016/j.cviu.2024.104101 (gain).
public struct ProbabilityChange: Sendable, Hashable, Codable {
  /// Y, the softmax probability of the class on the input.
  public let original: Double
  /// O, that of the same class on the masked input.
  public let masked: Double

  public init(original: Double, masked: Double) {
    self.original = original
    self.masked = masked
  }

  /// max(0, Y - O) / Y; 0 if Y is 0 and nothing can drop.
  public var drop: Double { original > 0 ? max(0, original - masked) / original : 0 }

  /// Whether O > Y, strictly.
  public var isIncrease: Bool { masked > original }

  /// max(0, O - Y) / (1 - Y); 0 if Y is 1 and nothing can be gained.
  public var gain: Double { original < 1 ? max(0, masked - original) / (1 - original) : 0 }
}

extension Sequence where Element == ProbabilityChange {
  /// Average Drop, 100 / N sum of max(0, Y - O) / Y, in percent; lower is better. NaN for no items.
  public var averageDrop: Double { percentMean { $0.drop } }

  /// Increase in Confidence, 100 / N sum of [O > Y], in percent; higher is better. NaN for no items.
  public var increaseInConfidence: Double { percentMean { $0.isIncrease ? 1 : 0 } }

  /// Average Gain, 100 / N sum of max(0, O - Y) / (1 - Y), in percent; higher is better. NaN for no items.
  public var averageGain: Double { percentMean { $0.gain } }

  private func percentMean(_ value: (ProbabilityChange) -> Double) -> Double {
    var (sum, count) = (0.0, 0.0)
    for change in self {
      sum += value(change)
      count += 1
    }
    return 100 * sum / count
  }
}

/// How often the first of two methods has the smaller drop on the same inputs.
public struct WinCount: Sendable, Hashable, Codable {
  /// Inputs where the first method drops less.
  public let wins: Int
  /// Inputs where the second method drops less.
  public let losses: Int
  /// Inputs where both drop equally, to the last digit (mostly both 0).
  public let ties: Int

  public init(wins: Int, losses: Int, ties: Int) {
    (self.wins, self.losses, self.ties) = (wins, losses, ties)
  }

  /// Compares drops input by input; traps unless both have the same number.
  public init(first: [Double], second: [Double]) {
    demand(first.count == second.count, "\(first.count) drops against \(second.count)")
    var (wins, losses) = (0, 0)
    for (one, other) in zip(first, second) {
      if one < other { wins += 1 } else if one > other { losses += 1 }
    }
    self.init(wins: wins, losses: losses, ties: first.count - wins - losses)
  }

  /// Win %, 100 wins / (wins + losses + ties). NaN for no inputs.
  public var percent: Double { 100 * Double(wins) / Double(wins + losses + ties) }
  /// Ties in percent of all inputs.
  public var tiePercent: Double { 100 * Double(ties) / Double(wins + losses + ties) }
}
