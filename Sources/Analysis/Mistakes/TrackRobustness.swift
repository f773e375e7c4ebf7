package import Datasets
package import Files

/// Robustness as an error report has it: of some of its tracks, or why it could not be measured.
package enum TrackRobustness: Sendable {
  case measured(RobustnessMeasurement)
  /// Of no track could it be measured: the rest of the report stands.
  case unknown(because: String)
}

extension ExplainedTracks {
  /// Robustness of ``AnalysisOptions/robustnessTracks`` of the evaluated tracks; nil where none are wanted.
  package func robustness(_ dataset: Dataset, job: Job) throws -> TrackRobustness? {
    guard options.robustnessTracks > 0 else { return nil }
    var wanted = RobustnessOptions()
    (wanted.trackLimit, wanted.seed) = (options.robustnessTracks, options.seed)
    (wanted.method, wanted.layer) = (options.method, options.layer)
    do {
      return .measured(
        try model.measureRobustness(evaluation: evaluation, dataset: dataset, options: wanted, job: job))
    } catch let error as CodedError where error.code == .badInput {
      return .unknown(because: error.message)
    }
  }
}
