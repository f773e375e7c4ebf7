import Foundation

/// How the learning rate changes during a training, after a linear warm-up.
public enum LearningRateSchedule: String, Codable, Sendable, CaseIterable {
  /// The same rate throughout.
  case constant
  /// Half a cosine from the rate down to zero over all epochs (Loshchilov and Hutter 2017, arXiv:1608.03983).
  case cosine
  /// Multiplied by a factor every few epochs: ``StepDecay``.
  case step
  /// Multiplied by a factor when the validation loss has not improved for some epochs: ``PlateauDecay``.
  case plateau
  /// Up to the rate and then far down, once over all epochs: ``OneCycle``.
  case oneCycle = "one-cycle"

  /// Whether the rate of a step depends on the number of epochs requested.
  public var dependsOnEpochs: Bool { self == .cosine || self == .oneCycle }
}

/// The rate falls by a factor every few epochs, like PyTorch's `StepLR`; epochs are counted after the warm-up.
public struct StepDecay: Codable, Sendable, Hashable {
  /// Epochs between two reductions, at least 1.
  public var epochs = 10
  /// The factor by which the rate is multiplied.
  public var factor: Double = 0.1

  public init() {}

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    epochs = try values.decodeIfPresent(Int.self, forKey: .epochs) ?? epochs
    factor = try values.decodeIfPresent(Double.self, forKey: .factor) ?? factor
  }
}

/// The rate falls by a factor when the validation loss stagnates, like PyTorch's `ReduceLROnPlateau`.
///
/// An epoch is better when its loss is below `best (1 - threshold)`. Epochs that end within the warm-up do not count.
public struct PlateauDecay: Codable, Sendable, Hashable {
  /// The factor by which the rate is multiplied.
  public var factor: Double = 0.1
  /// Epochs without improvement to wait for; the rate falls after the next one.
  public var patience = 10
  /// Relative improvement by which a loss must be lower to count as better.
  public var threshold: Double = 1e-4
  /// Epochs after a reduction that do not count.
  public var cooldown = 0
  /// Lower limit of the rate.
  public var minimumRate: Double = 0

  public init() {}

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    factor = try values.decodeIfPresent(Double.self, forKey: .factor) ?? factor
    patience = try values.decodeIfPresent(Int.self, forKey: .patience) ?? patience
    threshold = try values.decodeIfPresent(Double.self, forKey: .threshold) ?? threshold
    cooldown = try values.decodeIfPresent(Int.self, forKey: .cooldown) ?? cooldown
    minimumRate = try values.decodeIfPresent(Double.self, forKey: .minimumRate) ?? minimumRate
  }
}

/// The rate rises from a fraction of the learning rate to it, then falls to nearly nothing, both along half a cosine; the
/// momentum (Adam's beta1) moves in the opposite direction. Like PyTorch's `OneCycleLR` with two phases.
///
/// Source: Smith and Topin 2018, "Super-Convergence", arXiv:1708.07120.
public struct OneCycle: Codable, Sendable, Hashable {
  /// Share of the steps in which the rate rises: `pct_start`.
  public var risingShare: Double = 0.3
  /// The first rate is the learning rate divided by this: `div_factor`.
  public var startDivisor: Double = 25
  /// The last rate is the first one divided by this: `final_div_factor`.
  public var endDivisor: Double = 1e4
  /// Whether the momentum changes too: `cycle_momentum`. It then replaces `momentum` and `adamBeta1`.
  public var cyclesMomentum = true
  /// The momentum at the highest rate: `base_momentum`.
  public var lowestMomentum: Double = 0.85
  /// The momentum at the first and the last rate: `max_momentum`.
  public var highestMomentum: Double = 0.95

  public init() {}

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    risingShare = try values.decodeIfPresent(Double.self, forKey: .risingShare) ?? risingShare
    startDivisor = try values.decodeIfPresent(Double.self, forKey: .startDivisor) ?? startDivisor
    endDivisor = try values.decodeIfPresent(Double.self, forKey: .endDivisor) ?? endDivisor
    cyclesMomentum = try values.decodeIfPresent(Bool.self, forKey: .cyclesMomentum) ?? cyclesMomentum
    lowestMomentum = try values.decodeIfPresent(Double.self, forKey: .lowestMomentum) ?? lowestMomentum
    highestMomentum = try values.decodeIfPresent(Double.self, forKey: .highestMomentum) ?? highestMomentum
  }
}
