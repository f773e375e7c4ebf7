import Files
import Statistics

/// What counts make of channels: for each the concepts that it matches better than by chance.
///
/// The agreement of a channel and a concept is `(overlap - chance) / (highest - chance)`, where chance is the mean overlap after the exchanges.
/// It is compared with those after each exchange: `z = agreement / (deviation + 0.05)`, the deviation over the exchanges; the constant keeps what
/// hardly ever overlaps from being as remarkable as what always does (as in Tusher et al. 2001, doi:10.1073/pnas.091062498). The corrected p is the
/// share of exchanges, the data among them, whose largest z of all channels and concepts is at least as large (Westfall and Young's
/// single-step maxT, 1993), so that the chance of any wrong name is at most the level. Channels and concepts in fewer than ``leastGroups``
/// groups are not compared.
struct ChannelNaming {
  let counts: DissectionCounts
  let options: DissectionOptions
  private let overlaps: [Double]
  /// The mean overlap after the exchanges, and the deviation of the agreement.
  private let means: [Double]
  private let deviations: [Double]
  /// The highest overlap that the sizes allow.
  private let highest: [Double]
  /// Whether a channel and a concept are compared.
  private let isCompared: [Bool]
  /// The largest z of each exchange, ascending.
  private let largest: [Double]

  /// Above this intersection over union the paper calls a channel a detector.
  static let detectorOverlap = 0.04
  /// In how many groups a channel must respond and a concept be.
  static let leastGroups = 5
  private static let leastDeviation = 0.05

  init(_ counts: DissectionCounts, _ options: DissectionOptions) {
    (self.counts, self.options) = (counts, options)
    overlaps = counts.overlaps()
    let exchanged = (0..<options.exchangeCount).map { counts.overlaps(exchange: $0) }
    let places = overlaps.indices
    let count = Double(options.exchangeCount)
    let means = places.map { index in exchanged.reduce(0) { $0 + $1[index] } / count }
    let highest = places.map { index -> Double in
      let (channel, concept) = index.quotientAndRemainder(dividingBy: counts.conceptCount)
      let (region, area) = (counts.regionAreas[channel], counts.conceptAreas[concept])
      return region > 0 && area > 0 ? Double(min(region, area)) / Double(max(region, area)) : 0
    }
    let isCompared = places.map { index in
      let (channel, concept) = index.quotientAndRemainder(dividingBy: counts.conceptCount)
      return highest[index] > means[index] && counts.regionGroups[channel] >= Self.leastGroups
        && counts.conceptGroups[concept] >= Self.leastGroups
    }
    let deviations = places.map { index -> Double in
      guard isCompared[index] else { return 0 }
      let squares = exchanged.reduce(0) { $0 + ($1[index] - means[index]) * ($1[index] - means[index]) }
      return (squares / count).squareRoot() / (highest[index] - means[index])
    }
    (self.means, self.highest) = (means, highest)
    (self.isCompared, self.deviations) = (isCompared, deviations)
    largest = exchanged.map { overlaps in
      places.reduce(0) { most, index in
        guard isCompared[index] else { return most }
        let agreement = (overlaps[index] - means[index]) / (highest[index] - means[index])
        return max(most, agreement / (deviations[index] + Self.leastDeviation))
      }
    }.sorted()
  }

  private func z(_ overlap: Double, at index: Int) -> Double {
    agreement(overlap, at: index) / (deviations[index] + Self.leastDeviation)
  }

  /// Share of exchanges, the data among them, with a z as large anywhere.
  private func p(_ z: Double) -> Double {
    let above = largest.count - largest.partitioningIndex { $0 >= z }
    return Double(1 + above) / Double(1 + largest.count)
  }

  private func agreement(_ overlap: Double, at index: Int) -> Double {
    isCompared[index] ? (overlap - means[index]) / (highest[index] - means[index]) : 0
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
        p(z(overlaps[index], at: index)) <= options.level
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
        chance: means[index], highest: highest[index], agreement: agreement(overlaps[index], at: index),
        p: isCompared[index] ? p(z(overlaps[index], at: index)) : 1)
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
