import Models
public import Networks
public import Tensors
public import Training

/// Maps of noise, louder in the lower half of their rows for class 0 and in the upper half for class 1: what decides is known.
public struct BandsOfNoise: ExampleSource {
  public let mapShape: Shape = [16, 24]
  public let labels: [Int]
  private let maps: Tensor

  public init(count: Int, seed: UInt64) {
    labels = (0..<count).map { $0 % 2 }
    var generator = SeededGenerator(seed: seed)
    var values: [Float] = []
    for label in labels {
      for row in 0..<16 {
        let isLoud = (row < 8) == (label == 0)
        for _ in 0..<24 { values.append(generator.normal() * 0.5 + (isLoud ? 1 : 0)) }
      }
    }
    maps = Tensor(values, shape: [count, 1, 16, 24])
  }

  public func inputs(_ examples: [Int]) -> Tensor { Tensor.stack(examples.map { maps.item($0) }) }

  /// Trains a network on the first two thirds of the maps, the class "low" or "high" of each; the others choose the epoch.
  public func train(_ network: Network, epochs: Int = 6) -> Trainer.Result {
    var configuration = TrainingConfiguration()
    (configuration.epochs, configuration.batchSize, configuration.seed) = (epochs, 16, 3)
    let split = labels.count * 2 / 3
    return Trainer(configuration, labels: ["low", "high"]).fit(
      network, source: self, train: Array(0..<split), valid: Array(split..<labels.count))
  }
}
