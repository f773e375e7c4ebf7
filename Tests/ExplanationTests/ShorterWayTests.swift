import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Methods of many passes on a network that may take shorter ways, against the same on one that takes none.
@Suite(.tags(.property)) struct ShorterWayTests {
  /// Networks' maps by both ways: each method's name, layer, the usual map and the other one.
  private func maps(
    _ network: Network, _ input: Tensor, _ methods: [MethodAtLayer]
  ) throws -> [(name: String, usual: ClassExplanation, shorter: ClassExplanation)] {
    var short = network
    short.convolvesBlocks = true
    let rounds: [[Score]] = [[.logit(0)], [.contrast(1, 0)]]
    let usual = try Explainer(network: network).explain(batch: [input], by: methods, scores: rounds)
    let found = try Explainer(network: short).explain(batch: [input], by: methods, scores: rounds)
    return rounds.indices.flatMap { round in
      methods.enumerated().map { place, asked in
        (
          "\(asked.method.name) \(asked.layer ?? "")", usual[round][place][0], found[round][place][0]
        )
      }
    }
  }

  private func check(_ network: Network, _ input: Tensor, _ methods: [MethodAtLayer]) throws {
    for (name, usual, shorter) in try maps(network, input, methods) {
      let largest = usual.signedMap.values.map { abs($0) }.max() ?? 0
      #expect(largest > 0)
      // A weight of Ablation-CAM is a difference of scores a thousand times its size.
      let tolerance: Float = name.hasPrefix("ablation-cam") ? 2e-4 : 5e-6
      expectClose(
        shorter.signedMap.values, usual.signedMap.values, absolute: tolerance * largest, name)
      #expect(shorter.flags == usual.flags)
    }
  }

  private static let methods =
    [MethodAtLayer(IntegratedGradients(steps: 7))]
    + ["conv1", "conv2", "relu2", "conv3"].flatMap { layer in
      [MethodAtLayer(AblationCAM(), layer: layer), MethodAtLayer(ScoreCAM(), layer: layer)]
    }

  @Test(arguments: [[1, 20, 26], [1, 33, 47]] as [Shape]) func smallNetworks(shape: Shape) throws {
    var options = ThreeBlockOptions()
    options.channels = [24, 16, 16]
    let network = try Network(.threeBlock(inputShape: shape, classCount: 3, options: options), seed: 4)
    try check(
      network, Tensor.random([shape[1], shape[2]], seed: 2), Self.methods + [MethodAtLayer(SmoothGrad())])
  }

  private let founding = Result {
    (
      try Network(.threeBlock(inputShape: [1, 128, 431], classCount: 2), seed: 6),
      Tensor.random([128, 431], seed: 3)
    )
  }

  @Test func theFoundingNetwork() throws {
    let (network, input) = try founding.get()
    try check(network, input, Self.methods)
  }

  /// Of some ten million rectifiers in noisy copies a few are so near to zero that rounding opens or closes them, which moves the cells that
  /// they see. So maps are compared as a whole.
  @Test func roundingInSmoothGrad() throws {
    let (network, input) = try founding.get()
    for (name, usual, shorter) in try maps(network, input, [MethodAtLayer(SmoothGrad())]) {
      let pairs = zip(shorter.signedMap.values, usual.signedMap.values).map { (Double($0), Double($1)) }
      let square = { (values: [Double]) in values.reduce(0) { $0 + $1 * $1 } }
      let distance = (square(pairs.map { $0 - $1 }) / square(pairs.map(\.1))).squareRoot()
      #expect(distance < 1e-3, "\(name): \(distance)")
    }
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
