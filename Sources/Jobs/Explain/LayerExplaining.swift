import Analysis
import Audio
public import Datasets
import Explanation
import Features
public import Files
public import Models
import Report
import Tensors

extension GenreModel {
  /// Explains one window at every convolution, or at every layer of attention by a method that reads one: a page, one picture with
  /// one colour scale, raw maps, and `explanation.json`.
  ///
  /// The page has the last layer's sounds, and the regions of evidence are also those of that layer. Throws as
  /// ``explain(_:_:output:job:)-(String,_,_,_)``, and for a method that works at the input.
  public func explainLayers(
    _ path: String, _ request: ExplanationRequest = ExplanationRequest(),
    output folder: String, job: Job = Job()
  ) throws -> LayersDocument {
    try explainLayers(SoundInput(path: path), request, output: folder, job: job)
  }

  /// The same for a section of a file.
  public func explainLayers(
    _ input: SoundInput, _ request: ExplanationRequest = ExplanationRequest(),
    output folder: String, job: Job = Job()
  ) throws -> LayersDocument {
    try explainLayers(.file(input), request, output: folder, job: job)
  }

  /// The same for a recording of a feature file.
  public func explainLayers(
    _ recording: StoredRecording, _ request: ExplanationRequest = ExplanationRequest(),
    output folder: String, job: Job = Job()
  ) throws -> LayersDocument {
    try explainLayers(.recording(recording), request, output: folder, job: job)
  }

  private func explainLayers(
    _ source: ExplainedSource, _ request: ExplanationRequest, output folder: String, job: Job
  ) throws -> LayersDocument {
    guard request.method.traits.choosesLayer else {
      throw CodedError(.usage, "\(request.method.name) works at the input: it has no layers to compare")
    }
    guard request.compared.isEmpty else {
      throw CodedError(.usage, "every layer is explained by one method: several are compared at one layer")
    }
    guard !request.explainsEveryWindow else {
      throw CodedError(.usage, "every window at every layer: ask for one of them")
    }
    return try writeExplanation(of: source, with: self, request, into: folder, job: job) {
      try writeFolder($0, to: $1, finalFolder: folder)
    }
  }
}

private func writeFolder(
  _ question: TrackQuestion, to folder: String, finalFolder: String
) throws -> LayersDocument {
  let (window, request) = (try question.window(), question.request)
  let explanations = try window.layers.map { try window.explanation(layer: $0) }
  guard let first = explanations.first, let last = explanations.last else {
    throw CodedError(.badInput, "the network has no convolution to explain")
  }
  let (picture, scale) = layersPage(explanations, of: window)
  var layers: [LayersDocument.Layer] = []
  let view = window.projection.view(of: last, input: window.input)
  let sounds = request.writesSounds ? try SoundWriting(last, view, of: window, folder: folder).run() : nil
  for (index, explanation) in explanations.enumerated() {
    let isLast = index == explanations.count - 1
    let name = "map-\(explanation.layer.asFileName).npy"
    try NumpyFile.write(explanation.signedMap, to: folder + "/" + name)
    layers.append(
      LayersDocument.Layer(
        name: explanation.layer, map: name, maximum: Double(explanation.positiveMap.values.max() ?? 0),
        frequencies: FrequencySummary(
          isLast ? view : window.projection.view(of: explanation, input: window.input), of: window),
        // What is heard again is the last layer's.
        flags: explanation.flagNames + window.flags + (isLast ? sounds?.flags ?? [] : [])))
  }
  let pictures = ["layers.png"] + (request.writesVectors ? ["layers.svg", "layers.pdf"] : [])
  for name in pictures { try picture.write(to: folder + "/" + name) }
  let evidence = EvidenceSummary(last, view, of: window)
  let evidenceFiles = try evidence.write(request.annotations, of: window, to: folder)
  var document = LayersDocument(
    path: question.source.path, segment: question.source.segment, track: question.document,
    explainedWindow: window.document, how: ExplanationSetting(first),
    layers: layers, scaleMaximum: scale, pictures: pictures, page: "explanation.html", sounds: sounds,
    evidence: evidence, evidenceFiles: evidenceFiles, startSeconds: window.map.startSeconds,
    notes: question.notes)
  let rows = zip(layers, explanations).map { layer, explanation in
    let (shape, evidence) = (explanation.signedMap.shape, layer.frequencies.evidence)
    return TrackExplanation.LayerRow(
      name: layer.name, rowCount: shape[shape.rank - 2], columnCount: shape[shape.rank - 1],
      peak: layer.maximum, shares: .init(low: evidence.low, middle: evidence.middle, high: evidence.high),
      flags: explanation.flagNames)
  }
  // The page begins with the layer that decides.
  let content = ExplanationPageMaking.Content(
    explanations: explanations.reversed(), view: view, how: document.how,
    layers: layers.map(\.name).joined(separator: ", "),
    flags: last.flagNames + window.flags + (sounds?.flags ?? []),
    sounds: sounds, layerRows: rows, addedSilenceShare: evidence.addedSilenceShare)
  var drawing = StudyPictures(model: window.model)
  document.pagePictures = try ExplanationPageMaking(
    window, content, folder: folder, finalFolder: finalFolder
  ).write(&drawing)
  try writeJSON(document, to: folder + "/explanation.json")
  return document
}

/// The input and each layer's map at its own resolution, two in a row, on one colour scale.
private func layersPage(
  _ explanations: [ClassExplanation], of window: ExplainedWindow
) -> (page: FigurePage, maximum: Double) {
  let axes = MapAxes(of: window.model, startSeconds: window.map.startSeconds)
  let maps = MapFigure.sharingScale(
    explanations.map { explanation in
      let map = ExplanationMap(explanation, upsampled: false)
      let resampled = axes.resampled(to: [map.grid.binCount, map.grid.frameCount])
      let maximum = Double(map.grid.finiteRange?.upperBound ?? 0)
      return MapFigure.explanation(
        map, xAxis: resampled.time, yAxis: resampled.bins,
        title: "\(explanation.layer): \(map.grid.binCount) x \(map.grid.frameCount), largest value "
          + maximum.significantText(3))
    })
  let input = MapFigure(
    grid: MapGrid(window.input), xAxis: axes.time, yAxis: axes.bins, title: "Features",
    rule: .central(0.85), scaleLabel: window.model.inputUnit)
  let figures: [any Figure] = [input] + maps
  let rows = stride(from: 0, to: figures.count, by: 2).map {
    Array(figures[$0..<min($0 + 2, figures.count)])
  }
  let first = explanations[0]
  let share = Double(first.probability).percentText()
  let place = first.method.traits.reads == .attention ? "layer of attention" : "convolution"
  let subtitle =
    "\(first.method.name) for \(first.question) (\(share)) at every \(place), one colour scale"
    + " · predicted: \(first.predictedLabel)"
  return (
    FigurePage(title: window.trackName, subtitle: subtitle, rows: rows), maps.first?.scale.high ?? 0
  )
}
