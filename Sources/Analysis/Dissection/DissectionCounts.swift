import Files
import Tensors

/// Cells that channels and concepts share, counted over a data set, with the same after exchanging the concepts of groups at random and for
/// random weights of the groups: all that intersections over unions and their controls are made of.
///
/// Groups come in blocks. Within a block, each of them is paired with every other one once; what the exchanges and weights make of
/// these numbers is added at once, so that memory does not grow with the data.
package struct DissectionCounts: Sendable {
  /// The inputs of a group: a recording or a picture, or all of one artist.
  package struct Group: Sendable {
    /// Input by input, the regions of each channel.
    package var regions: [[ChannelRegion]]
    /// Input by input.
    package var concepts: [ConceptMap]

    package init(regions: [[ChannelRegion]], concepts: [ConceptMap]) {
      (self.regions, self.concepts) = (regions, concepts)
    }
  }

  package let channelCount: Int
  package let conceptCount: Int
  /// The input's.
  private let rows: Int
  private let columns: Int
  /// Exchanges and weights of groups.
  private let exchangeCount: Int
  private let resampleCount: Int

  /// Cells that a channel and a concept share, `[channel, concept]`.
  package private(set) var shared: [Int]
  /// Cells of each channel's regions.
  package private(set) var regionAreas: [Int]
  /// Cells of each concept.
  package private(set) var conceptAreas: [Int]
  /// Groups in which each channel has a region, and each concept a cell.
  package private(set) var regionGroups: [Int]
  package private(set) var conceptGroups: [Int]
  /// The same after each exchange; the regions stay.
  private(set) var exchangedShared: [[Int]]
  private(set) var exchangedAreas: [[Int]]
  /// The same with each weighting.
  private(set) var resampledShared: [[Int]]
  private(set) var resampledRegions: [[Int]]
  private(set) var resampledAreas: [[Int]]

  package init(
    channels: Int, concepts: Int, rows: Int, columns: Int, exchanges: Int, resamples: Int
  ) {
    (channelCount, conceptCount, self.rows, self.columns) = (channels, concepts, rows, columns)
    (exchangeCount, resampleCount) = (exchanges, resamples)
    shared = Array(repeating: 0, count: channels * concepts)
    regionAreas = Array(repeating: 0, count: channels)
    conceptAreas = Array(repeating: 0, count: concepts)
    (regionGroups, conceptGroups) = (regionAreas, conceptAreas)
    exchangedShared = Array(repeating: shared, count: exchanges)
    exchangedAreas = Array(repeating: conceptAreas, count: exchanges)
    resampledShared = Array(repeating: shared, count: resamples)
    resampledRegions = Array(repeating: regionAreas, count: resamples)
    resampledAreas = Array(repeating: conceptAreas, count: resamples)
  }

  /// Bytes of one with such numbers.
  package static func byteCount(
    channels: Int, concepts: Int, exchanges: Int, resamples: Int, blockSize: Int
  ) -> Double {
    16 * Double(channels) * Double(concepts) * Double(1 + exchanges + resamples)
      + 4 * Double(channels) * Double(concepts) * Double(blockSize * blockSize)
  }

  /// Adds a block of groups.
  ///
  /// - Parameters:
  ///   - exchanges: for each exchange the group whose concepts each group gets.
  ///   - weights: for each resample the weight of each group.
  package mutating func add(_ block: [Group], exchanges: [[Int]], weights: [[Int]]) {
    demand(
      exchanges.count == exchangeCount && weights.count == resampleCount
        && (exchanges + weights).allSatisfy { $0.count == block.count },
      "\(exchanges.count) exchanges and \(weights.count) weightings of \(block.count) groups")
    let pairs = sharedCells(block)
    let areas = block.map { own in
      own.regions.reduce(into: Array(repeating: 0, count: channelCount)) { sums, regions in
        for channel in sums.indices { sums[channel] += regions[channel].cells.count }
      }
    }
    // The area of one group's concepts, laid over another's inputs.
    var laid: [[[Int]]] = []
    for own in block { laid.append(block.map { conceptAreas(of: $0, over: own.regions.count) }) }
    let size = channelCount * conceptCount
    for (place, own) in areas.enumerated() {
      Self.add(own, to: &regionAreas)
      Self.add(laid[place][place], to: &conceptAreas)
      Self.add(own.map { min($0, 1) }, to: &regionGroups)
      Self.add(laid[place][place].map { min($0, 1) }, to: &conceptGroups)
      let start = (place * block.count + place) * size
      Self.add(pairs[start..<start + size], 1, to: &shared)
      for resample in weights.indices where weights[resample][place] > 0 {
        let weight = weights[resample][place]
        Self.add(own.map { $0 * weight }, to: &resampledRegions[resample])
        Self.add(laid[place][place].map { $0 * weight }, to: &resampledAreas[resample])
        Self.add(pairs[start..<start + size], weight, to: &resampledShared[resample])
      }
      for exchange in exchanges.indices {
        let other = exchanges[exchange][place]
        let start = (place * block.count + other) * size
        Self.add(pairs[start..<start + size], 1, to: &exchangedShared[exchange])
        Self.add(laid[place][other], to: &exchangedAreas[exchange])
      }
    }
  }

  private static func add(_ values: [Int], to sums: inout [Int]) {
    for index in sums.indices { sums[index] += values[index] }
  }

  private static func add(_ values: ArraySlice<Int32>, _ factor: Int, to sums: inout [Int]) {
    let (source, count) = (values.span, sums.count)
    var target = sums.mutableSpan
    precondition(source.count == count)
    for index in 0..<count { target[index] &+= factor &* Int(source[index]) }
  }

  /// `[group, group, channel, concept]`: the regions of the first and the concepts of the second.
  private func sharedCells(_ block: [Group]) -> [Int32] {
    let (channels, concepts) = (channelCount, conceptCount)
    let byGroup = parallelMap(block.count) { place -> [Int32] in
      let own = block[place]
      var result: [Int32] = []
      result.reserveCapacity(block.count * channels * concepts)
      var sums = [Int32](repeating: 0, count: concepts)
      for other in block {
        for channel in 0..<channels {
          for index in sums.indices { sums[index] = 0 }
          for (input, regions) in own.regions.enumerated() where !other.concepts.isEmpty {
            regions[channel].addShared(with: other.concepts[input % other.concepts.count], to: &sums)
          }
          result += sums
        }
      }
      return result
    }
    return Array(byGroup.joined())
  }

  private func conceptAreas(of group: Group, over inputs: Int) -> [Int] {
    var areas = [Int](repeating: 0, count: conceptCount)
    guard !group.concepts.isEmpty else { return areas }
    for input in 0..<inputs {
      group.concepts[input % group.concepts.count].addAreas(to: &areas, rows: rows, columns: columns)
    }
    return areas
  }

  // MARK: - Intersection over union

  /// Intersection over union of each channel with each concept, `[channel, concept]`; 0 where both are empty.
  package func overlaps() -> [Double] { overlaps(shared, regionAreas, conceptAreas) }

  /// The same after an exchange.
  package func overlaps(exchange: Int) -> [Double] {
    overlaps(exchangedShared[exchange], regionAreas, exchangedAreas[exchange])
  }

  /// The same with a weighting.
  package func overlaps(resample: Int) -> [Double] {
    overlaps(resampledShared[resample], resampledRegions[resample], resampledAreas[resample])
  }

  private func overlaps(_ shared: [Int], _ regions: [Int], _ areas: [Int]) -> [Double] {
    shared.indices.map { index in
      let (channel, concept) = index.quotientAndRemainder(dividingBy: conceptCount)
      let union = regions[channel] + areas[concept] - shared[index]
      return union > 0 ? Double(shared[index]) / Double(union) : 0
    }
  }
}
