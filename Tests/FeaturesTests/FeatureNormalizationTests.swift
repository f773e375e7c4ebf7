import Features
import Files
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct FeatureNormalizationTests {
  @Test func statisticsByHand() throws {
    var fitter = FeatureNormalizationFitter()
    fitter.add(Tensor([1, 2, 10, 10], shape: [2, 2]))
    fitter.add(Tensor([3, 6, 10, 10], shape: [2, 2]))
    let cells = try fitter.finish(.perFeature)
    #expect(cells.mean.values == [2, 4, 10, 10] && cells.mean.shape == [2, 2])
    // A cell that never varies is only centred.
    #expect(cells.std.values == [1, 2, 1, 1])
    let rows = try fitter.finish(.perBin)
    #expect(rows.mean.values == [3, 10] && rows.mean.shape == [2, 1])
    // Values 1, 2, 3, 6 around 3: variance 14 / 4.
    expectClose(rows.std.values, [Float(14.0 / 4).squareRoot(), 1], relative: 1e-6)
    let none = try fitter.finish(.none)
    #expect(none.mean.values == [0, 0] && none.std.values == [1, 1])
    #expect(fitter.count == 2)
  }

  /// Two windows of a recording at half the weight of one of another.
  @Test func weightsByHand() throws {
    var fitter = FeatureNormalizationFitter()
    fitter.add(Tensor([0, 4], shape: [1, 2]), weight: 0.5)
    fitter.add(Tensor([4, 8], shape: [1, 2]), weight: 0.5)
    fitter.add(Tensor([6, 6], shape: [1, 2]))
    let cells = try fitter.finish(.perFeature)
    // Means (0 + 4) / 4 + 6 / 2 and (4 + 8) / 4 + 6 / 2; variances (16 + 0) / 4 + 4 / 2 and (4 + 4) / 4 + 0.
    #expect(cells.mean.values == [4, 6])
    expectClose(cells.std.values, [Float(6).squareRoot(), Float(2).squareRoot()], relative: 1e-7)
    let rows = try fitter.finish(.perBin)
    // Around 5: the mean of both variances, 4, and 1 between the cells.
    #expect(rows.mean.values == [5])
    expectClose(rows.std.values, [Float(5).squareRoot()], relative: 1e-7)
    #expect(fitter.count == 3)
  }

  @Test func appliedStatisticsAreStandard() throws {
    var generator = SeededGenerator(seed: 9)
    // Far from zero: a sum of squares in single precision would lose the variance.
    let maps = (0..<50).map { _ in
      Tensor((0..<12).map { _ in 5_000 + 0.5 * generator.normal() }, shape: [3, 4])
    }
    for granularity in [FeatureNormalization.Granularity.perBin, .perFeature] {
      var fitter = FeatureNormalizationFitter()
      for map in maps { fitter.add(map) }
      let normalization = try fitter.finish(granularity)
      var again = FeatureNormalizationFitter()
      for map in maps { again.add(normalization.apply(to: map)) }
      let standard = try again.finish(granularity)
      // Near 5000 a Float has steps of 0.0005, a thousandth of the deviation.
      expectClose(standard.mean.values, standard.mean.values.map { _ in 0 }, absolute: 1e-3)
      expectClose(standard.std.values, standard.std.values.map { _ in 1 }, absolute: 1e-3)
    }
  }

  @Test func nothingToFit() {
    #expect { _ = try FeatureNormalizationFitter().finish(.perBin) } throws: {
      ($0 as? CodedError)?.code == .noMaps
    }
    var fitter = FeatureNormalizationFitter()
    fitter.add(Tensor([.nan], shape: [1, 1]))
    #expect { _ = try fitter.finish(.perBin) } throws: { ($0 as? CodedError)?.code == .unsupportedSamples }
  }
}
