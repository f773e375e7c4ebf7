import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Statistics

/// Against cleanlab; see Golden/generate_cleanlab.py.
@Suite(.tags(.reference)) struct ConfidentLearningTests {
  struct Golden: Decodable {
    struct Case: Decodable {
      let name: String
      let labels: [Int]
      let probabilities: [[Double]]
      let thresholds: [Double]
      let counts, joint: [[Int]]
      let noise, inverse: [[Double]]
      let selfConfidence, margin: [Double]
      let issues: [String: [Int]]
      let ranked: [Int]
    }
    let cases: [Case]
  }

  static let golden = Result { try StatisticsTests.golden("cleanlab.json", as: Golden.self).cases }

  @Test func everythingIsCleanlabs() throws {
    let cases = try Self.golden.get()
    #expect(cases.count == 7)
    for item in cases {
      let learning = try ConfidentLearning(labels: item.labels, probabilities: item.probabilities)
      for (actual, wanted) in zip(learning.thresholds, item.thresholds) {
        // cleanlab puts the threshold of a class without tracks out of reach, at 2.
        expectNear(actual ?? 2, wanted)
      }
      #expect(learning.counts == item.counts && learning.joint == item.joint, "\(item.name)")
      for (actual, wanted) in zip(learning.noiseRates.joined(), item.noise.joined()) {
        expectNear(actual, wanted)
      }
      for (actual, wanted) in zip(learning.inverseNoiseRates.joined(), item.inverse.joined()) {
        expectNear(actual, wanted)
      }
      #expect(learning.selfConfidences == item.selfConfidence)
      for (actual, wanted) in zip(learning.margins, item.margin) { expectNear(actual, wanted) }
      for filter in ConfidentLearning.Filter.allCases {
        #expect(learning.candidates(filter) == item.issues[filter.rawValue], "\(item.name): \(filter)")
      }
      let ranked = learning.candidates().sorted { item.selfConfidence[$0] < item.selfConfidence[$1] }
      #expect(ranked == item.ranked, "\(item.name)")
    }
  }

  @Test func badInputThrows() {
    #expect(throws: CodedError.self) { try ConfidentLearning(labels: [], probabilities: []) }
    #expect(throws: CodedError.self) { try ConfidentLearning(labels: [0], probabilities: []) }
    #expect(throws: CodedError.self) { try ConfidentLearning(labels: [2], probabilities: [[0.5, 0.5]]) }
    #expect(throws: CodedError.self) {
      try ConfidentLearning(labels: [0], probabilities: [[.nan, 0.5]])
    }
    #expect(throws: CodedError.self) {
      try ConfidentLearning(labels: [0, 0], probabilities: [[1, 0], [1]])
    }
  }
}
