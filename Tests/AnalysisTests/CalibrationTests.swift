import Analysis
import Files
import Foundation
import Statistics
import TestSupport
import Testing

/// Calibration of predictions is that of their numbers; see StatisticsTests for those.
@Suite(.tags(.hand)) struct CalibrationPredictionsTests {
  private func prediction(_ path: String, _ share: Double, label: String, group: String? = nil) -> Prediction
  {
    Prediction(
      path: path, label: label, predicted: share > 0.5 ? "a" : "b", group: group,
      probabilities: [share, 1 - share])
  }

  @Test func predictionsAreTheirNumbers() throws {
    let predictions = [
      prediction("1", 0.9, label: "a"), prediction("2", 0.7, label: "b"), prediction("3", 0.2, label: "b"),
      prediction("4", 0.4, label: "a"),
    ]
    let rows = [0.9, 0.7, 0.2, 0.4].map { [$0, 1 - $0] }
    let calibration = try #require(try Calibration(predictions: predictions, labels: ["a", "b"]))
    #expect(
      try Calibration(probabilities: rows, labels: [0, 1, 1, 0], chosen: [0, 0, 1, 1]) == calibration)
    #expect(
      calibration.logLoss
        == (try ClassificationReport(predictions: predictions, labels: ["a", "b"])).logLoss)
    #expect(
      try TemperatureScaling(predictions: predictions, labels: ["a", "b"])
        == TemperatureScaling(probabilities: rows, labels: [0, 1, 1, 0]))
  }

  /// As soon as one artist is known, tracks of one artist count once; a track without one stands for itself.
  @Test func knownGroupsAreTaken() throws {
    let predictions = [
      prediction("1", 0.9, label: "a", group: "x"), prediction("2", 0.9, label: "a", group: "x"),
      prediction("3", 0.9, label: "b"),
    ]
    let calibration = try #require(
      try Calibration(predictions: predictions, labels: ["a", "b"], binCount: 1))
    #expect(
      calibration.bins[0].interval == .wilson([true, true, false], groups: predictions.map(\.cluster)))
    #expect(calibration.bins[0].interval != .wilson(successes: 2, count: 3))
  }

  @Test func missingProbabilitiesGiveNothingAndBadOnesThrow() throws {
    let good = Prediction(path: "g", label: "a", predicted: "a", probabilities: [0.7, 0.3])
    let bare = Prediction(path: "b", label: "a", predicted: "b")
    #expect(try Calibration(predictions: [good, bare], labels: ["a", "b"]) == nil)
    #expect(try TemperatureScaling(predictions: [good, bare], labels: ["a", "b"]) == nil)
    let bad = Prediction(path: "x", label: "a", predicted: "a", probabilities: [.nan, 0.3])
    #expect(throws: CodedError.self) { try Calibration(predictions: [good, bad], labels: ["a", "b"]) }
    #expect(throws: CodedError.self) { try Calibration(predictions: [], labels: ["a", "b"]) }
    #expect(throws: CodedError.self) { try Calibration(predictions: [good], labels: ["a", "a"]) }
  }

  @Test func sentencesSayWhatIsKept() throws {
    let sure = try TemperatureScaling(probabilities: [[0.9, 0.1], [0.2, 0.8]], labels: [0, 1])
    #expect(sure.sentence.contains("No temperature fits"))
    let rows: [[Double]] = (0..<20).map { number in
      let step = 0.01 * Double(number)
      return [0.6 + step, 0.4 - step]
    }
    let trial = try TemperatureTrial(
      probabilities: rows, labels: rows.map { _ in 0 }, groups: (0..<20).map { "\($0)" }, isGrouped: false)
    #expect(trial.sentence.contains("stays 1") && trial.sentence.contains("by 20 recordings"))
  }

  /// The file of a calibration has the keys of the trial, and beside them what the tracks were to the model.
  @Test func aCalibrationIsOneObject() throws {
    let trial = try TemperatureTrial(
      probabilities: [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]], labels: [0, 1, 1], groups: ["a", "b", "c"],
      isGrouped: false)
    let found = ModelCalibration(trial)
    let data = try JSONEncoder().encode(found)
    let keys = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any]).keys
    #expect(keys.contains("scaling") && keys.contains("temperature") && !keys.contains("trial"))
    #expect(try JSONDecoder().decode(ModelCalibration.self, from: data) == found)
  }
}
