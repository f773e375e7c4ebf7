import Models

/// What a plateau schedule remembers from epoch to epoch.
struct PlateauState: Codable, Sendable, Hashable {
  /// The rate after the warm-up; nil before the first fall.
  var rate: Double?
  /// The lowest loss that counted.
  var best: Double?
  var badEpochs = 0
  var cooldown = 0

  /// Takes a validation loss into account, in the order in which PyTorch's `ReduceLROnPlateau.step` does.
  mutating func note(_ loss: Double, options: PlateauDecay, learningRate: Double) {
    if best.map({ loss < $0 * (1 - options.threshold) }) ?? true {
      (best, badEpochs) = (loss, 0)
    } else {
      badEpochs += 1
    }
    if cooldown > 0 {
      cooldown -= 1
      badEpochs = 0
    }
    guard badEpochs > options.patience else { return }
    let old = rate ?? learningRate
    let new = max(old * options.factor, options.minimumRate)
    // PyTorch's `eps`: a smaller fall is not made.
    if old - new > 1e-8 { rate = new }
    (cooldown, badEpochs) = (options.cooldown, 0)
  }
}
