import Analysis
import Files
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand)) struct WindowAverageTests {
  let windows = [[0.6, 0.4], [0.55, 0.45], [0.05, 0.95]]

  @Test func meanOfProbabilities() {
    let mean = WindowAverage.probability.combined(windows)
    #expect(abs(mean[0] - 0.4) < 1e-12 && abs(mean[1] - 0.6) < 1e-12)
    #expect(WindowAverage.probability.choice(of: windows) == 1)
  }

  @Test func meanOfLogarithms() {
    let joined = WindowAverage.logProbability.combined(windows)
    let (first, second) = (pow(0.6 * 0.55 * 0.05, 1.0 / 3), pow(0.4 * 0.45 * 0.95, 1.0 / 3))
    #expect(abs(joined[0] - first / (first + second)) < 1e-12)
    #expect(abs(joined[0] + joined[1] - 1) < 1e-12)
    // A zero stays a number.
    let certain = WindowAverage.logProbability.combined([[0, 1], [0, 1]])
    #expect(certain[0] < 1e-37 && certain[1] == 1)
    #expect(WindowAverage.logProbability.combined([[0, 1], [1, 0]]).allSatisfy { $0 == 0.5 })
  }

  @Test func votes() {
    #expect(WindowAverage.vote.combined(windows) == [2.0 / 3, 1.0 / 3])
    #expect(WindowAverage.vote.choice(of: windows) == 0)
    // A tie: the higher mean decides, of equals the first.
    #expect(WindowAverage.vote.choice(of: [[0.6, 0.4], [0.1, 0.9]]) == 1)
    #expect(WindowAverage.vote.choice(of: [[0.75, 0.25], [0.25, 0.75]]) == 0)
    #expect(WindowAverage.vote.choice(of: [[0.2, 0.7, 0.1], [0.3, 0.1, 0.6]]) == 1)
  }

  @Test(arguments: WindowAverage.allCases) func oneWindowSpeaksForItself(_ average: WindowAverage) {
    #expect(average.choice(of: [[0.2, 0.3, 0.5]]) == 2)
    #expect(average.combined([]).isEmpty)
  }

  @Test func optionsWithoutAMeaningAreRefused() throws {
    var options = ScoringOptions()
    try options.validate()
    for crops in [0, -1, 1001] {
      options.crops = crops
      #expect(throws: CodedError.self) { try options.validate() }
    }
    options.crops = nil
    for hop in [0, -1, .nan, .infinity] as [Double] {
      options.hopSeconds = hop
      #expect(throws: CodedError.self) { try options.validate() }
    }
  }
}
