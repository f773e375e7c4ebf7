import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Statistics

/// Against scikit-learn; see Golden/generate_linear.py.
@Suite(.tags(.hand, .reference)) struct LinearClassifierTests {
  struct Golden: Decodable {
    struct Case: Decodable {
      let name: String
      let rows: [[Double]]
      let labels: [Int]
      let penalty: Double
      let probabilities: [[Double]]
      let nearest, nearestScaled: [Int]
    }
    let cases: [Case]
  }

  static let golden = Result { try StatisticsTests.golden("linear.json", as: Golden.self).cases }

  @Test func probabilitiesAreScikitLearns() throws {
    let cases = try Self.golden.get()
    #expect(cases.count == 5)
    for item in cases {
      let classifier = try LinearClassifier(
        rows: item.rows, labels: item.labels, classCount: item.probabilities[0].count,
        inversePenalty: item.penalty)
      #expect(classifier.largestSlope <= 1e-9, "\(item.name): \(classifier.stepCount) steps")
      for (row, wanted) in zip(item.rows, item.probabilities) {
        for (actual, wanted) in zip(classifier.probabilities(of: row), wanted) {
          expectNear(actual, wanted, absolute: 1e-7)
        }
      }
    }
  }

  @Test func nearestCentroidsAreScikitLearns() throws {
    for item in try Self.golden.get() {
      let names = item.labels.map(String.init)
      for (standardizes, wanted) in [(false, item.nearest), (true, item.nearestScaled)] {
        let classifier = try NearestCentroid(rows: item.rows, labels: names, standardizes: standardizes)
        #expect(item.rows.map { classifier.predict($0) } == wanted.map(String.init), "\(item.name)")
      }
    }
  }

  @Test func orderOfRowsChangesNothing() throws {
    let item = try #require(try Self.golden.get().first)
    let classifier = try LinearClassifier(rows: item.rows, labels: item.labels, classCount: 4)
    let order = item.rows.indices.shuffled()
    let other = try LinearClassifier(
      rows: order.map { item.rows[$0] }, labels: order.map { item.labels[$0] }, classCount: 4)
    #expect(other == classifier)
    let names = item.labels.map(String.init)
    #expect(
      try NearestCentroid(rows: order.map { item.rows[$0] }, labels: order.map { names[$0] })
        == NearestCentroid(rows: item.rows, labels: names))
  }

  @Test func aClassWithoutRowsIsNeverSaid() throws {
    let classifier = try LinearClassifier(rows: [[0], [1], [2]], labels: [0, 2, 2], classCount: 3)
    let probabilities = classifier.probabilities(of: [1])
    #expect(probabilities[1] == 0 && abs(probabilities.reduce(0, +) - 1) < 1e-12)
    let data = try JSONEncoder().encode(classifier)
    #expect(try JSONDecoder().decode(LinearClassifier.self, from: data) == classifier)
    let alone = try LinearClassifier(rows: [[0], [1]], labels: [0, 0], classCount: 1)
    #expect(alone.probabilities(of: [5]) == [1])
  }

  @Test func badRowsAreRefused() {
    let bad: [([[Double]], [Int], CodedError.Code)] = [
      ([], [], .empty), ([[1], [2]], [0], .shapeMismatch), ([[1], [2, 3]], [0, 1], .shapeMismatch),
      ([[], []], [0, 1], .shapeMismatch), ([[1], [.infinity]], [0, 1], .notFinite),
      ([[1], [2]], [0, 2], .unknownLabel), ([[1], [2]], [0, -1], .unknownLabel),
      ([[1e300], [-1e300]], [0, 1], .notFinite),
    ]
    for (rows, labels, code) in bad {
      let error = #expect(throws: CodedError.self) {
        try LinearClassifier(rows: rows, labels: labels, classCount: 2)
      }
      #expect(error?.code == code, "\(rows)")
    }
  }

  @Test func aForeignFileIsChecked() throws {
    let scaling = #"{"means":[0],"deviations":[1]}"#
    for text in [
      #"{"labels":["a"],"centroids":[[1,2]],"scaling":\#(scaling)}"#,
      #"{"labels":[],"centroids":[],"scaling":\#(scaling)}"#,
      #"{"labels":["a"],"centroids":[[1]],"scaling":{"means":[0],"deviations":[0]}}"#,
    ] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(NearestCentroid.self, from: Data(text.utf8))
      }
    }
    let text = #"""
      {"classCount":2,"scaling":\#(scaling),"weights":[[1]],"biases":[0,0],"stepCount":1,"largestSlope":0}
      """#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(LinearClassifier.self, from: Data(text.utf8))
    }
  }
}
