import Files
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

@Suite(.tags(.hand, .property)) struct MaskedScoringTests {
  private func scoring(batchSize: Int) throws -> (scoring: MaskedScoring, baseline: Tensor) {
    let file = try GoldenNetwork.named("three-block")
    let baseline = Tensor.random([1, 20, 26], seed: 1)
    return (
      MaskedScoring(
        network: try file.network("three-block"), input: file.input.tensor, baseline: baseline,
        batchSize: batchSize), baseline
    )
  }

  @Test func onesGiveTheInputAndZerosTheBaseline() throws {
    let (scoring, baseline) = try scoring(batchSize: 2)
    let logits = try scoring.logits(count: 2) { index, mask in
      for cell in mask.indices { mask[cell] = index == 0 ? 1 : 0 }
    }
    let ends = scoring.network.forward(Tensor.stack([scoring.input, baseline])).logits
    #expect(logits == ends, "the same copies in the same pass")
  }

  @Test func masksMixCellByCell() throws {
    let (scoring, baseline) = try scoring(batchSize: 1)
    let mask = Tensor.random([20, 26], seed: 2).map { min(abs($0), 1) }
    let logits = try scoring.logits(count: 1) { _, cells in
      for cell in cells.indices { cells[cell] = mask.values[cell] }
    }
    let mixed = zip(mask.values, zip(scoring.input.values, baseline.values)).map { share, pair in
      share * pair.0 + (1 - share) * pair.1
    }
    expectClose(
      logits.values, scoring.network.forward(Tensor(mixed, shape: [1, 1, 20, 26])).logits.values,
      absolute: 1e-6)
  }

  /// Every mask is asked for once, in order, and the batch changes nothing but the last digit.
  @Test func theBatchDoesNotMatter() throws {
    var results: [Tensor] = []
    for batchSize in [1, 3, 16] {
      let (scoring, _) = try scoring(batchSize: batchSize)
      var seen: [Int] = []
      var batches: [Int] = []
      var logits: [Float] = []
      try scoring.forEachBatch(count: 7) { index, mask in
        seen.append(index)
        for cell in mask.indices { mask[cell] = cell % 7 == index ? 0 : 1 }
      } body: { indices, masks, values in
        batches.append(indices.count)
        #expect(masks.shape == [indices.count, 20, 26])
        #expect(masks.values[0] == (indices.lowerBound == 0 ? 0 : 1))
        logits += values.values
      }
      #expect(seen == Array(0..<7) && batches.reduce(0, +) == 7)
      #expect(batches.allSatisfy { $0 <= batchSize })
      results.append(Tensor(logits, shape: [7, 3]))
    }
    for result in results.dropFirst() { expectClose(result.values, results[0].values, absolute: 1e-5) }
    #expect(try scoring(batchSize: 4).scoring.logits(count: 0) { _, _ in }.shape == [0, 3])
  }

  @Test func damagedNetworksThrow() throws {
    let file = try GoldenNetwork.named("pooled")
    var network = try file.network("pooled")
    network.parameters["dense1.bias"] = Tensor([.nan, 0, 0], shape: [3])
    let scoring = MaskedScoring(
      network: network, input: file.input.tensor, baseline: Tensor(shape: file.input.tensor.shape))
    let error = #expect(throws: CodedError.self) { try scoring.logits(count: 1) { _, _ in } }
    #expect(error?.code == .notFinite)
  }

  @Test(.tags(.trap)) func refusesAnotherBaseline() async {
    await #expect(processExitsWith: .failure) {
      let file = try GoldenNetwork.named("pooled")
      _ = MaskedScoring(
        network: try file.network("pooled"), input: file.input.tensor, baseline: Tensor(shape: [1, 9, 11]))
    }
  }
}
