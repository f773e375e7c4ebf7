import Analysis
import Tensors
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct MapCorrelationTests {
  private func noise(_ bins: Int, _ frames: Int, seed: UInt64) -> MapGrid {
    var generator = SeededGenerator(seed: seed)
    return MapGrid(
      values: (0..<bins * frames).map { _ in generator.normal() }, binCount: bins, frameCount: frames)
  }

  @Test func handComputed() {
    let one = MapGrid(values: [1, 2, 3, 4], binCount: 2, frameCount: 2)
    let other = MapGrid(values: [2, 4, 6, 9], binCount: 2, frameCount: 2)
    // Deviations -1.5, -0.5, 0.5, 1.5 and -3.25, -1.25, 0.75, 3.75: 11.5 / sqrt(5 * 26.75).
    #expect(abs(one.correlation(with: other) - 11.5 / (5 * 26.75).squareRoot()) < 1e-12)
    #expect(abs(one.correlation(with: one) - 1) < 1e-12)
  }

  @Test func aShiftedCopyIsFoundAtItsShift() {
    let long = noise(5, 70, seed: 4)
    func part(_ start: Int) -> MapGrid {
      MapGrid(
        values: (0..<5).flatMap { bin in (0..<50).map { long[bin, start + $0] } }, binCount: 5, frameCount: 50
      )
    }
    for shift in [-6, -1, 0, 3, 8] {
      // Frame f of the one is frame f - shift of the other.
      let best = part(10).bestCorrelation(with: part(10 - shift), reach: 8)
      #expect(best.shift == shift && best.correlation > 1 - 1e-9)
    }
    #expect(abs(noise(5, 50, seed: 5).bestCorrelation(with: part(0), reach: 8).correlation) < 0.3)
  }

  @Test func constantsHaveNone() {
    let flat = MapGrid(values: [3, 3, 3, 3], binCount: 2, frameCount: 2)
    #expect(flat.correlation(with: noise(2, 2, seed: 1)) == 0)
  }
}
