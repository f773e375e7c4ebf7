import Features
public import Models
import Networks
import Tensors

extension TrainingConfiguration {
  /// An invalid setting.
  public struct Problem: Sendable, Hashable {
    /// The key's path, for example `plateau.factor`.
    public let key: String
    /// The requirement, in one line that names the key.
    public let message: String
  }

  /// The first setting that is out of range, otherwise the first that conflicts with another or with this processor; nil if all
  /// are valid. The ranges are those of ``ConfigurationKey``.
  public var problem: Problem? {
    var plan = TrainingPlan()
    plan.training = self
    guard let found = plan.rangeProblem ?? relationProblem else {
      return precision.isSupported
        ? nil
        : Problem(
          key: "precision",
          message:
            "this processor cannot train in \(precision.rawValue) (it has no AVX-512 BF16); leave precision: float32"
        )
    }
    let key = found.keys.first ?? ""
    return Problem(key: key, message: "\(key) \(found.message)")
  }

  /// The first setting that does not go with another.
  var relationProblem: ConfigurationProblem? {
    if cropFrames != 0, normalization == .perFeature {
      return ConfigurationProblem(
        ["cropFrames"],
        "does not go with normalization: per-feature, which belongs to single frames; use per-bin")
    }
    if architecture != Self.founding, network != ThreeBlockOptions() {
      return ConfigurationProblem(
        ["architecture"], "\(architecture) has no options: network.* belongs to \(Self.founding)")
    }
    if nesterov, momentum == 0, !(schedule == .oneCycle && oneCycle.cyclesMomentum) {
      return ConfigurationProblem(["nesterov"], "needs a momentum above 0")
    }
    if oneCycle.lowestMomentum > oneCycle.highestMomentum {
      return ConfigurationProblem(
        ["oneCycle.lowestMomentum", "oneCycle.highestMomentum"],
        "does not fit: the lowest momentum, \(oneCycle.lowestMomentum), is above the highest, \(oneCycle.highestMomentum)"
      )
    }
    return nil
  }
}
