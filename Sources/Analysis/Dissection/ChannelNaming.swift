import Files
import Statistics

/// What counts make of channels: for each the concepts that it matches better than by chance.
///
/// The overlap of a channel and a concept is compared with those after each exchange: `z = (overlap - mean) / deviation`, over the data and
/// all exchanges. The corrected p is the share of exchanges, the data among them, whose largest z of all channels and concepts is at least as
/// large (Westfall and Young's single-step maxT, 1993), so that the chance of any wrong name is at most the level.
struct ChannelNaming {
  let counts: DissectionCounts
  let options: DissectionOptions
  private let overlaps: [Double]
  private let means: [Double]
  private let deviations: [Double]
  /// The largest z of each exchange, ascending.
  private let largest: [Double]

  /// Above this intersection over union the paper calls a channel a detector.
  static let detectorOverlap = 0.04

  init(_ counts: DissectionCounts, _ options: DissectionOptions) {
    (self.counts, self.options) = (counts, options)
    let own = counts.overlaps()
    overlaps = own
    var (sums, squares) = (own, own.map { $0 * $0 })
    for exchange in 0..<options.exchangeCount {
      for (index, overlap) in counts.overlaps(exchange: exchange).enumerated() {
        sums[index] += overlap
        squares[index] += overlap * overlap
      }
    }
    let count = Double(options.exchangeCount + 1)
    let means = sums.map { $0 / count }
    let deviations = zip(squares, means).map { square, mean in
      max(0, square / count - mean * mean).squareRoot()
    }
    (self.means, self.deviations) = (means, deviations)
    largest = (0..<options.exchangeCount).map { exchange in
      let exchanged = counts.overlaps(exchange: exchange)
      return exchanged.indices.map { Self.z(exchanged[$0], means[$0], deviations[$0]) }.max() ?? 0
    }.sorted()
  }

  private static func z(_ overlap: Double, _ mean: Double, _ deviation: Double) -> Double {
    // Rounding of sums that are all the same is no deviation.
    deviation > 1e-9 * max(mean, .leastNormalMagnitude) ? (overlap - mean) / deviation : 0
  }

  /// Share of exchanges, the data among them, with a z as large anywhere.
  private func p(_ z: Double) -> Double {
    let above = largest.count - largest.partitioningIndex { $0 >= z }
    return Double(1 + above) / Double(1 + largest.count)
  }

  private func highest(_ index: Int) -> Double {
    let (channel, concept) = index.quotientAndRemainder(dividingBy: counts.conceptCount)
    let (region, area) = (counts.regionAreas[channel], counts.conceptAreas[concept])
    return region > 0 && area > 0 ? Double(min(region, area)) / Double(max(region, area)) : 0
  }

  private func agreement(_ overlap: Double, at index: Int) -> Double {
    let (chance, highest) = (means[index], highest(index))
    return highest > chance ? (overlap - chance) / (highest - chance) : 0
  }

  private func indices(of channel: Int) -> Range<Int> {
    channel * counts.conceptCount..<(channel + 1) * counts.conceptCount
  }

  /// The concept that a channel would be named after, with these overlaps; nil if none is better than chance.
  private func name(of channel: Int, _ overlaps: [Double]) -> Int? {
    var best: (index: Int, agreement: Double)?
    for index in indices(of: channel) {
      let agreement = agreement(overlaps[index], at: index)
      guard agreement >= options.leastAgreement, agreement > best?.agreement ?? 0,
        p(Self.z(overlaps[index], means[index], deviations[index])) <= options.level
      else { continue }
      best = (index, agreement)
    }
    return best?.index
  }

  private func detectorCount(_ overlaps: [Double]) -> Int {
    (0..<counts.channelCount).count { channel in
      indices(of: channel).contains { overlaps[$0] > Self.detectorOverlap }
    }
  }

  // MARK: - Results

  /// For each channel the index of the concept it is named after.
  var names: [Int?] {
    (0..<counts.channelCount).map { channel in
      name(of: channel, overlaps).map { $0 % counts.conceptCount }
    }
  }

  var detectors: Int { detectorCount(overlaps) }

  /// Named channels and detectors after each exchange.
  func byChance() -> (named: [Int], detectors: [Int]) {
    let found = parallelMap(options.exchangeCount) { exchange in
      let overlaps = counts.overlaps(exchange: exchange)
      return (
        named: (0..<counts.channelCount).count { name(of: $0, overlaps) != nil },
        detectors: detectorCount(overlaps)
      )
    }
    return (found.map(\.named), found.map(\.detectors))
  }

  /// The channels, without examples.
  func channels(_ concepts: [Concept], thresholds: [Float]) -> [Dissection.Channel] {
    let resampled = (0..<options.resampleCount).map { counts.overlaps(resample: $0) }
    func match(_ index: Int) -> Dissection.Match {
      let sample = resampled.map { $0[index] }.sorted()
      return Dissection.Match(
        concept: concepts[index % concepts.count], overlap: overlaps[index],
        interval: sample.count < 20
          ? nil
          : ConfidenceInterval(
            low: Bootstrap.quantile(0.025, of: sample), high: Bootstrap.quantile(0.975, of: sample)),
        chance: means[index], highest: highest(index), agreement: agreement(overlaps[index], at: index),
        p: p(Self.z(overlaps[index], means[index], deviations[index])))
    }
    let names = names
    return (0..<counts.channelCount).map { channel in
      let indices = indices(of: channel)
      let responds = counts.regionAreas[channel] > 0
      let named = names[channel].map { indices.lowerBound + $0 }
      let best = named ?? indices.max { agreement(overlaps[$0], at: $0) < agreement(overlaps[$1], at: $1) }
      let most = indices.max { overlaps[$0] < overlaps[$1] }
      return Dissection.Channel(
        index: channel, threshold: responds ? thresholds[channel] : nil,
        name: names[channel].map { concepts[$0] },
        best: responds ? best.map(match) : nil,
        mostOverlapping: responds ? most.map(match) : nil)
    }
  }
}

extension Array {
  /// The first place whose element fulfils a condition that all after it fulfil too.
  fileprivate func partitioningIndex(where isAfter: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
