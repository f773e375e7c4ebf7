import Explanation
import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// What Golden/generate_attacks.py computes in float64.
private struct GoldenAttacks: Decodable {
  struct Attack: Decodable {
    let method: AdversarialAttack.Method
    let epsilon: Float
    let steps: Int
    let stepSize: Float
    let losses: [Double]
    let predicted: [Int]
    let accuracy: Double
    let signs: String?
    let inputs: GoldenTensor?
  }
  struct Subject: Decodable {
    let inputs: GoldenTensor
    let classes: [Int]
    let seed: UInt64
    let losses: [Double]
    let predicted: [Int]
    let attacks: [Attack]
  }
  let networks: [String: Subject]
}

@Suite(.tags(.reference)) struct AdversarialAttackTests {
  private func subject(_ name: String) throws -> (Network, GoldenAttacks.Subject, [Tensor]) {
    let subject = try #require(try golden(GoldenAttacks.self, "attacks.json").networks[name])
    let inputs = subject.inputs.tensor
    return (
      try GoldenNetwork.named(name).network(name), subject, (0..<inputs.shape[0]).map { inputs.item($0) }
    )
  }

  private func attack(_ expected: GoldenAttacks.Attack, seed: UInt64) -> AdversarialAttack {
    var attack = AdversarialAttack(expected.method, epsilon: expected.epsilon)
    (attack.steps, attack.stepSize, attack.seed) = (expected.steps, expected.stepSize, seed)
    return attack
  }

  @Test(arguments: ["three-block", "pooled", "residual"]) func attacksAreThoseOfTorch(name: String) throws {
    let (network, subject, inputs) = try subject(name)
    for expected in subject.attacks {
      let examples = try attack(expected, seed: subject.seed).run(
        inputs, classes: subject.classes, on: network)
      let changed = examples.flatMap(\.input.values)
      if let signs = expected.signs {
        // A sign is right or wrong: no tolerance beyond the sum's rounding.
        let moved = zip(subject.inputs.tensor.values, signs).map {
          $0 + expected.epsilon * ($1 == "+" ? 1 : $1 == "-" ? -1 : 0)
        }
        expectClose(changed, moved, absolute: 1e-6, "\(name) \(expected.method)")
      }
      if let inputs = expected.inputs {
        expectClose(changed, Array(inputs.tensor.values), absolute: 1e-5, "\(name) \(expected.method)")
      }
      expectClose(
        examples.map { Float($0.lossAfter) }, expected.losses.map { Float($0) }, absolute: 1e-5,
        relative: 1e-5)
      expectClose(
        examples.map { Float($0.lossBefore) }, subject.losses.map { Float($0) }, absolute: 1e-5,
        relative: 1e-5)
      #expect(examples.map(\.predictedAfter) == expected.predicted)
      #expect(examples.map(\.predictedBefore) == subject.predicted)
      let right = zip(examples, subject.classes).count { $0.predictedAfter == $1 }
      #expect(Double(right) / Double(inputs.count) == expected.accuracy)
    }
  }

  @Test(arguments: AdversarialAttack.Method.allCases) func changesStayInTheBall(
    method: AdversarialAttack.Method
  ) throws {
    let (network, subject, inputs) = try subject("residual")
    for epsilon: Float in [0.001, 0.1, 2] {
      var attack = AdversarialAttack(method, epsilon: epsilon)
      attack.stepSize = epsilon / 2
      for (example, input) in zip(try attack.run(inputs, classes: subject.classes, on: network), inputs) {
        // One rounding of x + epsilon, of magnitude up to 6.
        #expect(example.largestChange <= epsilon + 1e-6)
        #expect(example.largestChange > 0.9 * epsilon)
        expectClose(
          zip(example.input.values, example.perturbation.values).map { $0 - $1 }, Array(input.values),
          absolute: 1e-6)
      }
      attack.bounds = -0.5...0.25
      for example in try attack.run(inputs, classes: subject.classes, on: network) {
        #expect(example.input.values.allSatisfy { (-0.5...0.25).contains($0) })
      }
    }
  }

  @Test func nothingIsChangedByNothing() throws {
    let (network, subject, inputs) = try subject("pooled")
    for method in AdversarialAttack.Method.allCases {
      let examples = try AdversarialAttack(method, epsilon: 0).run(
        inputs, classes: subject.classes, on: network)
      #expect(zip(examples, inputs).allSatisfy { $0.input.values == $1.values })
      #expect(examples.allSatisfy { $0.predictedAfter == $0.predictedBefore && $0.largestChange == 0 })
    }
  }

  /// Of a linear network the gradient is the same everywhere: no step up it can lower the loss, and none goes higher than FGSM's.
  @Test func aLinearNetworkIsLedStraightUp() throws {
    let network = try Network(
      Architecture(
        name: "linear", inputShape: [1, 4, 5],
        chain: [("flatten", Flatten()), ("dense1", Dense(outputCount: 3))]), seed: 7)
    let inputs = (0..<10).map { Tensor.random([4, 5], seed: UInt64($0)) }
    let classes = (0..<10).map { $0 % 3 }
    for epsilon: Float in [0.001, 0.01, 0.1] {
      for example in try AdversarialAttack(.fgsm, epsilon: epsilon).run(inputs, classes: classes, on: network)
      {
        #expect(example.lossAfter > example.lossBefore)
      }
    }
  }

  @Test(arguments: ["three-block", "residual"]) func manyStepsFindMoreThanOne(name: String) throws {
    let (network, subject, inputs) = try subject(name)
    func meanLoss(_ method: AdversarialAttack.Method) throws -> Double {
      let examples = try AdversarialAttack(method, epsilon: 0.2).run(
        inputs, classes: subject.classes, on: network)
      return examples.reduce(0) { $0 + $1.lossAfter } / Double(examples.count)
    }
    #expect(try meanLoss(.pgd) >= meanLoss(.fgsm))
  }

  @Test func oneSeedOneResultWhateverTheBatch() throws {
    let (network, subject, inputs) = try subject("pooled")
    func changed(seed: UInt64, batchSize: Int) throws -> [[Float]] {
      var attack = AdversarialAttack(.pgd, epsilon: 0.1)
      (attack.seed, attack.steps) = (seed, 3)
      return try attack.run(inputs, classes: subject.classes, on: network, batchSize: batchSize).map {
        Array($0.input.values)
      }
    }
    let first = try changed(seed: 1, batchSize: 16)
    #expect(try changed(seed: 1, batchSize: 16) == first)
    for (one, other) in zip(try changed(seed: 1, batchSize: 2), first) {
      // Another batch sums in another order: where a slope is nearly 0 its sign may differ, nowhere else.
      #expect(zip(one, other).count { $0 != $1 } <= 2)
    }
    #expect(try changed(seed: 2, batchSize: 16) != first)
  }

  /// A sure network's softmax is 1 in single precision, and p - 1 would be 0.
  @Test func sureNetworksHaveSlopes() throws {
    let (plain, _, inputs) = try subject("residual")
    var network = plain
    for name in ["dense1.weight", "dense1.bias"] {
      network.parameters[name] = network.parameters[name].map { 1_000 * $0 }
    }
    let classes = inputs.map { network.forward(Tensor.stack([$0])).logits.values }.map { logits in
      logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
    }
    let examples = try AdversarialAttack(.fgsm, epsilon: 0.1).run(inputs, classes: classes, on: network)
    #expect(examples.allSatisfy { $0.largestChange > 0.09 })
    let plainExamples = try AdversarialAttack(.fgsm, epsilon: 0.1).run(inputs, classes: classes, on: plain)
    // Of two classes the directions would be the same; of three, the weaker wrong one counts for less.
    let alike = zip(examples, plainExamples).map { pair in
      zip(pair.0.perturbation.values, pair.1.perturbation.values).count { ($0 > 0) == ($1 > 0) }
    }
    #expect(alike.allSatisfy { $0 > inputs[0].count / 2 })
  }

  @Test func meaninglessOptionsAreRefused() throws {
    let (network, subject, inputs) = try subject("pooled")
    func refused(_ change: (inout AdversarialAttack) -> Void) -> CodedError.Code? {
      var attack = AdversarialAttack(.pgd, epsilon: 0.1)
      change(&attack)
      do {
        _ = try attack.run(inputs, classes: subject.classes, on: network)
        return nil
      } catch { return error.code }
    }
    #expect(refused { _ in } == nil)
    #expect(refused { $0.epsilon = -1 } == .badOption)
    #expect(refused { $0.epsilon = .nan } == .badOption)
    #expect(refused { $0.steps = 0 } == .badOption)
    #expect(refused { $0.stepSize = 0 } == .badOption)
    #expect(throws: CodedError.self) {
      try AdversarialAttack(.fgsm, epsilon: 0.1).run([inputs[0]], classes: [3], on: network)
    }
    var broken = inputs[0]
    broken[0, 0, 0] = .nan
    #expect(throws: CodedError.self) {
      try AdversarialAttack(.fgsm, epsilon: 0.1).run([broken], classes: [0], on: network)
    }
  }
}
