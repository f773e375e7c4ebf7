import Analysis
import Files
import Foundation
import TestSupport
import Testing

@testable import Statistics

func golden<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
  let url = try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: nil))
  return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

struct ClassificationGolden: Decodable {
  struct Case: Decodable, Sendable {
    let name: String
    let labels, truth, predicted: [String]
    let probabilities: [[Double]]
    let accuracy: Double
    let confusion: [[Int]]
    let precision, recall, f1: [Double]
    let support: [Int]
    let macro: [Double]
    let logLoss: Double

    var predictions: [Prediction] {
      truth.indices.map {
        Prediction(
          path: "\(name)/\($0).mp3", label: truth[$0], predicted: predicted[$0],
          probabilities: probabilities[$0])
      }
    }
  }

  let cases: [Case]
}

struct WilsonGolden: Decodable { let intervals: [[Double]] }

@Suite(.tags(.hand, .reference)) struct ClassificationReportTests {
  @Test func figuresEqualScikitLearn() throws {
    for item in try golden("classification.json", as: ClassificationGolden.self).cases {
      let report = try ClassificationReport(predictions: item.predictions, labels: item.labels)
      expectNear(report.accuracy, item.accuracy)
      #expect(report.confusion == item.confusion)
      for (index, label) in item.labels.enumerated() {
        let scores = try #require(report.perClass[label])
        #expect(scores.support == item.support[index])
        guard item.support[index] > 0 else {
          // scikit-learn says 0 of a label that nothing has.
          #expect(scores.recall == nil && scores.f1 == nil && scores.precision ?? 0 == item.precision[index])
          continue
        }
        expectNear(scores.precision, item.precision[index])
        expectNear(scores.recall, item.recall[index])
        expectNear(scores.f1, item.f1[index])
      }
      // Its macro means count labels without tracks as 0.
      let all = Double(item.labels.count)
      let scale = all / (all - Double(report.absentLabels.count))
      expectNear(report.macroPrecision, item.macro[0] * scale)
      expectNear(report.macroRecall, item.macro[1] * scale)
      expectNear(report.macroF1, item.macro[2] * scale)
      expectNear(report.logLoss, item.logLoss, absolute: 1e-9)
    }
  }

  @Test func intervalsEqualStatsmodels() throws {
    for row in try golden("wilson.json", as: WilsonGolden.self).intervals {
      let interval = ConfidenceInterval.wilson(successes: Int(row[0]), count: Int(row[1]))
      expectNear(interval.low, row[2])
      expectNear(interval.high, row[3])
      #expect(interval.low >= 0 && interval.high <= 1)
    }
  }

  @Test func orderOfTracksChangesNothing() throws {
    for item in try golden("classification.json", as: ClassificationGolden.self).cases {
      let report = try ClassificationReport(predictions: item.predictions, labels: item.labels)
      let reversed = try ClassificationReport(predictions: item.predictions.reversed(), labels: item.labels)
      let sorted = item.predictions.sorted { $0.probabilities[0] < $1.probabilities[0] }
      #expect(report == reversed)
      #expect(try report == ClassificationReport(predictions: sorted, labels: item.labels))
    }
  }

  @Test func errorSharesByTrueGenre() throws {
    // The founding report's mistakes: 8 of 10 are Hip-Hop taken for Folk.
    let wrong = (0..<10).map { index in
      Prediction(
        path: "\(index)", label: index < 8 ? "Hip-Hop" : "Folk", predicted: index < 8 ? "Folk" : "Hip-Hop")
    }
    let right = (0..<90).map { Prediction(path: "r\($0)", label: "Folk", predicted: "Folk") }
    let report = try ClassificationReport(predictions: wrong + right, labels: ["Folk", "Hip-Hop"])
    #expect(report.errorShare == ["Folk": 0.2, "Hip-Hop": 0.8])
    #expect(report.errorCount == 10)
    #expect(report.directions.map(\.count) == [8, 2])
    #expect(report.directions.first?.label == "Hip-Hop" && report.directions.first?.predicted == "Folk")
    #expect(report.logLoss == nil)
  }

  /// Four Folk tracks, one heard as Hip-Hop; nothing of Hip-Hop and Jazz is there.
  @Test func aLabelWithoutTracksHasNoRecall() throws {
    let predictions = (0..<4).map {
      Prediction(path: "\($0)", label: "Folk", predicted: $0 == 0 ? "Hip-Hop" : "Folk")
    }
    let report = try ClassificationReport(predictions: predictions, labels: ["Folk", "Hip-Hop", "Jazz"])
    #expect(report.absentLabels == ["Hip-Hop", "Jazz"])
    // One track was called Hip-Hop and is not; none was called Jazz.
    #expect(report.perClass["Hip-Hop"]?.precision == 0 && report.perClass["Jazz"]?.precision == nil)
    #expect(report.perClass["Hip-Hop"]?.recall == nil && report.perClass["Hip-Hop"]?.f1 == nil)
    #expect(report.macroRecall == 0.75 && report.macroPrecision == 1)
    #expect(report.absenceNote?.hasPrefix("no tracks of Hip-Hop, Jazz are here") == true)
    let data = try JSONEncoder().encode(report)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let absent = try #require((object["perClass"] as? [String: [String: Any]])?["Hip-Hop"])
    #expect(absent["recall"] is NSNull && absent["f1"] is NSNull && absent["support"] as? Int == 0)
    #expect(try JSONDecoder().decode(ClassificationReport.self, from: data) == report)
    #expect(ClassificationReport.nothing(labels: ["Folk"]).absenceNote == nil)
  }

  @Test func noErrorsGiveZeroShares() throws {
    let report = try ClassificationReport(
      predictions: [Prediction(path: "a", label: "Folk", predicted: "Folk")], labels: ["Folk", "Hip-Hop"])
    #expect(report.errorShare == ["Folk": 0, "Hip-Hop": 0] && report.directions.isEmpty)
    #expect(report.interval.high == 1)
  }

  @Test func jsonHasTheStableKeysAndComesBack() throws {
    let item = try #require(try golden("classification.json", as: ClassificationGolden.self).cases.first)
    let report = try ClassificationReport(predictions: item.predictions, labels: item.labels)
    let data = try JSONEncoder().encode(report)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    for key in ["accuracy", "interval", "count", "labels", "confusion", "perClass"] {
      #expect(object[key] != nil, "no key \(key)")
    }
    #expect((object["interval"] as? [Double])?.count == 2)
    let folk = try #require((object["perClass"] as? [String: [String: Any]])?["Folk"])
    #expect(
      Set(folk.keys) == ["precision", "recall", "f1", "support", "precisionInterval", "recallInterval"])
    #expect(object["intervalBasis"] as? String == "tracks" && object["groupCount"] == nil)
    #expect(try JSONDecoder().decode(ClassificationReport.self, from: data) == report)
  }

  @Test func badPredictionsAreRefusedAndSortedOut() throws {
    let labels = ["Folk", "Hip-Hop"]
    let good = Prediction(path: "g", label: "Folk", predicted: "Folk", probabilities: [0.7, 0.3])
    let bad: [(Prediction, CodedError.Code)] = [
      (Prediction(path: "1", label: "Jazz", predicted: "Folk"), .unknownLabel),
      (Prediction(path: "2", label: "Folk", predicted: "Jazz"), .unknownLabel),
      (Prediction(path: "3", label: "Folk", predicted: "Folk", probabilities: [1]), .badProbabilities),
      (Prediction(path: "4", label: "Folk", predicted: "Folk", probabilities: [.nan, 1]), .badProbabilities),
      (Prediction(path: "5", label: "Folk", predicted: "Folk", probabilities: [2, -1]), .badProbabilities),
    ]
    for (prediction, code) in bad {
      let error = #expect(throws: CodedError.self) {
        try ClassificationReport(predictions: [good, prediction], labels: labels)
      }
      #expect(error?.code == code && error?.path == prediction.path)
    }
    let (usable, leftOut) = Prediction.partition([good] + bad.map(\.0), labels: labels)
    #expect(usable == [good])
    #expect(leftOut.map(\.code) == bad.map(\.1.rawValue))
    #expect(
      #expect(throws: CodedError.self) { try ClassificationReport(predictions: [], labels: labels) }?
        .code
        == .empty)
    #expect(throws: CodedError.self) {
      try ClassificationReport(predictions: [good], labels: ["Folk", "Hip-Hop", "Folk"])
    }
  }
}
