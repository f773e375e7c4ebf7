import Foundation
import TestSupport
import Testing

@testable import Statistics

@Suite(.tags(.reference)) struct StudentIntervalTests {
  private struct Golden: Decodable {
    let degreesOfFreedom: [Int]
    let quantiles: [Double]
  }

  /// Values with mean 0 and `s / sqrt(n) = 1`: the upper bound is the quantile itself.
  @Test func quantilesAreSciPys() throws {
    let url = try #require(
      Bundle.module.url(forResource: "student", withExtension: "json", subdirectory: "Golden"))
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    #expect(golden.quantiles.count == 13)
    for (freedom, quantile) in zip(golden.degreesOfFreedom, golden.quantiles) {
      let count = freedom + 1
      // Half of them at +a and half at -a (one at 0 when odd): variance is pairs * 2 a^2 / (n - 1).
      let pairs = count / 2
      let size = (Double(freedom * count) / Double(2 * pairs)).squareRoot()
      let values = (0..<count).map { $0 < pairs ? size : $0 < 2 * pairs ? -size : 0 }
      let interval = try #require(ConfidenceInterval.student(meanOf: values))
      #expect(abs(interval.high - quantile) < 1e-8 * quantile, "\(freedom): \(interval.high)")
      #expect(abs(interval.low + quantile) < 1e-8 * quantile)
    }
  }

  /// By hand: 0.8, 0.9, 1.0 have mean 0.9 and s = 0.1; t(0.975, 2) = 4.302652729749462.
  @Test func correctionWidensTheInterval() throws {
    let plain = try #require(ConfidenceInterval.student(meanOf: [0.8, 0.9, 1.0]))
    #expect(abs(plain.high - (0.9 + 4.302652729749462 * 0.1 / 3.0.squareRoot())) < 1e-9)
    let corrected = try #require(ConfidenceInterval.student(meanOf: [0.8, 0.9, 1.0], correction: 0.5))
    #expect(abs(corrected.low - (0.9 - 4.302652729749462 * 0.1 * (1.0 / 3 + 0.5).squareRoot())) < 1e-9)
    #expect(ConfidenceInterval.student(meanOf: [0.8]) == nil)
    #expect(ConfidenceInterval.student(meanOf: [0.5, 0.5]) == ConfidenceInterval(low: 0.5, high: 0.5))
  }
}
