import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// What must hold for measures of a network whose evidence is known: one logit sums a corner of the input, the other is 0.
@Suite(.tags(.hand)) struct FaithfulnessProbeTests {
  static let shape: Shape = [1, 8, 20]

  /// Logit 0 is the sum of rows 0 to 3, columns 0 to 4; logit 1 is 0.
  static func network() throws -> Network {
    var network = try Network(
      Architecture(
        name: "corner", inputShape: shape,
        chain: [("flatten", Flatten()), ("dense1", Dense(outputCount: 2))]), seed: 1)
    var weight = Tensor(shape: [2, 160])
    for row in 0..<4 { for column in 0..<5 { weight[0, row * 20 + column] = 1 } }
    network.parameters["dense1.weight"] = weight
    network.parameters["dense1.bias"] = Tensor(shape: [2])
    return network
  }

  static var input: Tensor { Tensor(repeating: 0.1, shape: shape) }

  /// 1 in the corner that counts.
  static var truth: Tensor {
    var map = Tensor(shape: [8, 20])
    for row in 0..<4 { for column in 0..<5 { map[row, column] = 1 } }
    return map
  }

  static func measure(
    _ maps: [Tensor], seed: UInt64 = 0, measures: Set<FaithfulnessMeasure>? = nil
  ) throws -> [MapFaithfulness] {
    let probe = FaithfulnessProbe(
      network: try network(), measures: measures ?? [.masking, .curves, .road, .infidelity])
    return try probe.measure(
      maps.map { CandidateMap(rawMap: $0, meaning: .importance, size: [8, 20]) }, of: input,
      baseline: Tensor(shape: shape), classIndex: 0, seed: seed)
  }

  @Test func thePerfectMapBeatsTheRandomAndTheRandomTheReversed() throws {
    let random = ControlMap.random.map(of: Self.input, resolution: [8, 20], seed: 3)
    let results = try Self.measure([Self.truth, random, Self.truth.map { 1 - $0 }])
    let insertion = results.compactMap { $0.insertion?.area }
    let deletion = results.compactMap { $0.deletion?.area }
    #expect(insertion[0] > insertion[1] && insertion[1] > insertion[2])
    #expect(deletion[0] < deletion[1] && deletion[1] < deletion[2])
    let drops = results.map { $0.changes[0].drop }
    #expect(drops[0] == 0 && drops[1] > 0 && drops[2] > drops[1])
    #expect(results[0].keptShares[0] == 0.125)
    let shares = results.compactMap { $0.infidelity?.share }
    #expect(shares[0] < 1e-6 && shares[1] > 0.1 && shares[2] > shares[1])
  }

  /// An even input is imputed as it was: nothing changes but for the noise.
  @Test func roadSeesNoDifferenceWhereNeighboursTellAll() throws {
    let result = try Self.measure([Self.truth], measures: [.road])[0]
    #expect(result.insertion == nil && result.infidelity == nil && result.changes.isEmpty)
    let removal = try #require(result.removal)
    #expect(abs(removal.combined) < 0.03)
  }

  @Test func curvesMeetAtBothEnds() throws {
    let result = try Self.measure([Self.truth])[0]
    let (insertion, deletion) = (try #require(result.insertion), try #require(result.deletion))
    #expect(insertion.shares.first == 0 && insertion.shares.last == 1 && insertion.shares.count == 21)
    #expect(insertion.probabilities.first == deletion.probabilities.last)
    #expect(insertion.probabilities.last == deletion.probabilities.first)
    #expect(insertion.probabilities.first == 0.5)
  }

  @Test func anEmptyMapKeepsNothing() throws {
    let result = try Self.measure([Tensor(repeating: -1, shape: [8, 20])])[0]
    #expect(result.keptShares == [0, 0, 0, 0])
    #expect(result.changes.allSatisfy { $0.masked == 0.5 })
  }

  @Test func wholeMasksChangeNothingToTheLastDigit() throws {
    let result = try Self.measure([Tensor(repeating: 1, shape: [8, 20])])[0]
    #expect(result.changes.allSatisfy { $0.masked == $0.original && !$0.isIncrease && $0.drop == 0 })
  }

  @Test func oneSeedGivesOneResultWhateverElseIsMeasured() throws {
    let random = ControlMap.random.map(of: Self.input, resolution: [8, 20], seed: 3)
    let both = try Self.measure([random, Self.truth], seed: 5)
    let again = try Self.measure([random, Self.truth], seed: 5)
    let alone = try Self.measure([Self.truth], seed: 5)
    for other in [again[1], alone[0]] {
      #expect(both[1].changes == other.changes && both[1].insertion == other.insertion)
      #expect(both[1].removal == other.removal && both[1].infidelity == other.infidelity)
    }
    #expect(try Self.measure([Self.truth], seed: 6)[0].infidelity != alone[0].infidelity)
  }

  @Test func mapsOfALayerAreResizedAndReadAsTheirMethodSays() {
    let raw = Tensor([-2, 1], shape: [1, 2])
    let positive = CandidateMap(rawMap: raw, meaning: .importance, size: [1, 2])
    #expect(positive.mask.values == [0, 1] && positive.evidence == raw)
    let magnitude = CandidateMap(rawMap: raw, meaning: .sensitivity, size: [1, 2])
    #expect(magnitude.mask.values == [1, 0.5] && magnitude.evidence.values == [2, 1])
    #expect(CandidateMap(rawMap: raw, meaning: .importance, size: [8, 20]).mask.shape == [8, 20])
  }

  // MARK: - Randomisation

  @Test func theCascadeGoesFromTheTopAndKeepsWhatWasDrawn() throws {
    let network = try GoldenNetwork.named("three-block").network("three-block")
    let randomization = try ParameterRandomization(of: network, seed: 9)
    #expect(randomization.stages.map(\.layer) == ["dense2", "dense1", "conv3", "conv2", "conv1"])
    let fresh = try Network(network.architecture, seed: 9)
    let third = randomization.stages[2].network
    for name in ["dense2.weight", "dense1.bias", "conv3.weight"] {
      #expect(third.parameters[name] == fresh.parameters[name])
    }
    for name in ["conv2.weight", "conv1.bias"] { #expect(third.parameters[name] == network.parameters[name]) }
    #expect(randomization.stages.last?.network.parameters == fresh.parameters)
  }

  @Test func runningStatisticsAreReset() throws {
    var network = try Network(
      Architecture(
        name: "normal", inputShape: [1, 4, 4],
        chain: [
          ("bn1", BatchNormalization()), ("flatten", Flatten()),
          ("dense1", Dense(outputCount: 2)),
        ]), seed: 1)
    network.state["bn1.running_mean"] = Tensor([5], shape: [1])
    network.state["bn1.running_var"] = Tensor([7], shape: [1])
    let stages = try ParameterRandomization(of: network, seed: 2).stages
    #expect(stages.map(\.layer) == ["dense1", "bn1"])
    #expect(stages[0].network.state["bn1.running_mean"].values == [5])
    #expect(stages[1].network.state["bn1.running_mean"].values == [0])
    #expect(stages[1].network.state["bn1.running_var"].values == [1])
  }

  @Test func similarityKnowsAFlippedSign() {
    let map = Tensor.random([8, 9], seed: 4)
    let same = MapSimilarity(map, map, size: [8, 9])
    #expect(same.signedRank == 1 && same.absoluteRank == 1 && same.structure == 1)
    let flipped = MapSimilarity(map, map.map { -$0 }, size: [8, 9])
    #expect(flipped.signedRank == -1 && flipped.absoluteRank == 1 && flipped.structure == 1)
    let constant = MapSimilarity(map, Tensor(shape: [8, 9]), size: [8, 9])
    #expect(constant.signedRank == nil)
  }
}
