import Statistics
import TestSupport
import Testing

@testable import Experiments

@Suite(.tags(.hand)) struct CrossValidationTableTests {
  /// t of 2 degrees of freedom is 4.30: mean 5/6, deviation 0.289, and ends from 0.12 to 1.55 and from -0.30 to 1.97.
  @Test func noAccuracyIsAbove100Percent() {
    let figure = CrossValidationReport.Figure([0.5, 1, 1])
    #expect(figure.interval.high > 1.5 && figure.correctedInterval.low < -0.2)
    #expect(
      CrossValidationReport.line("accuracy", figure, CrossValidationReport.sharePercent)
        == "accuracy: mean 83.3 %, standard deviation 28.9 %, 95 % t 11.6 % to 100.0 %, corrected 0.0 % to 100.0 %"
    )
  }
}
