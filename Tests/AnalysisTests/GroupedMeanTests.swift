import Foundation
import Tensors
import TestSupport
import Testing

@testable import Analysis
@testable import Statistics

@Suite(.tags(.hand, .reference)) struct GroupedMeanTests {
  private struct Golden: Decodable {
    struct Mean: Decodable {
      let values: [Double]
      let groups: [String]
      let mean, error, low, high, p: Double
    }
    struct Interval: Decodable {
      let right: [Bool]
      let groups: [String]
      let low, high: Double
    }
    struct Difference: Decodable {
      let values: [Double]
      let part: [Bool]
      let groups: [String]
      let difference, p: Double
    }
    let means: [Mean]
    let intervals: [Interval]
    let differences: [Difference]
  }

  /// Cluster-robust regression on a constant; see Golden/generate_groups.py. The quantile of t is good to 1e-9.
  @Test func figuresAreStatsmodels() throws {
    let golden = try golden("groups.json", as: Golden.self)
    #expect(golden.means.count == 4)
    for item in golden.means {
      let found = try #require(GroupedMean(item.values, groups: item.groups))
      expectNear(found.mean, item.mean)
      expectNear(found.standardError, item.error)
      expectNear(found.p, item.p, absolute: 1e-10)
      expectNear(found.interval?.low, item.low, absolute: 1e-8)
      expectNear(found.interval?.high, item.high, absolute: 1e-8)
      let order = Array(item.values.indices).shuffled()
      let shuffled = GroupedMean(order.map { item.values[$0] }, groups: order.map { item.groups[$0] })
      #expect(shuffled == found)
    }
  }

  @Test func sharesOverGroupsAreWilsonsOfTheEffectiveNumber() throws {
    for item in try golden("groups.json", as: Golden.self).intervals {
      let interval = ConfidenceInterval.wilson(item.right, groups: item.groups)
      expectNear(interval.low, item.low, absolute: 1e-8)
      expectNear(interval.high, item.high, absolute: 1e-8)
      let clips = ConfidenceInterval.wilson(
        successes: item.right.count(where: \.self), count: item.right.count)
      #expect(interval.low <= clips.low && interval.high >= clips.high)
    }
  }

  /// statsmodels has one degree of freedom less than there are groups, here the part with fewer of them counts: the standard
  /// error must be the same.
  @Test func differencesAreStatsmodels() throws {
    let golden = try golden("groups.json", as: Golden.self)
    #expect(golden.differences.count == 3)
    for item in golden.differences {
      let found = try #require(GroupedDifference(item.values, isInPart: item.part, groups: item.groups))
      expectNear(found.difference, item.difference)
      let t = abs(found.difference) / found.standardError
      expectNear(
        StudentDistribution.twoSidedTail(t, Set(item.groups).count - 1), item.p, absolute: 1e-10)
      let counts = [true, false].map { isIn in
        Set(zip(item.groups, item.part).filter { $0.1 == isIn }.map(\.0)).count
      }
      #expect(found.p == StudentDistribution.twoSidedTail(t, min(counts[0], counts[1]) - 1))
    }
  }

  /// Half of a slice's 40 tracks are one artist's, all of them wrong; the others are right for nine of ten everywhere. By
  /// tracks the slice stands out, by artists it is one artist.
  @Test func oneArtistsMistakesAreNoSlice() throws {
    let isCorrect = (0..<240).map { $0 >= 20 && $0 % 10 != 0 }
    let column = SliceAnalysis.Column(name: "label", values: (0..<240).map { $0 < 40 ? "small" : "large" })
    let groups = (0..<240).map { $0 < 20 ? "one" : "\($0 / 2)" }
    let (tracks, artists) = (
      try SliceAnalysis(isCorrect: isCorrect, columns: [column]),
      try SliceAnalysis(isCorrect: isCorrect, columns: [column], groups: groups)
    )
    #expect(tracks.standingOut.count == 2 && artists.standingOut.isEmpty && artists.groupCount == 111)
    let (alone, grouped) = (
      try #require(tracks.columns[0].slices.first { $0.words == "small" }),
      try #require(artists.columns[0].slices.first { $0.words == "small" })
    )
    #expect(grouped.interval.low < alone.interval.low && grouped.interval.high > alone.interval.high)
  }

  /// All of a slice's 20 tracks are one artist's and wrong: by tracks it stands out, but what is true of an artist need not be
  /// true of a slice, and one artist has no error among artists. Two artists of ten wrong tracks beside 22 of right ones are 1 of
  /// 276 ways to choose two, which counts twice for both sides.
  @Test func aSliceOfOneArtistIsNotTested() throws {
    func slices(_ artist: (Int) -> Int) throws -> SliceAnalysis {
      let column = SliceAnalysis.Column(name: "rate", values: (0..<240).map { $0 < 20 ? "64" : "128" })
      return try SliceAnalysis(
        isCorrect: (0..<240).map { $0 >= 20 }, columns: [column], groups: (0..<240).map { "\(artist($0))" })
    }
    let one = try slices { $0 < 20 ? 0 : $0 / 10 }
    #expect(one.standingOut.isEmpty && one.testCount == 0)
    #expect(one.columns[0].slices.allSatisfy { $0.sentence.hasSuffix("too few tracks or artists to test.") })
    let two = try slices { $0 / 10 }
    #expect(two.testCount == 2 && two.standingOut.count == 2)
    for slice in two.columns[0].slices { expectNear(slice.p, 2 / 276.0, absolute: 1e-12) }
  }

  /// Slices of three of thirty artists, ten tracks each, half of the artists wrong in one of twenty and half in seven: none
  /// is a bias. With the degrees of freedom of all thirty artists 20 of 100 "stood out"; 5 should at most, and more than 12
  /// come by chance once in 500 runs.
  @Test func aFewArtistsSeldomStandOut() throws {
    var (alarms, generator) = (0, SeededGenerator(seed: 7))
    for _ in 0..<100 {
      let shares = (0..<30).map { _ -> Float in generator.uniform() < 0.5 ? 0.05 : 0.35 }
      let isCorrect = (0..<300).map { generator.uniform() >= shares[$0 / 10] }
      let column = SliceAnalysis.Column(name: "x", values: (0..<300).map { $0 < 30 ? "few" : "many" })
      let found = try SliceAnalysis(
        isCorrect: isCorrect, columns: [column], groups: (0..<300).map { "\($0 / 10)" })
      if found.columns[0].slices.contains(where: { $0.p ?? 1 < 0.05 }) { alarms += 1 }
    }
    #expect(alarms <= 12, "\(alarms)")
  }

  /// Every group is right for the same share: rounding must not decide whether each counts for one item or for all of its
  /// tracks. Thirds are rounded, halves are not.
  @Test func groupsThatAreAlikeCountForOneItemEach() {
    for size in [2, 3, 5, 7] {
      let (right, groups) = (
        (0..<12 * size).map { $0 % size == 0 }, (0..<12 * size).map { "\($0 / size)" }
      )
      let interval = ConfidenceInterval.wilson(right, groups: groups)
      let expected = ConfidenceInterval.score(
        share: 1 / Double(size), count: 12,
        z: StudentDistribution.quantile(0.975, degreesOfFreedom: 11))
      expectNear(interval.low, expected.low, absolute: 1e-12)
      expectNear(interval.high, expected.high, absolute: 1e-12)
    }
  }

  /// Where all tracks are right the jackknife moves nothing, and 100 % would be "100 to 100 %".
  @Test func aPerfectMacroF1HasNoInterval() throws {
    for predicted in [["A", "B"], ["B", "A"]] {
      let predictions = (0..<12).map {
        Prediction(
          path: "\($0)", label: ["A", "B"][$0 % 2], predicted: predicted[$0 % 2], group: "\($0 / 2)")
      }
      let report = try ClassificationReport(predictions: predictions, labels: ["A", "B"])
      #expect(report.macroF1 == report.accuracy && report.macroF1Interval == nil)
      #expect(report.interval.high - report.interval.low > 0.4)
    }
  }

  @Test func oneGroupTellsNothing() throws {
    let one = try #require(GroupedMean([1, 2], groups: ["a", "a"]))
    #expect(one.standardError == nil && one.interval == nil && one.p == nil)
    #expect(
      ConfidenceInterval.wilson([true, false], groups: ["a", "a"]) == ConfidenceInterval(low: 0, high: 1))
    #expect(GroupedMean([], groups: []) == nil)
  }

  /// Five groups of one and the same mean leave no error to measure by: p is the sign test's, 2 / 2^5.
  @Test func equalGroupsAreNoCertainty() throws {
    let groups = ["a", "b", "c", "d", "e"]
    let equal = try #require(GroupedMean([0.3, 0.3, 0.3, 0.3, 0.3], groups: groups))
    #expect(equal.p == 0.0625 && equal.interval == nil)
    #expect(GroupedMean([0, 0, 0, 0, 0], groups: groups)?.p == 1)
  }

  /// Twenty artists of five clips whose rights and wrongs hang together. The interval over clips misses the true share in
  /// one set of three or four, that over groups in about one of twenty; of 400 sets the bounds lie five standard
  /// deviations away from that.
  @Test func intervalsOverGroupsHoldTheTrueShare() {
    var generator = SeededGenerator(seed: 5)
    var (byGroups, byClips) = (0, 0)
    for _ in 0..<400 {
      var (right, groups): ([Bool], [String]) = ([], [])
      for artist in 0..<20 {
        // Half of the artists are known by heart: 0.9, the others hardly: 0.3.
        let share: Float = generator.uniform() < 0.5 ? 0.9 : 0.3
        for _ in 0..<5 {
          right.append(generator.uniform() < share)
          groups.append("\(artist)")
        }
      }
      let own = ConfidenceInterval.wilson(right, groups: groups)
      let clips = ConfidenceInterval.wilson(successes: right.count(where: \.self), count: right.count)
      if own.low <= 0.6, own.high >= 0.6 { byGroups += 1 }
      if clips.low <= 0.6, clips.high >= 0.6 { byClips += 1 }
    }
    #expect(byGroups > 360, "\(byGroups)")
    #expect(byClips < 350, "\(byClips)")
  }

  @Test func reportsTakeGroupsWhereTheyAreKnown() throws {
    func predictions(_ group: (Int) -> String?) -> [Prediction] {
      (0..<40).map { index in
        Prediction(
          path: "\(index)", label: index < 20 ? "A" : "B", predicted: index % 20 < 12 ? "A" : "B",
          group: group(index))
      }
    }
    let alone = try ClassificationReport(predictions: predictions { _ in nil }, labels: ["A", "B"])
    #expect(alone.interval == .wilson(successes: 20, count: 40) && alone.groupCount == nil)
    #expect(alone.perClass["A"]?.recallInterval == .wilson(successes: 12, count: 20))
    #expect(alone.intervalWords == "track by track: no groups are known")
    // Right and wrong go by groups of four, so that each group is one item.
    let grouped = try ClassificationReport(predictions: predictions { "\($0 / 4)" }, labels: ["A", "B"])
    #expect(grouped.groupCount == 10 && grouped.intervalWords == "by 10 groups")
    #expect(grouped.interval.high - grouped.interval.low > 1.9 * (alone.interval.high - alone.interval.low))
    #expect(
      grouped.advice?.hasSuffix(
        "few or uneven groups. Cross-validation (genrelens train --folds 5) judges every group once.") == true
    )
    #expect(
      alone.advice?.hasSuffix(
        "few tracks. Cross-validation (genrelens train --folds 5) judges every track once.") == true)
    let recall = try #require(grouped.perClass["A"]?.recallInterval)
    #expect(recall.low < 0.2 && recall.high > 0.9)
    let macro = try #require(grouped.macroF1Interval)
    #expect(macro.low < grouped.macroF1 && grouped.macroF1 < macro.high && macro.high <= 1)
    let few = try ClassificationReport(predictions: predictions { "\($0 / 8)" }, labels: ["A", "B"])
    #expect(few.intervalWords == "by 5 groups: too few to be trusted")
  }

  /// By hand: of four tracks, each for itself, two labels of two tracks; one B heard as A. F1 is 4/5 and 2/3. Without one of
  /// the As: 2/3 and 2/3; without the wrong B: 1 and 1; without the other: 4/5 and 0. The means of these are 2/3, 2/3, 1 and
  /// 2/5, and t(0.975, 3) = 3.1824463052837078.
  @Test func macroF1IsJackknifed() throws {
    let predictions = ["AA", "AA", "BA", "BB"].enumerated().map { index, pair in
      Prediction(path: "\(index)", label: "\(pair.first ?? "A")", predicted: "\(pair.last ?? "A")")
    }
    let report = try ClassificationReport(predictions: predictions, labels: ["A", "B"])
    let interval = try #require(report.macroF1Interval)
    let means = [2 / 3.0, 2 / 3.0, 1, 2 / 5.0]
    let mean = means.reduce(0, +) / 4
    let squares = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let half = 3.1824463052837078 * (0.75 * squares).squareRoot()
    expectNear(interval.low, max(0, (4 / 5.0 + 2 / 3.0) / 2 - half), absolute: 1e-8)
    #expect(interval.high == 1)
  }
}
