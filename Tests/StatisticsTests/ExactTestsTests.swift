import Files
import Foundation
import TestSupport
import Testing

@testable import Statistics

/// Against SciPy and statsmodels; see Golden/generate_tests.py.
@Suite(.tags(.hand, .reference)) struct ExactTestsTests {
  struct Permutation: Decodable {
    let cases, controls: [Double]
    let alternative: PermutationTest.Alternative
    let difference, p: Double
  }

  struct Golden: Decodable {
    let normal, wilson, fisher: [[Double]]
    let holm: [[[Double]]]
    let mcnemar: [[Double]]
    let permutation: [Permutation]
  }

  static let golden = Result { try StatisticsTests.golden("tests.json", as: Golden.self) }

  @Test func normalPointsAreSciPys() throws {
    for pair in try Self.golden.get().normal {
      expectNear(StandardNormal.upperPoint(pair[0]), pair[1], absolute: 1e-12 * max(1, abs(pair[1])))
    }
    #expect(abs(StandardNormal.upperPoint(0.025) - 1.959963984540054) < 1e-14)
  }

  @Test func intervalsAtOtherLevelsAreStatsmodels() throws {
    for row in try Self.golden.get().wilson {
      let interval = ConfidenceInterval.wilson(successes: Int(row[0]), count: Int(row[1]), level: row[2])
      expectNear(interval.low, row[3])
      expectNear(interval.high, row[4])
    }
  }

  @Test func fishersTestIsSciPys() throws {
    let tables = try Self.golden.get().fisher
    #expect(tables.count == 13)
    for row in tables {
      let (a, b, c, d) = (Int(row[0]), Int(row[1]), Int(row[2]), Int(row[3]))
      let p = ExactTests.fisher(a, b, c, d)
      // Log-gamma of counts near 6500 keeps 11 digits of their probabilities.
      expectNear(p, row[4], absolute: 1e-10 * row[4])
      // Rows and columns may change places.
      expectNear(ExactTests.fisher(c, d, a, b), p, absolute: 1e-10 * p)
      expectNear(ExactTests.fisher(a, c, b, d), p, absolute: 1e-10 * p)
    }
  }

  @Test func holmsAdjustmentIsStatsmodels() throws {
    for family in try Self.golden.get().holm {
      for (actual, wanted) in zip(ExactTests.holm(family[0]), family[1]) { expectNear(actual, wanted) }
    }
    #expect(ExactTests.holm([]).isEmpty)
    // By hand: 3 * 0.01, then 2 * 0.02, then 0.04 raised to the one before.
    for (actual, wanted) in zip(ExactTests.holm([0.04, 0.01, 0.02]), [0.04, 0.03, 0.04]) {
      expectNear(actual, wanted, absolute: 1e-15)
    }
  }

  @Test func mcNemarsTestIsStatsmodels() throws {
    for row in try Self.golden.get().mcnemar {
      let test = McNemar(onlyFirst: Int(row[0]), onlySecond: Int(row[1]))
      expectNear(test.exactP, row[2], absolute: 1e-11)
      expectNear(test.chiSquare, row[3])
      expectNear(test.chiSquareP, row[4])
      #expect(test.midP <= test.exactP)
    }
    let equal = McNemar(onlyFirst: 0, onlySecond: 0)
    #expect(equal.exactP == 1 && equal.midP == 1 && equal.chiSquare == nil && equal.chiSquareP == nil)
    // By hand: of 3 tracks none: 2 / 8, and its mid-p half of that.
    expectNear(McNemar(onlyFirst: 0, onlySecond: 3).exactP, 0.25, absolute: 1e-15)
    expectNear(McNemar(onlyFirst: 0, onlySecond: 3).midP, 0.125, absolute: 1e-15)
  }

  @Test func exactPermutationTestsAreSciPys() throws {
    let tests = try Self.golden.get().permutation
    #expect(tests.count == 14)
    for item in tests {
      let test = try PermutationTest(
        cases: item.cases, controls: item.controls, alternative: item.alternative)
      #expect(test.isExact)
      expectNear(test.difference, item.difference)
      expectNear(test.p, item.p)
    }
  }
}

@Suite(.tags(.property)) struct PermutationTestTests {
  /// Drawn permutations come near the exact p: with 9 999 its deviation is sqrt(p (1 - p) / 9999) < 0.005.
  @Test func drawnPermutationsComeNearTheExactOnes() throws {
    let (cases, controls) = ([1.2, 0.4, 2.2, 0.9, 1.5, 0.7, 1.1], [0.1, 1.3, 0.2, -0.4, 0.8, 0.6, 1.0, 0.3])
    let exact = try PermutationTest(cases: cases, controls: controls)
    let drawn = try PermutationTest(cases: cases, controls: controls, permutationCount: 5000)
    #expect(exact.isExact && exact.permutationCount == 6435 && !drawn.isExact)
    #expect(abs(exact.p - drawn.p) < 0.015 && drawn.difference == exact.difference)
    #expect(try PermutationTest(cases: cases, controls: controls, permutationCount: 5000) == drawn)
    #expect(try PermutationTest(cases: cases, controls: controls, permutationCount: 5000, seed: 2) != drawn)
  }

  @Test func orderChangesNothing() throws {
    let (cases, controls) = ((0..<30).map { sin(Double($0)) }, (0..<40).map { cos(Double($0) * 1.7) })
    let test = try PermutationTest(cases: cases, controls: controls, permutationCount: 500)
    for _ in 0..<5 {
      let other = try PermutationTest(
        cases: cases.shuffled(), controls: controls.shuffled(), permutationCount: 500)
      #expect(other == test)
    }
  }

  /// Copies of a clip say no more than one: with groups p is that of the groups' own values.
  @Test func groupsStayTogether() throws {
    let (cases, controls) = ([1.0, 2, 3], [0.0, 0.5, 1.5, 0.2])
    let alone = try PermutationTest(cases: cases, controls: controls)
    let copies = { (values: [Double]) in values.flatMap { [$0, $0, $0] } }
    let names = { (count: Int) in (0..<3 * count).map { "\($0 / 3)" } }
    let grouped = try PermutationTest(
      cases: copies(cases), controls: copies(controls), caseGroups: names(3), controlGroups: names(4))
    #expect(grouped.p == alone.p && grouped.caseCount == 3 && grouped.controlCount == 4)
    expectNear(grouped.difference, alone.difference)
    let torn = try PermutationTest(cases: copies(cases), controls: copies(controls))
    #expect(torn.p < alone.p / 10)
  }

  /// Of equal scores every permutation is as large.
  @Test func equalScoresShowNothing() throws {
    let test = try PermutationTest(
      cases: [0.1, 0.1, 0.1], controls: Array(repeating: 0.1, count: 50), permutationCount: 200)
    #expect(test.p == 1)
    #expect(throws: CodedError.self) { try PermutationTest(cases: [], controls: [1]) }
    #expect(throws: CodedError.self) { try PermutationTest(cases: [.nan], controls: [1]) }
  }
}
