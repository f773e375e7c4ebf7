import Files
import Statistics
import TestSupport
import Testing

@testable import Analysis

@Suite(.tags(.hand)) struct BaselineTests {
  private let tracks = [("a", "Folk"), ("b", "Folk"), ("c", "Rock")].map {
    Prediction(path: $0.0, label: $0.1, predicted: "Rock", probabilities: [0.4, 0.6])
  }

  @Test func majoritySaysTheMostFrequentLabel() throws {
    let baseline = try BaselineScores.majority(
      trainingLabels: ["Rock", "Folk", "Rock", "Jazz", "Jazz", "Jazz"], tracks: tracks,
      labels: ["Folk", "Rock"])
    #expect(baseline.report.accuracy == 1 / 3.0 && baseline.words.contains("Rock"))
    let tied = try BaselineScores.majority(
      trainingLabels: ["Rock", "Folk"], tracks: tracks, labels: ["Folk", "Rock"])
    #expect(tied.report.accuracy == 2 / 3.0)
    #expect(throws: CodedError.self) {
      try BaselineScores.majority(trainingLabels: ["Jazz"], tracks: tracks, labels: ["Folk", "Rock"])
    }
  }

  @Test func nearestCentroidPredictsEveryTrack() throws {
    let baseline = try BaselineScores.nearestCentroid(
      trainingRows: [[0], [1], [10], [11], [500]], trainingLabels: ["Folk", "Folk", "Rock", "Rock", "Jazz"],
      rows: [[2], [9], [9]], tracks: tracks, labels: ["Folk", "Rock"])
    #expect(baseline.report.confusion == [[1, 1], [0, 1]])
    #expect(throws: CodedError.self) {
      try BaselineScores.nearestCentroid(
        trainingRows: [[0]], trainingLabels: ["Folk"], rows: [[2, 3], [1, 1], [0, 0]], tracks: tracks,
        labels: ["Folk", "Rock"])
    }
  }
}
