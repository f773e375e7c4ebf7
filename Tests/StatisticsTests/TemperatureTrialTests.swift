import Foundation
import Statistics
import Tensors
import TestSupport
import Testing

/// A temperature is kept where it helps on tracks that it was not fitted to.
@Suite(.tags(.property)) struct TemperatureTrialTests {
  /// Windows of two classes whose logit difference is `sharpness` times what it should be; `artists` of five windows each
  /// share a part of their logit.
  private func trial(
    sharpness: Double, artists: Int, shared: Double = 0, seed: UInt64
  ) throws -> TemperatureTrial {
    var generator = SeededGenerator(seed: seed)
    var (rows, labels, groups): ([[Double]], [Int], [String]) = ([], [], [])
    for artist in 0..<artists {
      let own = shared * Double(generator.normal())
      for _ in 0..<5 {
        let logit = 2 * Double(generator.normal()) + own
        let truth = Double(generator.uniform()) < 1 / (1 + exp(-logit)) ? 1 : 0
        let claimed = 1 / (1 + exp(-sharpness * logit))
        rows.append([1 - claimed, claimed])
        labels.append(truth)
        groups.append("\(artist)")
      }
    }
    return try TemperatureTrial(probabilities: rows, labels: labels, groups: groups, isGrouped: true)
  }

  /// Probabilities of two classes.
  private func pairs(_ shares: [Double]) -> [[Double]] { shares.map { [$0, 1 - $0] } }

  @Test func aModelThatIsTooSureIsCooled() throws {
    let found = try trial(sharpness: 3, artists: 60, seed: 1)
    #expect(found.isWorthwhile && found.temperature == found.scaling.temperature)
    #expect(found.temperature > 2 && found.temperature < 4.5)
    #expect(
      found.gain > 0.1 && found.heldOut.expectedCalibrationError < found.before.expectedCalibrationError)
    #expect(found.groupCount == 60 && found.foldCount == 10)
  }

  /// Probabilities that are right as they are: fitting always lowers the loss of what is fitted on, and keeping that is chance.
  /// 2.5 % of such parts may be taken in; of 60 more than five would be in 1 of 300 runs.
  @Test func probabilitiesThatAreRightStay() throws {
    var kept = 0
    for seed in 0..<60 {
      let found = try trial(sharpness: 1, artists: 24, shared: 1, seed: UInt64(seed))
      #expect(found.scaling.after.logLoss <= found.scaling.before.logLoss)
      if found.isWorthwhile { kept += 1 } else { #expect(found.temperature == 1) }
    }
    #expect(kept <= 5, "\(kept)")
  }

  /// Windows of one recording are one value, in the gain and in the fit.
  @Test func recordingsWeighTheSame() throws {
    var generator = SeededGenerator(seed: 4)
    var (rows, labels): ([[Double]], [Int]) = ([], [])
    for _ in 0..<40 {
      let logit = 2 * Double(generator.normal())
      labels.append(Double(generator.uniform()) < 1 / (1 + exp(-logit)) ? 1 : 0)
      let claimed = 1 / (1 + exp(-3 * logit))
      rows.append([1 - claimed, claimed])
    }
    let groups = (0..<40).map { "\($0 / 2)" }
    let plain = try TemperatureTrial(
      probabilities: rows, labels: labels, groups: groups, isGrouped: true)
    let numbers = (0..<40).flatMap { Array(repeating: $0, count: 1 + $0 % 3) }
    let weighed = try TemperatureTrial(
      probabilities: numbers.map { rows[$0] }, labels: numbers.map { labels[$0] },
      groups: numbers.map { groups[$0] }, recordings: numbers, isGrouped: true)
    #expect(abs(weighed.gain - plain.gain) < 1e-10 && weighed.groupCount == 20)
    let (one, other) = (try #require(weighed.gainInterval), try #require(plain.gainInterval))
    #expect(abs(one.low - other.low) < 1e-10 && abs(one.high - other.high) < 1e-10)
    #expect(abs(weighed.heldOut.logLoss - plain.heldOut.logLoss) < 1e-10)
    #expect(abs(weighed.temperature - plain.temperature) < 1e-9)
  }

  /// Every track right: the best temperature is none at all.
  @Test func aFitAtItsBoundIsNotKept() throws {
    let rows = pairs((0..<20).map { 0.6 + 0.01 * Double($0) })
    let found = try TemperatureTrial(
      probabilities: rows, labels: rows.map { _ in 0 }, groups: (0..<20).map { "\($0)" }, isGrouped: false)
    #expect(found.scaling.isAtBound && !found.isWorthwhile && found.temperature == 1)
    #expect(!found.isGrouped && found.groupCount == 20)
  }

  @Test func oneGroupShowsNothing() throws {
    let found = try TemperatureTrial(
      probabilities: [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]], labels: [0, 1, 1], groups: ["a", "a", "a"],
      isGrouped: true)
    #expect(found.gainInterval == nil && found.gain == 0 && found.temperature == 1)
  }

  /// Three artists that are alike to the last digit: the gain is the same in each, which is no evidence beyond three.
  @Test func equalGroupsShowNothing() throws {
    let rows = pairs((0..<12).map { _ in 0.99 })
    let found = try TemperatureTrial(
      probabilities: rows, labels: (0..<12).map { $0 % 4 == 0 ? 1 : 0 },
      groups: (0..<12).map { "\($0 / 4)" }, isGrouped: true)
    #expect(found.gain > 0.1 && !found.scaling.isAtBound)
    #expect(found.gainInterval == nil && found.temperature == 1)
  }

  @Test func orderChangesNothing() throws {
    let rows = pairs((0..<30).map { 0.3 + 0.02 * Double($0 % 20) })
    let (labels, groups) = ((0..<30).map { $0 % 3 == 0 ? 1 : 0 }, (0..<30).map { "\($0 / 4)" })
    let order = Array(rows.indices).shuffled()
    let found = try TemperatureTrial(probabilities: rows, labels: labels, groups: groups, isGrouped: true)
    let again = try TemperatureTrial(
      probabilities: order.map { rows[$0] }, labels: order.map { labels[$0] },
      groups: order.map { groups[$0] }, isGrouped: true)
    #expect(found.gain == again.gain && found.heldOut == again.heldOut)
  }
}
