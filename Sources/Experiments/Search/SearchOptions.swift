public import Files

/// How settings are searched for.
public struct SearchOptions: Sendable, Hashable, Codable {
  /// Which trials are run, and for how long.
  public enum Strategy: String, Sendable, Codable, CaseIterable {
    /// Every trial with all epochs (Bergstra and Bengio 2012, "Random Search for Hyper-Parameter Optimization", JMLR 13).
    case random
    /// All trials with few epochs, the best of them with `eta` times as many, and so on (Jamieson and Talwalkar 2016,
    /// arXiv:1502.07943).
    case halving
  }

  /// What a trial is judged by, on the validation part at its best epoch.
  public enum Metric: String, Sendable, Codable, CaseIterable {
    /// Cross-entropy; smaller is better.
    case loss
    /// Share of clips labelled right; of equals the smaller loss is better.
    case accuracy
  }

  public var strategy = Strategy.random
  /// Settings that are drawn.
  public var trials = 20
  public var metric = Metric.loss
  /// Seeds the draws; training keeps the configuration's seed in every trial.
  public var seed: UInt64 = 1
  /// Halving: one of `eta` trials continues, with `eta` times the epochs.
  public var eta = 3
  /// Halving: epochs of the first rung.
  public var minimumEpochs = 2

  public init() {}

  /// Throws ``CodedError`` for numbers without a meaning.
  public func validate() throws(CodedError) {
    guard (1...100_000).contains(trials) else {
      throw CodedError(.usage, "trials must be 1 to 100000, not \(trials)")
    }
    guard (2...100).contains(eta) else { throw CodedError(.usage, "eta must be 2 to 100, not \(eta)") }
    guard (1...100_000).contains(minimumEpochs) else {
      throw CodedError(.usage, "the first rung's epochs must be 1 to 100000, not \(minimumEpochs)")
    }
  }

  /// One round of trials.
  public struct Rung: Sendable, Hashable {
    /// Trials that run in it.
    public let trials: Int
    /// Epochs that each runs at most.
    public let epochs: Int
  }

  /// The rounds of a search over `trials` settings whose trainings have `epochs` epochs in full.
  ///
  /// Halving: the first with ``minimumEpochs``, each further one with ``eta`` times as many for one in ``eta`` of the trials
  /// (rounded down, at least one), the last with all epochs.
  public func rungs(trials: Int, epochs: Int) -> [Rung] {
    guard strategy == .halving else { return [Rung(trials: trials, epochs: epochs)] }
    var (rungs, count, length): ([Rung], Int, Int) = ([], trials, minimumEpochs)
    while length < epochs {
      rungs.append(Rung(trials: count, epochs: length))
      (count, length) = (max(1, count / eta), length * eta)
    }
    return rungs + [Rung(trials: count, epochs: epochs)]
  }
}
