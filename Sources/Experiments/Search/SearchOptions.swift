public import Files

/// How settings are searched for.
public struct SearchOptions: Sendable, Hashable, Codable {
  /// Which trials to run, and for how long.
  public enum Strategy: String, Sendable, Codable, CaseIterable {
    /// Every trial with all epochs (Bergstra and Bengio 2012, "Random Search for Hyper-Parameter Optimization", JMLR 13).
    case random
    /// All trials with few epochs, the best of them with `eta` times as many, and so on (Jamieson and Talwalkar 2016,
    /// arXiv:1502.07943).
    case halving
  }

  /// The criterion for a trial, on the validation part at its best epoch.
  public enum Metric: String, Sendable, Codable, CaseIterable {
    /// Cross-entropy; smaller is better.
    case loss
    /// Share of clips labelled correctly; for equal shares, the smaller loss is better.
    case accuracy
  }

  public var strategy = Strategy.random
  /// Number of settings drawn.
  public var trials = 20
  public var metric = Metric.loss
  /// Seed of the draws; every trial trains with the configuration's seed.
  public var seed: UInt64 = 1
  /// Halving: one of `eta` trials continues, with `eta` times the epochs.
  public var eta = 3
  /// Halving: epochs of the first rung.
  public var minimumEpochs = 2

  public init() {}

  /// Throws ``CodedError`` for invalid numbers.
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
    /// Number of trials that run in it.
    public let trials: Int
    /// Largest number of epochs for each.
    public let epochs: Int
  }

  /// The rounds of a search over `trials` settings whose full trainings have `epochs` epochs.
  ///
  /// Halving: the first has ``minimumEpochs``, each further round ``eta`` times as many for one in ``eta`` of the trials (rounded
  /// down, at least one), and the last all epochs.
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
