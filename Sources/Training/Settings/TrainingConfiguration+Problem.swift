import Features
public import Models
import Networks
import Tensors

extension TrainingConfiguration {
  /// A setting that no training can use.
  public struct Problem: Sendable, Hashable {
    /// The key's path, for example `plateau.factor`.
    public let key: String
    /// What is needed, in one line that names the key.
    public let message: String
  }

  /// The first setting that is out of its range; nil when all can be used.
  public var problem: Problem? {
    for check in checks + optimizerChecks + scheduleChecks + lossChecks where !check.holds {
      return Problem(key: check.key, message: check.message)
    }
    return nil
  }

  private typealias Check = (key: String, holds: Bool, message: String)

  private var checks: [Check] {
    let sizes = [network.kernel] + network.pools
    return [
      (
        "architecture", architecture == "three-block",
        "unknown architecture \"\(architecture)\": choose three-block"
      ),
      ("epochs", (1...100_000).contains(epochs), "epochs must be 1 to 100000, not \(epochs)"),
      ("batchSize", (1...65_536).contains(batchSize), "batch size must be 1 to 65536, not \(batchSize)"),
      ("patience", (1...100_000).contains(patience), "patience must be 1 to 100000, not \(patience)"),
      (
        "windowsPerRecording", (0...1_000_000).contains(windowsPerRecording),
        "windowsPerRecording must be 0 to 1000000, not \(windowsPerRecording)"
      ),
      ("cropFrames", cropFrames >= 0, "cropFrames must be at least 0, not \(cropFrames)"),
      (
        "cropFrames", cropFrames == 0 || normalization != .perFeature,
        "cropFrames does not go with normalization: per-feature, which belongs to single frames; use per-bin"
      ),
      (
        "precision", precision.isSupported,
        "this processor cannot train in \(precision.rawValue) (it has no AVX-512 BF16); leave precision: float32"
      ),
      (
        "network",
        !network.pools.isEmpty && sizes.allSatisfy { $0.count == 2 && $0.allSatisfy((1...4096).contains) },
        "network: kernel and each of pools are two numbers of at least 1, such as [5, 5]"
      ),
      (
        "network", !network.channels.isEmpty && network.channels.allSatisfy((1...65_536).contains),
        "network: channels is one number of at least 1 for each block, such as [24, 48, 48]"
      ),
      (
        "network", (0...1_048_576).contains(network.hiddenUnits),
        "network: hiddenUnits must be at least 0"
      ),
      (
        "network", network.dropout >= 0 && network.dropout < 1,
        "network: dropout must be at least 0 and below 1"
      ),
    ]
  }

  private var optimizerChecks: [Check] {
    [
      (
        "learningRate", learningRate > 0 && learningRate <= 10,
        "learning rate must be above 0 and at most 10, not \(learningRate)"
      ),
      ("momentum", (0..<1).contains(momentum), "momentum must be at least 0 and below 1, not \(momentum)"),
      (
        "nesterov", !nesterov || momentum > 0 || cyclesMomentum,
        "nesterov needs a momentum above 0"
      ),
      (
        "adamBeta1", (0..<1).contains(adamBeta1) && (0..<1).contains(adamBeta2),
        "adamBeta1 and adamBeta2 must be at least 0 and below 1"
      ),
      ("adamEpsilon", adamEpsilon > 0 && adamEpsilon.isFinite, "adamEpsilon must be above 0"),
      ("weightDecay", weightDecay >= 0 && weightDecay.isFinite, "weightDecay must be at least 0"),
      (
        "gradientClipNorm", gradientClipNorm >= 0 && gradientClipNorm.isFinite,
        "gradientClipNorm must be at least 0 (0 is no limit)"
      ),
    ]
  }

  private var cyclesMomentum: Bool { schedule == .oneCycle && oneCycle.cyclesMomentum }

  private var scheduleChecks: [Check] {
    let moments = [oneCycle.lowestMomentum, oneCycle.highestMomentum]
    return [
      ("warmupEpochs", warmupEpochs >= 0, "warmupEpochs must be at least 0"),
      (
        "stepDecay.epochs", (1...100_000).contains(stepDecay.epochs),
        "stepDecay: epochs must be 1 to 100000, not \(stepDecay.epochs)"
      ),
      (
        "stepDecay.factor", stepDecay.factor > 0 && stepDecay.factor <= 1,
        "stepDecay: factor must be above 0 and at most 1, not \(stepDecay.factor)"
      ),
      (
        "plateau.factor", plateau.factor > 0 && plateau.factor < 1,
        "plateau: factor must be above 0 and below 1, not \(plateau.factor)"
      ),
      (
        "plateau.patience",
        (0...100_000).contains(plateau.patience) && (0...100_000).contains(plateau.cooldown),
        "plateau: patience and cooldown must be 0 to 100000"
      ),
      (
        "plateau.threshold",
        (0..<1).contains(plateau.threshold) && plateau.minimumRate >= 0 && plateau.minimumRate.isFinite,
        "plateau: threshold must be at least 0 and below 1, minimumRate at least 0"
      ),
      (
        "oneCycle.risingShare", (0...1).contains(oneCycle.risingShare),
        "oneCycle: risingShare must be 0 to 1, not \(oneCycle.risingShare)"
      ),
      (
        "oneCycle.startDivisor",
        [oneCycle.startDivisor, oneCycle.endDivisor].allSatisfy { $0 >= 1 && $0.isFinite },
        "oneCycle: startDivisor and endDivisor must be at least 1"
      ),
      (
        "oneCycle.lowestMomentum",
        moments.allSatisfy { $0 > 0 && $0 < 1 } && moments[0] <= moments[1],
        "oneCycle: lowestMomentum and highestMomentum must lie between 0 and 1, in this order"
      ),
    ]
  }

  private var lossChecks: [Check] {
    var weights: [Double] = []
    if case .explicit(let given) = classWeights { weights = Array(given.values) }
    return [
      (
        "labelSmoothing", (0..<1).contains(labelSmoothing),
        "labelSmoothing must be at least 0 and below 1"
      ),
      (
        "averagingDecay", (0..<1).contains(averagingDecay),
        "averagingDecay must be at least 0 and below 1"
      ),
      (
        "classWeights", weights.allSatisfy { $0 > 0 && $0 <= 1e6 },
        "classWeights must be above 0 and at most 1000000"
      ),
    ]
  }
}
