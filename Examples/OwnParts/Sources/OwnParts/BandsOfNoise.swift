import Tensors
import Training

/// Maps of noise, louder in the lower half of their rows for class 0 and in the upper half for class 1: what decides is known.
struct BandsOfNoise: ExampleSource {
  let mapShape: Shape = [16, 24]
  let labels: [Int]
  private let maps: Tensor

  init(count: Int, seed: UInt64) {
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

  func inputs(_ examples: [Int]) -> Tensor { Tensor.stack(examples.map { maps.item($0) }) }
}
