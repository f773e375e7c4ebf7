import Analysis
import Explanation
import Files
import Models

extension AnalysisResult {
  /// What a report says of an analysis, but for what is drawn.
  init(
    _ explained: ExplainedTracks, _ data: AnalysisData, _ tests: EvaluationChecks, _ problems: DataProblems,
    _ robustness: TrackRobustness?
  ) {
    let (evaluation, options, model) = (explained.evaluation, explained.options, explained.model)
    self.init(
      title: options.title, report: evaluation.report, predictions: evaluation.predictions,
      dataFacts: AnalysisFacts.data(data.dataset, evaluation),
      modelFacts: AnalysisFacts.model(model, options),
      bandCentersHz: explained.projection?.bandCentersHz ?? [],
      ambiguous: Prediction.mostAmbiguous(evaluation.predictions, count: ExplainedTracks.ambiguousCount),
      frequencies: explained.frequencies, leftOut: evaluation.leftOut + data.strangers,
      notes: options.notes + data.notes + evaluation.notes
        + (evaluation.overlap.isRecorded
          ? [] : AnalysisFacts.selectionNotes(explained.evaluated.selection, data.dataset)))
    self.model = model.name
    (overlap, soundNotes) = (evaluation.overlap, evaluation.soundNotes)
    (calibration, baselines, coherence) = (tests.calibration, tests.baselines, tests.coherence)
    dataProblems = problems
    switch robustness {
    case .measured(let measured)?: self.robustness = measured.report
    case .unknown(let reason)?: notes.append("robustness could not be measured: \(reason)")
    case nil: break
    }
  }
}
