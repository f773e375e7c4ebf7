import Files
import Networks
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Explaining by many methods at once: the maps of each on its own.
@Suite struct SharedExplanationTests {
  /// A method of somebody else: it asks for passes of its own.
  struct Doubled: ExplanationMethod {
    static let name = "doubled-gradient"
    static let traits = MethodTraits(reads: .input, meaning: .sensitivity)
    static let summary = MethodSummary(formula: "2 d score / d x", source: "this test")

    func maps(of batch: ExplainedBatch) throws(CodedError) -> [MethodMap] {
      let gradients = batch.trace.gradient(of: batch.score, at: batch.layer)
      return (0..<batch.count).map { MethodMap(gradients.item($0).item(0).map { 2 * $0 }) }
    }
  }

  private func threeBlock() throws -> (explainer: Explainer, file: GoldenNetwork) {
    let file = try GoldenNetwork.named("three-block")
    return (Explainer(network: try file.network("three-block"), labels: ["Folk", "Hip-Hop", "Rock"]), file)
  }

  /// Nothing that is shared changes a bit: not the methods beside one, nor the scores before it.
  @Test func eachMethodFindsWhatItFindsAlone() throws {
    var (explainer, file) = try threeBlock()
    explainer.batchSize = 2
    let inputs = [file.map] + (1...2).map { Tensor.random([20, 26], seed: $0) }
    let usual = ExplanationCatalogue.methods.filter { $0.name != "cam" && !$0.traits.reads.isRare }
    let methods =
      usual.flatMap { method in
        (method.usesLayer ? ["conv1", "relu2", "conv3"] : [nil]).map { MethodAtLayer(method, layer: $0) }
      } + [MethodAtLayer(Doubled())]
    let rounds: [[Score]] = [
      [.logit(0), .logit(1), .logit()], [.logit(2), .probability(0), .contrast(1, 0)],
    ]
    let together = try explainer.explain(batch: inputs, by: methods, scores: rounds)
    for (round, scores) in rounds.enumerated() {
      for (place, asked) in methods.enumerated() {
        let alone = try explainer.explain(
          batch: inputs, method: asked.method, layer: asked.layer, scores: scores)
        let found = together[round][place]
        #expect(found.map(\.signedMap) == alone.map(\.signedMap), "\(asked.method.name) \(asked.layer ?? "")")
        #expect(found.map(\.flags) == alone.map(\.flags) && found.map(\.score) == alone.map(\.score))
        #expect(found.map(\.layer) == alone.map(\.layer))
        #expect(found.map(\.completenessGap) == alone.map(\.completenessGap))
      }
    }
  }

  @Test func theNumberOfThreadsChangesNothing() throws {
    let (explainer, file) = try threeBlock()
    let methods = [
      MethodAtLayer(ScoreCAM()), MethodAtLayer(SmoothGrad()), MethodAtLayer(GradCAM(), layer: "conv1"),
    ]
    let maps = try [1, 2, 3].map { threads in
      try ThreadPolicy.$threadsOfThisTask.withValue(threads) {
        try explainer.explain(batch: [file.map], by: methods, scores: [[.logit(1)]])[0].map {
          $0[0].signedMap
        }
      }
    }
    #expect(maps[0] == maps[1] && maps[0] == maps[2])
  }

  @Test func oneUnknownLayerIsRefusedAndNothingGivesNothing() throws {
    let (explainer, file) = try threeBlock()
    #expect(throws: CodedError.self) {
      try explainer.explain(
        batch: [file.map], by: [MethodAtLayer(GradCAM()), MethodAtLayer(GradCAM(), layer: "conv9")],
        scores: [[.logit()]])
    }
    #expect(try explainer.explain(batch: [], by: [MethodAtLayer(GradCAM())], scores: [[]])[0][0].isEmpty)
    #expect(try explainer.explain(batch: [file.map], by: [], scores: [[.logit()]])[0].isEmpty)
  }

  /// Behind poolings and rectifiers a silent channel is still silent; behind a convolution it is not.
  @Test func channelsAreSilencedAsLateAsTheyCanBe() throws {
    let network = try threeBlock().explainer.network
    #expect(AblationCAM.place(after: "conv1", of: network) == "relu1")
    #expect(AblationCAM.place(after: "relu3", of: network) == "relu3")
  }

  @Test func masksWrittenSideBySideScoreAsInTurn() throws {
    let (explainer, file) = try threeBlock()
    let input = Tensor.stack([file.map])
    let scoring = MaskedScoring(
      network: explainer.network, input: input, baseline: Tensor(shape: input.shape), batchSize: 4)
    @Sendable func write(_ index: Int, _ mask: inout MutableSpan<Float>) {
      for cell in mask.indices { mask[cell] = cell % 7 == index ? 1 : 0.5 }
    }
    let inTurn = try scoring.logits(count: 6) { write($0, &$1) }
    let sideBySide = try scoring.logits(ofSeparate: 6) { write($0, &$1) }
    #expect(sideBySide == inTurn)
  }
}
