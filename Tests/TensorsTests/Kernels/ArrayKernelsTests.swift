import TestSupport
import Testing

@testable import Tensors

@Suite(.tags(.property)) struct ArrayKernelsTests {
  /// One part on each thread is 2^15 elements; three and a rest, and lengths around one vector.
  static let counts = [1, 15, 16, 17, 100_003]

  @Test(arguments: counts) func movesTowardsATarget(count: Int) {
    var generator = SeededGenerator(seed: 1)
    let start = (0..<count).map { _ in generator.normal() }
    let target = (0..<count).map { _ in generator.normal() }
    var moved = start
    var span = moved.mutableSpan
    ArrayKernels.move(&span, towards: target.span, by: 0.3)
    #expect(moved == zip(start, target).map { $0 + 0.3 * ($1 - $0) })
  }

  @Test(arguments: counts) func findsWhatIsNotFinite(count: Int) {
    var values = [Float](repeating: -Float.greatestFiniteMagnitude, count: count)
    #expect(Self.areFinite(values))
    for bad in [Float.nan, -.infinity] {
      for index in [0, count / 2, count - 1] {
        let good = values[index]
        values[index] = bad
        #expect(!Self.areFinite(values))
        values[index] = good
      }
    }
  }

  private static func areFinite(_ values: [Float]) -> Bool { ArrayKernels.areFinite(values.span) }

  private static func masked(_ count: Int, threshold: Int, threads: Int) -> [Float] {
    var generator = SeededGenerator(seed: 5, stream: 2)
    let pool = BufferPool()
    let mask = DropoutMask(
      count: count, threshold: threshold, from: &generator, threads: threads, pool: pool)
    let (input, result) = (
      NativeMemory(.plain([count]), from: pool), NativeMemory(.plain([count]), from: pool)
    )
    input.withFloats { for index in 0..<count { $0[index] = Float(index % 7) - 3 } }
    mask.apply(to: input, into: result)
    return result.withFloats { values in (0..<count).map { values[$0] } }
  }

  /// The mask is that of four 16-bit numbers from each word, the lowest first, whatever the number of threads.
  @Test(arguments: counts, [0, 1, 20_000, 32_768, 65_535, 65_536]) func masksFollowFromTheGenerator(
    count: Int, threshold: Int
  ) {
    var generator = SeededGenerator(seed: 5, stream: 2)
    let words = (0..<(count + 3) / 4).map { _ in generator.next() }
    let scale = 1 / (1 - Float(threshold) / 65_536)
    let expected = (0..<count).map { index in
      let draw = Int(words[index / 4] >> (16 * (index % 4)) & 0xFFFF)
      return (Float(index % 7) - 3) * (draw < threshold ? 0 : scale)
    }
    for threads in [1, 3] { #expect(Self.masked(count, threshold: threshold, threads: threads) == expected) }
  }
}
