import Tensors
import TestSupport
import Testing

@testable import Explanation

/// The control of a map by its own values in random places.
@Suite(.tags(.hand, .property)) struct ShuffledMapTests {
  private static let size: Shape = [20, 130]

  /// Signed values at a layer's resolution, as Grad-CAM has them; most of them above 0 for a positive `shift`.
  private func raw(_ shape: Shape = [4, 16], shift: Float = 0) -> Tensor {
    Tensor.random(shape, seed: 11).map { $0 + shift }
  }

  private func maps(
    _ raw: Tensor, meaning: MethodTraits.Meaning = .importance, seed: UInt64 = 1
  ) -> (own: CandidateMap, shuffled: CandidateMap) {
    (
      CandidateMap(rawMap: raw, meaning: meaning, size: Self.size),
      CandidateMap.shuffled(raw, meaning: meaning, size: Self.size, seed: seed)
    )
  }

  @Test(arguments: [MethodTraits.Meaning.importance, .sensitivity], [Float(-0.5), 0, 0.5])
  func itKeepsAsMuchAtEveryThreshold(meaning: MethodTraits.Meaning, shift: Float) {
    let (own, shuffled) = maps(raw(shift: shift), meaning: meaning)
    #expect(own.mask.values.sorted() == shuffled.mask.values.sorted())
    for level in 0..<255 {
      let mask = HeatMapMask.threshold(level)
      #expect(mask.keptShare(of: own.mask) == mask.keptShare(of: shuffled.mask), "\(level)")
    }
  }

  @Test func itIsElsewhereAndDrawnByTheSeed() {
    let (own, shuffled) = maps(raw())
    let moved = zip(own.mask.values, shuffled.mask.values).count { $0 != $1 }
    #expect(moved > Self.size.count / 2)
    #expect(shuffled.mask == maps(raw()).shuffled.mask)
    #expect(shuffled.mask != maps(raw(), seed: 2).shuffled.mask)
  }

  /// It has the grain of the layer: neighbours are as like as the map's own. Cells shuffled one by one are not.
  @Test func itKeepsTheGrainOfTheLayer() {
    func roughness(_ mask: Tensor) -> Float {
      let steps = zip(mask.values, mask.values.dropFirst()).map { abs($1 - $0) }
      return steps.reduce(0, +) / Float(steps.count)
    }
    let (own, shuffled) = maps(raw())
    var generator = SeededGenerator(seed: 5)
    let fine = Tensor(own.mask.values.shuffled(using: &generator), shape: Self.size)
    #expect(roughness(shuffled.mask) < 2 * roughness(own.mask))
    #expect(roughness(fine) > 3 * roughness(own.mask))
  }

  @Test func atTheInputsResolutionItIsAPermutation() {
    let map = raw(Self.size)
    var generator = SeededGenerator(seed: 1, stream: 0x54FF)
    let permuted = Tensor(map.values.shuffled(using: &generator), shape: Self.size)
    #expect(
      maps(map).shuffled.mask
        == CandidateMap(rawMap: permuted, meaning: .importance, size: Self.size).mask)
  }

  @Test func nothingPositiveStaysNothing() {
    let (own, shuffled) = maps(raw(shift: -9))
    #expect(own.mask.values.allSatisfy { $0 == 0 } && shuffled.mask == own.mask)
  }

  @Test func anyNumberOfThreadsMeasuresTheSame() throws {
    let probe = FaithfulnessProbe(
      network: try FaithfulnessProbeTests.network(), measures: [.masking, .curves])
    let results = try (1...3).map { threads in
      try ThreadPolicy.$threadsOfThisTask.withValue(threads) {
        let shuffled = CandidateMap.shuffled(
          raw([2, 5]), meaning: .importance, size: [8, 20], seed: 4)
        return try probe.measure(
          [shuffled], of: FaithfulnessProbeTests.input, baseline: Tensor(shape: FaithfulnessProbeTests.shape),
          classIndex: 0, seed: 4)[0]
      }
    }
    for other in results.dropFirst() {
      #expect(other.changes == results[0].changes && other.insertion == results[0].insertion)
      #expect(other.keptShares == results[0].keptShares)
    }
  }
}
