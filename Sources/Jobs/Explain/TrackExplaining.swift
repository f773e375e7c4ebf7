import Analysis
public import Datasets
import Explanation
import Features
public import Files
public import Models
import Report
import Tensors

extension GenreModel {
  /// Explains a sound file: hears all of it, chooses the window that speaks most for the explained class, and writes into a folder.
  ///
  /// The explained class is the one that the whole track was heard as, unless another is requested. The files are
  /// `explanation.html` (everything on one page), `explanation.png`, maps (`map.npy`, `upsampled.npy`, `mel.npy`), `bands.csv`,
  /// `times.csv` and `explanation.json`; and, unless sounds are disabled, `original.wav`, the window as it was heard, and
  /// `kept.wav`, `removed.wav`, `highlighted.wav` and `sound-mask.npy` (see ``SoundSummary``). If every window is requested, also
  /// `windows/`, `windows.csv`, `track-evidence.npy` and `track-evidence.csv` (see ``EveryWindow``). All files appear together
  /// when the last one is written, the document last: if it exists, so does everything that it names. Of existing files, only
  /// those named by an earlier `explanation.json` are replaced or removed.
  ///
  /// Throws for a file that cannot be read, a class, layer or method that the model does not have, a folder that cannot be written or
  /// that another process is writing into (`busy`), a sound file that one of the files would replace, and a file of the same name that no
  /// earlier explanation wrote (`usage`).
  public func explain(
    _ path: String, _ request: ExplanationRequest = ExplanationRequest(),
    output folder: String, job: Job = Job()
  ) throws -> ExplanationDocument {
    try explain(SoundInput(path: path), request, output: folder, job: job)
  }

  /// The same for a section of a file.
  public func explain(
    _ input: SoundInput, _ request: ExplanationRequest = ExplanationRequest(),
    output folder: String, job: Job = Job()
  ) throws -> ExplanationDocument {
    try explain(.file(input), request, output: folder, job: job)
  }

  /// The same for a recording of a feature file: its rows are its windows, and there is no sound to write or play.
  ///
  /// Also throws if the maps are not of the kind that the model uses.
  public func explain(
    _ recording: StoredRecording, _ request: ExplanationRequest = ExplanationRequest(),
    output folder: String, job: Job = Job()
  ) throws -> ExplanationDocument {
    try explain(.recording(recording), request, output: folder, job: job)
  }

  private func explain(
    _ source: ExplainedSource, _ request: ExplanationRequest, output folder: String, job: Job
  ) throws -> ExplanationDocument {
    try writeExplanation(of: source, with: self, request, into: folder, job: job) {
      try writeFolder($0, to: $1, finalFolder: folder)
    }
  }
}

private func writeFolder(
  _ question: TrackQuestion, to folder: String, finalFolder: String
) throws -> ExplanationDocument {
  let (window, request) = (try question.window(), question.request)
  let explanations = try window.explanationsOfMethods()
  let explanation = explanations[0]
  let view = window.projection.view(of: explanation, input: window.input)
  var files = try ExplanationFiles(explanation, view, of: window, folder: folder).write()
  let evidence = EvidenceSummary(explanation, view, of: window)
  files.evidence = try evidence.write(request.annotations, of: window, to: folder)
  let sounds =
    request.writesSounds ? try SoundWriting(explanation, view, of: window, folder: folder).run() : nil
  var drawing = StudyPictures(model: window.model)
  let every =
    request.explainsEveryWindow ? try EveryWindowWriting(question, folder: folder).run(&drawing) : nil
  var document = ExplanationDocument(
    path: question.source.path, segment: question.source.segment, track: question.document,
    explainedWindow: window.document, how: ExplanationSetting(explanation),
    layer: explanation.layer, flags: explanation.flagNames + window.flags + (sounds?.flags ?? []),
    files: files,
    frequencies: FrequencySummary(view, of: window), evidence: evidence, sounds: sounds,
    everyWindow: every?.document, trueClass: request.trueClass, startSeconds: window.map.startSeconds,
    paddedSeconds: window.map.paddedSeconds, notes: question.notes)
  document.comparison = try comparison(explanations, of: window, folder: folder)
  let content = ExplanationPageMaking.Content(
    explanations: explanations, view: view, how: document.how, layers: document.layer, flags: document.flags,
    sounds: sounds, every: every, comparison: document.comparison,
    addedSilenceShare: evidence.addedSilenceShare)
  document.files.pagePictures = try ExplanationPageMaking(
    window, content, folder: folder, finalFolder: finalFolder
  ).write(&drawing)
  try writeJSON(document, to: folder + "/explanation.json")
  return document
}

/// The maps of several methods on one sheet, two in a row, each on its own scale; nil of one method.
private func comparison(
  _ explanations: [ClassExplanation], of window: ExplainedWindow, folder: String
) throws -> MethodComparison? {
  guard explanations.count > 1 else { return nil }
  let document = try MethodComparison(
    explanations, checks: explanations.map { _ in nil }, writesVectors: window.request.writesVectors,
    folder: folder)
  let axes = MapAxes(of: window.model, startSeconds: window.map.startSeconds)
  let input = MapGrid(window.input)
  let maps = explanations.map { explanation in
    let shape = explanation.signedMap.shape.dimensions.suffix(2).map(String.init).joined(separator: " x ")
    return MapFigure.explanation(
      ExplanationMap(explanation), over: input, xAxis: axes.time, yAxis: axes.bins,
      title: "\(explanation.mapName), \(shape)")
  }
  let figures: [any Figure] =
    [
      MapFigure(
        grid: input, xAxis: axes.time, yAxis: axes.bins, title: "Features", rule: .central(0.85),
        scaleLabel: window.model.inputUnit)
    ] + maps
  let rows = stride(from: 0, to: figures.count, by: 2).map {
    Array(figures[$0..<min($0 + 2, figures.count)])
  }
  let first = explanations[0]
  let sheet = FigurePage(
    title: window.trackName,
    subtitle:
      "evidence for \(first.question) (\(Double(first.probability).percentText())), each map on its own scale"
      + " · predicted: \(first.predictedLabel)",
    rows: rows)
  for name in document.pictures { try sheet.write(to: folder + "/" + name) }
  return document
}
