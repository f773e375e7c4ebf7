import Tensors
import TestSupport
import Testing

@testable import Statistics

@Suite(.tags(.property)) struct BootstrapTests {
  @Test func quantilesAreNumPys() {
    // numpy.quantile([1, 2, 4, 8], [0, 0.25, 0.5, 0.975, 1]) = 1, 1.75, 3, 7.7, 8
    for (share, expected) in [(0, 1), (0.25, 1.75), (0.5, 3), (0.975, 7.7), (1, 8)] {
      #expect(abs(Bootstrap.quantile(share, of: [1, 2, 4, 8]) - expected) < 1e-12)
    }
  }

  /// Of 0 and 1 the resamples' means are 0, 1/2 and 1 with 1/4, 1/2 and 1/4.
  @Test func twoValuesGiveBothEnds() {
    #expect(Bootstrap().interval(ofMean: [0, 1]) == ConfidenceInterval(low: 0, high: 1))
    #expect(Bootstrap().interval(ofMean: [3, 3, 3]) == ConfidenceInterval(low: 3, high: 3))
    #expect(Bootstrap().interval(ofMean: [3]) == nil && Bootstrap().interval(ofMean: []) == nil)
  }

  /// The mean of n normal values has the deviation 1 / sqrt(n): the interval is 1.96 of them to both sides. 4000 resamples
  /// and 400 values know the quantiles to about 5 %.
  @Test func widthIsThatOfTheNormalDistribution() throws {
    var generator = SeededGenerator(seed: 3)
    let values = (0..<400).map { _ in Double(generator.normal()) }
    let interval = try #require(Bootstrap(resampleCount: 4000, seed: 1).interval(ofMean: values))
    let mean = values.reduce(0, +) / 400
    #expect(interval.low < mean && mean < interval.high)
    #expect(abs((interval.high - interval.low) / 2 - 1.96 / 20) < 0.012)
  }

  @Test func groupsAreDrawnWhole() throws {
    var generator = SeededGenerator(seed: 4)
    let means = (0..<30).map { _ in Double(generator.normal()) }
    let values = means.flatMap { [$0, $0, $0, $0] }
    let groups = (0..<120).map { "\($0 / 4)" }
    let bootstrap = Bootstrap(resampleCount: 2000, seed: 1)
    let grouped = try #require(bootstrap.interval(ofMean: values, groups: groups))
    let alone = try #require(bootstrap.interval(ofMean: values))
    // Four copies of each value say no more than one: the grouped interval is twice as wide.
    let ratio = (grouped.high - grouped.low) / (alone.high - alone.low)
    #expect((1.7...2.3).contains(ratio))
    #expect(bootstrap.interval(ofMean: means) == grouped)
  }

  @Test func oneSeedGivesOneInterval() {
    let values = (0..<20).map { Double($0 * $0) }
    #expect(Bootstrap(seed: 1).interval(ofMean: values) == Bootstrap(seed: 1).interval(ofMean: values))
    #expect(Bootstrap(seed: 1).interval(ofMean: values) != Bootstrap(seed: 2).interval(ofMean: values))
  }
}
