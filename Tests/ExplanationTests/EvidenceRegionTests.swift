import Explanation
import Tensors
import TestSupport
import Testing

/// Regions of evidence in time and frequency, by hand.
@Suite(.tags(.hand, .property)) struct EvidenceRegionTests {
  /// A map of zeros with rectangles of a value.
  private func map(
    _ bands: Int, _ frames: Int, _ boxes: [(bands: Range<Int>, frames: Range<Int>, value: Float)]
  ) -> Tensor {
    var values = [Float](repeating: 0, count: bands * frames)
    for box in boxes {
      for band in box.bands { for frame in box.frames { values[band * frames + frame] = box.value } }
    }
    return Tensor(values, shape: [bands, frames])
  }

  @Test func boxesAreFoundWithTheirShares() {
    // 12 cells of 4 and 20 of 1: 48 and 20 of 68. The strong one alone holds half.
    let strong = map(8, 20, [(1..<4, 2..<6, 4), (5..<7, 10..<20, 1)])
    let found = EvidenceRegion.regions(of: strong, cell: (1, 1))
    #expect(found.map(\.frames) == [2..<6] && found.map(\.bands) == [1..<4])
    #expect(abs(found[0].share - 48.0 / 68) < 1e-12)
    // As much in both: both are needed, equal values go together.
    let even = map(8, 20, [(1..<3, 12..<16, 2), (5..<7, 2..<6, 2)])
    let both = EvidenceRegion.regions(of: even, cell: (1, 1))
    #expect(both.map(\.frames) == [2..<6, 12..<16] && both.map(\.bands) == [5..<7, 1..<3])
    #expect(both.map(\.share) == [0.5, 0.5])
  }

  /// Evidence in frames that were added to the sound is in no share: 8 cells of 2 in sound, 16 of 4 and 3 of 1 behind it.
  @Test func onlySoundIsCounted() {
    let padded = map(4, 12, [(0..<2, 0..<4, 2), (0..<4, 8..<12, 4), (3..<4, 4..<7, 1)])
    let found = EvidenceRegion.regions(of: padded, cell: (1, 1), heardFrames: 8)
    #expect(found.map(\.frames) == [0..<4] && found.map(\.bands) == [0..<2])
    #expect(abs(found[0].share - 16.0 / 19) < 1e-12)
    #expect(EvidenceRegion.share(of: padded, after: 8) == 64.0 / 83)
    // Smoothing takes nothing from behind the sound.
    let smooth = EvidenceRegion.regions(of: padded, cell: (1, 3), heardFrames: 8)
    #expect(smooth.allSatisfy { $0.frames.upperBound <= 8 })
    // The whole map has it all in the silence.
    #expect(EvidenceRegion.regions(of: padded, cell: (1, 1)).map(\.frames) == [8..<12])
    #expect(EvidenceRegion.regions(of: padded, cell: (1, 1), heardFrames: 12).map(\.frames) == [8..<12])
    #expect(EvidenceRegion.share(of: padded, after: 12) == 0)
    #expect(EvidenceRegion.share(of: Tensor(shape: [4, 4]), after: 2) == nil)
    #expect(EvidenceRegion.regions(of: padded, cell: (1, 1), heardFrames: 0).isEmpty)
  }

  @Test func cellsThatTouchAtACornerAreOne() {
    let corner = map(4, 4, [(0..<1, 0..<1, 1), (1..<2, 1..<2, 1)])
    #expect(EvidenceRegion.regions(of: corner, cell: (1, 1)).map(\.frames) == [0..<2])
    let apart = map(4, 4, [(0..<1, 0..<1, 1), (2..<3, 2..<3, 1)])
    #expect(EvidenceRegion.regions(of: apart, cell: (1, 1)).count == 2)
    // Averaged over three frames and bands they are one.
    #expect(EvidenceRegion.regions(of: apart, cell: (3, 3)).count == 1)
  }

  @Test func smallRegionsAreDropped() {
    let boxes =
      [(bands: 0..<1, frames: 0..<1, value: Float(1))] + [(bands: 2..<4, frames: 10..<60, value: Float(1))]
    let found = EvidenceRegion.regions(of: map(4, 100, boxes), cell: (1, 1))
    #expect(found.map(\.frames) == [10..<60] && found[0].share > 0.98)
  }

  @Test func noEvidenceHasNoRegions() {
    #expect(EvidenceRegion.regions(of: Tensor(shape: [4, 4]), cell: (1, 1)).isEmpty)
    let odd = Tensor([-1, -2, .nan, -.infinity], shape: [2, 2])
    #expect(EvidenceRegion.regions(of: odd, cell: (2, 2)).isEmpty)
    // An even map is one region that holds all of it.
    let even = EvidenceRegion.regions(of: map(3, 5, [(0..<3, 0..<5, 0.1)]), cell: (1, 2))
    #expect(even.map(\.frames) == [0..<5] && even.map(\.bands) == [0..<3])
    #expect(abs((even.first?.share ?? 0) - 1) < 1e-12)
  }

  /// Shares are the map's own, whatever it was averaged over, and together they are 1 at most.
  @Test(arguments: 1...8) func sharesOfAnyMap(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let map = Tensor(
      (0..<40 * 60).map { _ in Float(random.index(below: 1000)) / 1000 - 0.3 }, shape: [40, 60])
    for cell in [(1, 1), (5, 9), (40, 60), (100, 100)] {
      let found = EvidenceRegion.regions(of: map, cell: cell)
      #expect(found.reduce(0) { $0 + $1.share } <= 1 + 1e-9)
      #expect(found.allSatisfy { $0.share >= EvidenceRegion.smallestShare })
      #expect(found.allSatisfy { $0.frames.upperBound <= 60 && $0.bands.upperBound <= 40 })
    }
  }
}
