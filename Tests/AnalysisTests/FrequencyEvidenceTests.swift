import Explanation
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Analysis
@testable import Statistics

@Suite(.tags(.hand)) struct FrequencyEvidenceTests {
  /// Bands at 100, 1 000 and 5 000 Hz: one in each region.
  private func sample(_ label: String, _ shares: [Float], cluster: String) -> FrequencyEvidence.Sample {
    FrequencyEvidence.Sample(
      label: label, cluster: cluster,
      profile: BandProfile(map: Tensor(shares, shape: [3, 1]), bandCentersHz: [100, 1000, 5000]))
  }

  private func reading(_ samples: [FrequencyEvidence.Sample]) -> FrequencyEvidence.Reading {
    FrequencyEvidence.Reading(
      method: "gradient-x-input", layer: "input", quantity: .score, samples: samples,
      labels: ["Folk", "Hip-Hop"])
  }

  /// `count` tracks of each class around two centres, a little apart.
  private func corpus(folk: [Float], hipHop: [Float], count: Int = 20) -> [FrequencyEvidence.Sample] {
    (0..<count).flatMap { index in
      let step = 0.02 * Float(index % 5)
      return [
        sample("Folk", [folk[0] + step, folk[1], folk[2]], cluster: "f\(index)"),
        sample("Hip-Hop", [hipHop[0] + step, hipHop[1], hipHop[2]], cluster: "h\(index)"),
      ]
    }
  }

  @Test func meansByHand() throws {
    let rows = FrequencyEvidence.rows(
      [
        sample("Folk", [1, 1, 2], cluster: "a"), sample("Folk", [0, 3, 1], cluster: "b"),
        sample("Folk", [0, 0, 0], cluster: "c"), sample("Pop", [1, 0, 0], cluster: "a"),
      ], labels: ["Hip-Hop", "Pop", "Folk"], bootstrap: Bootstrap(resampleCount: 200, seed: 1))
    // The model's order; a class without a track has no row.
    #expect(rows.map(\.label) == ["Pop", "Folk"])
    let folk = try #require(rows.last)
    #expect(folk.count == 2 && folk.emptyCount == 1)
    #expect([folk.low.mean, folk.middle.mean, folk.high.mean] == [0.125, 0.5, 0.375])
    #expect(folk.perBand == [0.125, 0.5, 0.375])
    // Two tracks: resamples are one of them twice, or both.
    #expect(folk.low.interval == ConfidenceInterval(low: 0, high: 0.25))
    // One track says nothing about others.
    #expect(rows[0].low.interval == nil && rows[0].low.mean == 1)
  }

  @Test func claimHoldsWhereAllThreeDifferencesAreShown() throws {
    let verdict = try #require(
      reading(corpus(folk: [0.1, 0.5, 0.4], hipHop: [0.5, 0.3, 0.2])).verdict)
    #expect(verdict.answer == .holds && verdict.claim == .founding)
    #expect(verdict.low.mean > 0.3 && verdict.middle.mean > 0.1 && verdict.high.mean > 0.1)
    #expect(abs(verdict.low.mean - verdict.middle.mean - verdict.high.mean) < 1e-12)
    let interval = try #require(verdict.low.interval)
    #expect(interval.low < verdict.low.mean && verdict.low.mean < interval.high)
  }

  @Test func otherAnswers() throws {
    // Folk has less in the middle too.
    #expect(
      try #require(reading(corpus(folk: [0.1, 0.2, 0.7], hipHop: [0.4, 0.4, 0.2])).verdict).answer
        == .holdsInPart)
    #expect(
      try #require(reading(corpus(folk: [0.3, 0.4, 0.3], hipHop: [0.3, 0.4, 0.3])).verdict).answer
        == .notShown)
    #expect(
      try #require(reading(corpus(folk: [0.5, 0.3, 0.2], hipHop: [0.1, 0.5, 0.4])).verdict).answer
        == .contradicted)
    // No class, no verdict; one track each, no interval.
    #expect(reading([sample("Folk", [1, 1, 1], cluster: "a")]).verdict == nil)
    #expect(reading(corpus(folk: [0.1, 0.5, 0.4], hipHop: [0.5, 0.3, 0.2], count: 1)).verdict == nil)
  }

  @Test func clustersAreDrawnWhole() throws {
    let bootstrap = Bootstrap(resampleCount: 500, seed: 3)
    let rows = (0..<40).map { [Double($0 % 2)] }
    let alone = bootstrap.means(ofRows: rows, groups: (0..<40).map { "\($0)" }, stream: 0)
    // All zeros are one artist's and all ones another's: a resample is 0, 1 or 1/2.
    let together = bootstrap.means(ofRows: rows, groups: (0..<40).map { "\($0 % 2)" }, stream: 0)
    #expect(Set(together.map { $0[0] }) == [0, 0.5, 1])
    #expect(alone.count == 500 && alone.allSatisfy { $0[0] > 0.1 && $0[0] < 0.9 })
    #expect(bootstrap.means(ofRows: [[1], [2]], groups: ["a", "a"], stream: 0).isEmpty)
    // Resamples' means scatter as the mean does: deviation 0.5 / sqrt(40), known to 3 % from 500 of them.
    let deviation = (alone.reduce(0) { $0 + ($1[0] - 0.5) * ($1[0] - 0.5) } / 500).squareRoot()
    #expect(abs(deviation / (0.5 / 40.0.squareRoot()) - 1) < 0.15)
  }

  /// The same tracks explained for the other class: the words tell what is left of the difference.
  @Test func controlStandsBesideTheClaim() throws {
    let own = corpus(folk: [0.1, 0.5, 0.4], hipHop: [0.5, 0.3, 0.2])
    let others = corpus(folk: [0.5, 0.3, 0.2], hipHop: [0.1, 0.5, 0.4])
    let found = FrequencyEvidence.Reading(
      method: "gradient-x-input", layer: "input", quantity: .score, samples: own, controls: others,
      labels: ["Folk", "Hip-Hop"], readingCount: 2)
    let (verdict, alone) = (try #require(found.verdict), try #require(reading(own).verdict))
    #expect(verdict.level == 0.975 && alone.level == 0.95 && verdict.low.mean == alone.low.mean)
    let (wide, narrow) = (try #require(verdict.low.interval), try #require(alone.low.interval))
    #expect(wide.low <= narrow.low && wide.high >= narrow.high)
    #expect(
      found.controls.map { found.controlName($0) } == [
        "Folk explained for Hip-Hop", "Hip-Hop explained for Folk",
      ])
    let evidence = FrequencyEvidence(
      readings: [found], sound: [], bandCentersHz: [100, 1000, 5000], isExact: true, bootstrap: Bootstrap())
    // Evidence for Hip-Hop lies low in all tracks, for Folk in none: nothing is left.
    #expect(
      evidence.remarks.last?.hasSuffix(
        "(97.5 % intervals: 95 % for 2 methods together, by Bonferroni). The difference below 250 Hz is 0.0 points with all tracks explained for Hip-Hop, 0.0 with all explained for Folk."
      )
        == true)
  }

  /// A bootstrap of three artists knows nothing of a fourth: the words say of how many groups the tracks are.
  @Test func fewGroupsAreSaid() throws {
    let samples = { (groups: Int) in
      (0..<20).flatMap { index in
        let step = 0.02 * Float(index % 5)
        return [
          self.sample("Folk", [0.1 + step, 0.5, 0.4], cluster: "f\(index % groups)"),
          self.sample("Hip-Hop", [0.5 + step, 0.3, 0.2], cluster: "h\(index % 12)"),
        ]
      }
    }
    let last = { (groups: Int) in
      FrequencyEvidence(
        readings: [self.reading(samples(groups))], sound: [], bandCentersHz: [100, 1000, 5000], isExact: true,
        bootstrap: Bootstrap()
      ).remarks.last
    }
    #expect(
      last(3)?.hasSuffix(
        " The correct tracks of Hip-Hop are of 12 groups, those of Folk of 3 groups: too few to be trusted.")
        == true)
    #expect(last(10)?.contains("trusted") == false)
    #expect(reading(samples(3)).rows.map(\.groupCount) == [3, 12])
  }

  @Test func equalSeedsGiveEqualFiles() throws {
    let samples = corpus(folk: [0.1, 0.5, 0.4], hipHop: [0.5, 0.3, 0.2])
    #expect(reading(samples) == reading(samples))
    let evidence = FrequencyEvidence(
      readings: [reading(samples)], sound: [], bandCentersHz: [100, 1000, 5000], isExact: false,
      bootstrap: Bootstrap(resampleCount: 2000, seed: 1))
    #expect(abs(evidence.even.low - 1.0 / 3) < 1e-12)
    let data = try JSONEncoder().encode(evidence)
    #expect(try JSONDecoder().decode(FrequencyEvidence.self, from: data) == evidence)
    #expect(evidence.remarks.count == 2)
    #expect(evidence.remarks[1].contains("holds by gradient-x-input"))
  }
}
