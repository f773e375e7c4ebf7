import Files
import Foundation
import Statistics
import TestSupport
import Testing

struct CalibrationGolden: Decodable {
  struct Scaling: Decodable, Sendable {
    let temperature, before, after: Double
    let scaled: [[Double]]
  }

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let bins: Int
    let probabilities: [[Double]]
    let truth: [Int]
    let ece, mce, logLoss, brier: Double
    let counts: [Int]
    let scaling: Scaling?

    var testDescription: String { name }
    /// The most probable class of each track.
    var chosen: [Int] { probabilities.map { row in row.indices.max { row[$0] < row[$1] } ?? 0 } }
  }

  let cases: [Case]
  static let shared = Result { try golden("calibration.json", as: CalibrationGolden.self).cases }
}

/// Against netcal and scikit-learn; see Golden/generate_calibration.py.
@Suite(.tags(.hand, .reference)) struct CalibrationTests {
  @Test func errorsAreNetcals() throws {
    let cases = try CalibrationGolden.shared.get()
    #expect(cases.count == 6)
    for item in cases {
      let calibration = try Calibration(
        probabilities: item.probabilities, labels: item.truth, chosen: item.chosen, binCount: item.bins)
      // netcal keeps confidences 2.2e-16 away from 1.
      expectNear(calibration.expectedCalibrationError, item.ece, absolute: 1e-12)
      expectNear(calibration.maximumCalibrationError, item.mce, absolute: 1e-12)
      expectNear(calibration.logLoss, item.logLoss, absolute: 1e-12)
      expectNear(calibration.brierScore, item.brier, absolute: 1e-12)
      #expect(calibration.bins.map(\.count) == item.counts, "\(item.name)")
    }
  }

  @Test func orderChangesNothing() throws {
    let item = try #require(try CalibrationGolden.shared.get().first { $0.name == "eight, not sure enough" })
    let calibration = try Calibration(
      probabilities: item.probabilities, labels: item.truth, chosen: item.chosen)
    let scaling = try TemperatureScaling(probabilities: item.probabilities, labels: item.truth)
    for _ in 0..<5 {
      let order = item.truth.indices.shuffled()
      let (rows, labels) = (order.map { item.probabilities[$0] }, order.map { item.truth[$0] })
      #expect(
        try Calibration(probabilities: rows, labels: labels, chosen: order.map { item.chosen[$0] })
          == calibration)
      #expect(try TemperatureScaling(probabilities: rows, labels: labels) == scaling)
    }
  }

  /// Edges by hand: two bins, 0.5 belongs to the upper one, and 1 to the last.
  @Test func edgesBelongToTheBinAbove() throws {
    let calibration = try Calibration(
      probabilities: [[0.5, 0.5], [1, 0], [0.75, 0.25]], labels: [0, 0, 0], chosen: [0, 0, 0], binCount: 2)
    #expect(calibration.bins.map(\.count) == [0, 3])
    #expect(calibration.bins[0].accuracy == nil && calibration.bins[0].interval == nil)
    #expect(calibration.bins[1].interval == .wilson(successes: 3, count: 3))
    #expect(calibration.expectedCalibrationError == 0.25)
    #expect(calibration.maximumCalibrationError == 0.25)
    // (0.5^2 + 0.5^2 + 0 + 2 * 0.25^2) / 3
    expectNear(calibration.brierScore, 0.625 / 3, absolute: 1e-15)
  }

  /// Windows that vote may choose a class that is not the likeliest: then that class' probability is the confidence.
  @Test func confidenceIsThatOfTheChosenClass() throws {
    let calibration = try Calibration(probabilities: [[0.6, 0.4]], labels: [1], chosen: [1])
    #expect(calibration.meanConfidence == 0.4 && calibration.expectedCalibrationError == 0.6)
  }

  /// Two artists of two tracks, each with one right: the interval is as wide as that of two tracks, not of four.
  @Test func intervalsGoOverGroups() throws {
    let rows = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.9, 0.1]]
    let alone = try Calibration(
      probabilities: rows, labels: [0, 0, 1, 1], chosen: [0, 0, 0, 0], binCount: 1)
    let grouped = try Calibration(
      probabilities: rows, labels: [0, 0, 1, 1], chosen: [0, 0, 0, 0], groups: ["a", "a", "b", "b"],
      binCount: 1)
    #expect(alone.bins[0].interval == .wilson(successes: 2, count: 4))
    #expect(
      grouped.bins[0].interval == .wilson([true, true, false, false], groups: ["a", "a", "b", "b"]))
    #expect(grouped.bins[0].interval != alone.bins[0].interval)
  }

  @Test func badNumbersThrow() throws {
    #expect(throws: CodedError.self) { try Calibration(probabilities: [], labels: [], chosen: []) }
    #expect(throws: CodedError.self) {
      try Calibration(probabilities: [[.nan, 0.3]], labels: [0], chosen: [0])
    }
    #expect(throws: CodedError.self) {
      try Calibration(probabilities: [[0.7, 0.3]], labels: [2], chosen: [0])
    }
    let calibration = try Calibration(probabilities: [[0.7, 0.3]], labels: [0], chosen: [0])
    let data = try JSONEncoder().encode(calibration)
    #expect(try JSONDecoder().decode(Calibration.self, from: data) == calibration)
  }
}

/// Against SciPy's root of the derivative; see Golden/generate_calibration.py.
@Suite(.tags(.reference)) struct TemperatureScalingTests {
  @Test func temperaturesAreSciPys() throws {
    let cases = try CalibrationGolden.shared.get().filter { $0.scaling != nil }
    #expect(cases.count == 5)
    for item in cases {
      let expected = try #require(item.scaling)
      let scaling = try TemperatureScaling(probabilities: item.probabilities, labels: item.truth)
      #expect(!scaling.isAtBound)
      // The derivative's root is known to about 1e-15 / (second derivative); 1e-11 leaves room for summation order.
      expectNear(scaling.temperature, expected.temperature, absolute: 1e-11 * expected.temperature)
      expectNear(scaling.before.logLoss, expected.before, absolute: 1e-12)
      expectNear(scaling.after.logLoss, expected.after, absolute: 1e-12)
      for (row, scaled) in zip(item.probabilities, expected.scaled) {
        for (actual, wanted) in zip(scaling.apply(to: row), scaled) {
          expectNear(actual, wanted, absolute: 1e-11)
        }
      }
      #expect(scaling.after.logLoss <= scaling.before.logLoss)
    }
  }

  /// Logits that are doubled ask for twice the temperature, and then give the same probabilities.
  @Test func scaledLogitsScaleTheTemperature() throws {
    let item = try #require(try CalibrationGolden.shared.get().first { $0.name == "two" })
    let one = try TemperatureScaling(probabilities: item.probabilities, labels: item.truth)
    let sharper = item.probabilities.map { row in
      let squares = row.map { $0 * $0 }
      return squares.map { $0 / squares.reduce(0, +) }
    }
    let two = try TemperatureScaling(probabilities: sharper, labels: item.truth)
    #expect(abs(two.temperature / one.temperature - 2) < 1e-10)
    let again = one.apply(to: one.apply(to: [0.9, 0.1]))
    #expect(abs(again.reduce(0, +) - 1) < 1e-15)
  }

  /// A recording of many equal windows is what one of them is, in every figure.
  @Test func recordingsWeighTheSame() throws {
    let item = try #require(try CalibrationGolden.shared.get().first { $0.name == "two" })
    let plain = try TemperatureScaling(probabilities: item.probabilities, labels: item.truth)
    var (rows, labels, recordings): ([[Double]], [Int], [Int]) = ([], [], [])
    for (index, row) in item.probabilities.enumerated() {
      for _ in 0...(index % 4) {
        rows.append(row)
        labels.append(item.truth[index])
        recordings.append(index)
      }
    }
    let weighed = try TemperatureScaling(probabilities: rows, labels: labels, recordings: recordings)
    #expect(weighed.count == plain.count)
    expectNear(weighed.temperature, plain.temperature, absolute: 1e-11 * plain.temperature)
    for (one, other) in [(weighed.before, plain.before), (weighed.after, plain.after)] {
      expectNear(one.logLoss, other.logLoss, absolute: 1e-12)
      expectNear(one.brierScore, other.brierScore, absolute: 1e-12)
      expectNear(one.expectedCalibrationError, other.expectedCalibrationError, absolute: 1e-12)
    }
    // Windows alone say something else; recordings of one window each say the same to the bit.
    let windows = try TemperatureScaling(probabilities: rows, labels: labels)
    #expect(abs(windows.temperature / plain.temperature - 1) > 1e-3 && windows.count == rows.count)
    #expect(
      try TemperatureScaling(
        probabilities: item.probabilities, labels: item.truth, recordings: Array(item.truth.indices)) == plain
    )
    // The same bins as those of the report.
    let calibration = try Calibration(
      probabilities: item.probabilities, labels: item.truth, chosen: item.chosen)
    expectNear(
      plain.before.expectedCalibrationError, calibration.expectedCalibrationError, absolute: 1e-12)
  }

  @Test func whatHasNoTemperatureEndsAtABound() throws {
    let sure = try TemperatureScaling(probabilities: [[0.9, 0.1], [0.2, 0.8]], labels: [0, 1])
    #expect(sure.isAtBound && sure.temperature == TemperatureScaling.bounds.lowerBound)
    let wrong = try TemperatureScaling(probabilities: [[0.9, 0.1], [0.2, 0.8]], labels: [1, 0])
    #expect(wrong.isAtBound && wrong.temperature == TemperatureScaling.bounds.upperBound)
    #expect(throws: CodedError.self) { try TemperatureScaling(probabilities: [[1, 0]], labels: [2]) }
    #expect(throws: CodedError.self) {
      try TemperatureScaling(probabilities: [[1, 0], [1]], labels: [0, 0])
    }
  }

  @Test func aForeignTemperatureIsChecked() throws {
    let scaling = try TemperatureScaling(
      probabilities: [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], labels: [0, 1, 1])
    let data = try JSONEncoder().encode(scaling)
    #expect(try JSONDecoder().decode(TemperatureScaling.self, from: data) == scaling)
    let text = String(decoding: data, as: UTF8.self).replacing(
      "\"temperature\":\(scaling.temperature)", with: "\"temperature\":0")
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(TemperatureScaling.self, from: Data(text.utf8))
    }
  }
}
