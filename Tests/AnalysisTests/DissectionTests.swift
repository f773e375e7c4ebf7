import Explanation
import Foundation
import Statistics
import Tensors
import TestSupport
import Testing

@testable import Analysis

/// Counting and naming of a dissection; what NumPy makes of the same maps is in Golden/generate_dissection.py.
@Suite(.tags(.reference)) struct DissectionTests {
  private struct Golden: Decodable {
    struct Codes: Decodable {
      let whole: Int
      let frames: [UInt8]
      let cells: [UInt8]
    }
    let share: Double
    let low: [Int]
    let high: [Int]
    let thresholds: [Float]
    let maps: [[[Float]]]
    let codes: [[Codes]]
    let exchanges: [[Int]]
    let weights: [[Int]]
    let overlaps: [Double]
    let exchanged: [[Double]]
    let weighted: [[Double]]
  }

  @Test func overlapsAreNumPys() throws {
    let golden = try golden("dissection.json", as: Golden.self)
    let (channels, size) = (3, golden.low[0] * golden.low[1])
    var quantiles = Array(repeating: ActivationQuantile(), count: channels)
    for map in golden.maps.joined() {
      for channel in 0..<channels {
        quantiles[channel].add(map.span.extracting(channel * size..<(channel + 1) * size))
      }
    }
    let thresholds = quantiles.map { $0.threshold(share: golden.share) }
    #expect(thresholds == golden.thresholds)
    let groups = zip(golden.maps, golden.codes).map { maps, codes in
      DissectionCounts.Group(
        regions: maps.map { map in
          (0..<channels).map { channel in
            let own = Tensor(Array(map[channel * size..<(channel + 1) * size]), shape: Shape(golden.low))
            let resized = bilinearlyResized(own, to: Shape(golden.high))
            return ChannelRegion(
              of: resized.values.span, columns: golden.high[1], threshold: thresholds[channel])
          }
        },
        concepts: codes.map { code in
          ConceptMap(
            whole: [code.whole], frames: [.init(first: 2, codes: code.frames)],
            cells: [.init(first: 4, codes: code.cells)])
        })
    }
    var counts = DissectionCounts(
      channels: channels, concepts: 7, rows: golden.high[0], columns: golden.high[1],
      exchanges: golden.exchanges.count, resamples: golden.weights.count)
    for block in [0..<3, 3..<5] {
      counts.add(
        Array(groups[block]),
        exchanges: golden.exchanges.map { $0[block].map { $0 - block.lowerBound } },
        weights: golden.weights.map { Array($0[block]) })
    }
    func expect(_ actual: [Double], _ expected: [Double]) {
      #expect(actual.count == expected.count && zip(actual, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    }
    expect(counts.overlaps(), golden.overlaps)
    for index in golden.exchanges.indices {
      expect(counts.overlaps(exchange: index), golden.exchanged[index])
    }
    for index in golden.weights.indices { expect(counts.overlaps(resample: index), golden.weighted[index]) }
  }

  /// The threshold is above the exact quantile by at most 1/512 of its size, and at most the share reaches it.
  @Test(.tags(.property), arguments: [0.5, 0.1, 0.005])
  func theThresholdIsTheQuantile(share: Double) {
    var generator = SeededGenerator(seed: 8)
    for shift: Float in [-30, 0, 3] {
      let values = (0..<20_000).map { _ in shift + generator.normal() }
      var quantile = ActivationQuantile()
      for start in stride(from: 0, to: values.count, by: 1000) {
        quantile.add(Array(values[start..<start + 1000]).span)
      }
      let threshold = quantile.threshold(share: share)
      let most = Int(share * Double(values.count))
      let exact = values.sorted(by: >)[most]
      #expect(values.count { $0 >= threshold } <= most)
      #expect(threshold > exact && threshold - exact <= abs(exact) / 511 + 1e-6)
    }
  }

  /// What never stands out is never a response: all zero, all the same, or nothing.
  @Test func whatIsAlwaysTheSameDoesNotRespond() {
    for value: Float in [0, -0.0, 4] {
      var quantile = ActivationQuantile()
      quantile.add(Array(repeating: value, count: 500).span)
      #expect(quantile.threshold(share: 0.1) > value)
    }
    #expect(ActivationQuantile().threshold(share: 0.1) == .infinity)
    var rare = ActivationQuantile()
    rare.add((0..<1000).map { $0 == 7 ? Float(0.25) : 0 }.span)
    let threshold = rare.threshold(share: 0.01)
    #expect(threshold > 0 && threshold <= 0.25)
    // A ceiling that 3 % reach is a response, though more than the share.
    var ceiling = ActivationQuantile()
    ceiling.add((0..<1000).map { $0 < 30 ? Float(6) : Float($0 % 7) / 2 }.span)
    #expect(ceiling.threshold(share: 0.01) == 6)
  }

  /// Channel 0 responds where concept 1 is, channel 1 anywhere, channel 2 never.
  private func naming(isRelated: Bool = true, seed: UInt64 = 4) -> ChannelNaming {
    var generator = SeededGenerator(seed: seed)
    var options = DissectionOptions()
    (options.exchangeCount, options.resampleCount) = (100, 40)
    let (side, groups) = (10, 24)
    var counts = DissectionCounts(
      channels: 3, concepts: 3, rows: side, columns: side, exchanges: 100, resamples: 40)
    var block: [DissectionCounts.Group] = []
    for group in 0..<groups {
      var codes = [UInt8](repeating: 0, count: side * side)
      var cells = Set<Int>()
      let start = generator.index(below: 80)
      for cell in start..<start + 15 { codes[cell] = 1 }
      let begin = isRelated ? start : generator.index(below: 80)
      for cell in begin + 3..<begin + 8 { cells.insert(cell) }
      let other = Set((0..<5).map { _ in generator.index(below: side * side) })
      func region(_ cells: Set<Int>) -> ChannelRegion {
        let map = (0..<side * side).map { cells.contains($0) ? Float(1) : 0 }
        return ChannelRegion(of: map.span, columns: side, threshold: 1)
      }
      block.append(
        .init(
          regions: [[region(cells), region(other), ChannelRegion()]],
          concepts: [ConceptMap(whole: group % 2 == 0 ? [0] : [2], cells: [.init(first: 1, codes: codes)])]))
    }
    let exchanges = (0..<100).map { _ in Array(0..<groups).shuffled(using: &generator) }
    let weights = (0..<40).map { _ in (0..<groups).map { _ in generator.index(below: 3) } }
    counts.add(block, exchanges: exchanges, weights: weights)
    return ChannelNaming(counts, options)
  }

  @Test(.tags(.hand)) func aNameIsWhatTheChannelFollows() throws {
    let naming = naming()
    #expect(naming.names == [1, nil, nil])
    let concepts = [Concept("even", .label), Concept("stripe", .color), Concept("odd", .label)]
    let channels = naming.channels(concepts, thresholds: [1, 1, .infinity])
    #expect(channels.map(\.name) == [concepts[1], nil, nil])
    #expect(channels[2].threshold == nil && channels[2].best == nil)
    let best = try #require(channels[0].best)
    // All five cells of the region are among the fifteen of the stripe.
    #expect(abs(best.overlap - 1 / 3) < 1e-12 && abs(best.highest - 1 / 3) < 1e-12)
    #expect(abs(best.agreement - 1) < 1e-9 && best.p == 1.0 / 101 && best.chance < 0.1)
    let interval = try #require(best.interval)
    #expect(interval.low <= best.overlap && best.overlap <= interval.high)
    #expect(naming.byChance().named.reduce(0, +) <= 5)
  }

  /// Without a relation a name is given in about 5 % of data sets at most.
  @Test(.tags(.property)) func chanceHasNoName() {
    let named = (0..<40).count {
      naming(isRelated: false, seed: 100 + UInt64($0)).names.contains { $0 != nil }
    }
    #expect(named <= 6)
  }

  @Test(.tags(.hand)) func colorsHaveNames() {
    let expected: [([UInt8], Int)] = [
      ([0, 0, 0], 0), ([255, 255, 255], 1), ([128, 128, 130], 2), ([220, 20, 30], 3), ([250, 150, 20], 4),
      ([110, 70, 30], 5), ([250, 240, 40], 6), ([30, 160, 40], 7), ([30, 60, 220], 8), ([120, 40, 200], 9),
      ([250, 120, 200], 10),
    ]
    for (rgb, color) in expected { #expect(PictureConcepts.color(rgb[0], rgb[1], rgb[2]) == color, "\(rgb)") }
  }
}
