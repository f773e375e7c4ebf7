import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Methods of many passes on a network that may take shorter ways, against the same on one that takes none.
@Suite(.tags(.property)) struct ShorterWayTests {
  private func check(_ network: Network, _ input: Tensor, tolerance: Float) throws {
    var short = network
    short.convolvesBlocks = true
    var methods = [MethodAtLayer(IntegratedGradients(steps: 7)), MethodAtLayer(SmoothGrad())]
    for layer in ["conv1", "conv2", "relu2", "conv3"] {
      methods += [MethodAtLayer(AblationCAM(), layer: layer), MethodAtLayer(ScoreCAM(), layer: layer)]
    }
    let rounds: [[Score]] = [[.logit(0)], [.contrast(1, 0)]]
    let (one, other) = (Explainer(network: network), Explainer(network: short))
    let expected = try one.explain(batch: [input], by: methods, scores: rounds)
    let found = try other.explain(batch: [input], by: methods, scores: rounds)
    for round in rounds.indices {
      for (place, asked) in methods.enumerated() {
        let (own, usual) = (found[round][place][0], expected[round][place][0])
        let largest = usual.signedMap.values.map { abs($0) }.max() ?? 0
        #expect(largest > 0)
        let (far, l2) = Self.distance(own.signedMap.values, usual.signedMap.values)
        print("SHORTER", asked.method.name, asked.layer ?? "", round, far / largest, l2)
        expectClose(
          own.signedMap.values, usual.signedMap.values, absolute: tolerance * largest,
          "\(asked.method.name) \(asked.layer ?? "")")
        #expect(own.flags == usual.flags)
      }
    }
  }

  private static func distance(_ one: [Float], _ other: [Float]) -> (Float, Float) {
    let differences = zip(one, other).map { $0 - $1 }
    let square = { (values: [Float]) in values.reduce(Float(0)) { $0 + $1 * $1 } }
    return (differences.map { abs($0) }.max() ?? 0, (square(differences) / square(other)).squareRoot())
  }

  @Test(arguments: [[1, 20, 26], [1, 33, 47]] as [Shape]) func smallNetworks(shape: Shape) throws {
    var options = ThreeBlockOptions()
    options.channels = [24, 16, 16]
    let network = try Network(.threeBlock(inputShape: shape, classCount: 3, options: options), seed: 4)
    // A weight of Ablation-CAM is a difference of scores a thousand times its size.
    try check(network, Tensor.random([shape[1], shape[2]], seed: 2), tolerance: 1e-3)
  }

  @Test func theFoundingNetwork() throws {
    let network = try Network(.threeBlock(inputShape: [1, 128, 431], classCount: 2), seed: 6)
    try check(network, Tensor.random([128, 431], seed: 3), tolerance: 2e-3)
  }

  /// Pairs that advance together are summed in the order of one pair alone.
  @Test func eigenCAMSumsAsItDid() {
    var generator = SeededGenerator(seed: 1)
    for (count, positions) in [(1, 5), (8, 300), (11, 257), (24, 1000)] {
      let rows = (0..<count).map { _ in (0..<positions).map { _ in Double(generator.normal()) } }
      let found = EigenCAM.covariance(rows)
      for (first, row) in rows.enumerated() {
        for (second, other) in rows.enumerated() {
          var sum = 0.0
          for position in row.indices { sum += row[position] * other[position] }
          #expect(found[first][second] == sum)
        }
      }
    }
  }
}
