import Analysis
public import Audio
public import Datasets
import Explanation
import Features
public import Files
import Foundation
public import Models
import Report
import Tensors

/// What `explanation.json` says of all layers: one window explained at each convolution.
public struct LayersDocument: Sendable, Codable, Equatable {
  /// One layer's map.
  public struct Layer: Sendable, Codable, Equatable {
    public let name: String
    /// The raw signed map at the layer's resolution, `.npy`, row 0 = feature bin 0.
    public let map: String
    /// The largest value that the picture shows, raw.
    public let maximum: Double
    /// Where its evidence lies on the mel axis.
    public let frequencies: FrequencySummary
    public let flags: [String]
  }

  /// The sound file, or the recording of a feature file.
  public let path: String
  /// The stretch of the file that was heard; nil is the whole file.
  public let segment: SoundSegment?
  /// The verdict over the whole track.
  public let track: ExplanationDocument.Track
  /// The explained window of it.
  public let explainedWindow: ExplanationDocument.Window
  /// Method, class, score and options; its keys are beside the others in the file.
  public let how: ExplanationSetting
  /// From the input to the output.
  public let layers: [Layer]
  /// The end of the colour scale that all layers share; it begins at 0.
  public let scaleMaximum: Double
  /// Names relative to the folder of the document: PNG first.
  public let pictures: [String]
  /// The verdict, the track over time and the explained window with every layer's map as one HTML page, relative to the folder.
  public let page: String
  /// Pictures that are beside the page, since they are too many for it.
  public internal(set) var pagePictures: [String]?
  /// The last layer's explanation as sound, where it was asked for.
  public let sounds: SoundSummary?
  /// Where in time and frequency the last layer's evidence lies.
  public let evidence: EvidenceSummary
  /// Its regions as a table, and as annotations for other programs.
  public let evidenceFiles: [String]
  /// Where the window starts in the track.
  public let startSeconds: Double
  /// What was noticed about the file, as in ``ExplanationDocument/notes``.
  public let notes: [AudioNote]

  /// The flags of one of ``layers`` as sentences.
  public func flagSentences(of layer: Layer) -> [String] {
    layer.flags.map { FlagWords.sentence($0, sounds: sounds) }
  }

  /// All files, relative to the folder of the document.
  var allFiles: [String] {
    pictures + layers.map(\.map) + [page] + (pagePictures ?? []) + (sounds?.files ?? []) + evidenceFiles
  }

  /// What the sounds say, as lines for a terminal; none without sounds.
  public var soundLines: [String] {
    sounds?.lines(explaining: how.explainedClass, probability: how.probability) ?? []
  }

  private enum CodingKeys: String, CodingKey {
    case path, segment, track, explainedWindow, layers, scaleMaximum, pictures, page, pagePictures, sounds,
      evidence, evidenceFiles, startSeconds, notes
  }
}

extension LayersDocument {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      path: try container.decode(String.self, forKey: .path),
      segment: try container.decodeIfPresent(SoundSegment.self, forKey: .segment),
      track: try container.decode(ExplanationDocument.Track.self, forKey: .track),
      explainedWindow: try container.decode(
        ExplanationDocument.Window.self, forKey: .explainedWindow),
      how: try ExplanationSetting(from: decoder),
      layers: try container.decode([Layer].self, forKey: .layers),
      scaleMaximum: try container.decode(Double.self, forKey: .scaleMaximum),
      pictures: try container.decode([String].self, forKey: .pictures),
      page: try container.decode(String.self, forKey: .page),
      pagePictures: try container.decodeIfPresent([String].self, forKey: .pagePictures),
      sounds: try container.decodeIfPresent(SoundSummary.self, forKey: .sounds),
      evidence: try container.decode(EvidenceSummary.self, forKey: .evidence),
      evidenceFiles: try container.decode([String].self, forKey: .evidenceFiles),
      startSeconds: try container.decode(Double.self, forKey: .startSeconds),
      notes: try container.decodeIfPresent([AudioNote].self, forKey: .notes) ?? [])
  }

  public func encode(to encoder: any Encoder) throws {
    try how.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encodeIfPresent(segment, forKey: .segment)
    try container.encode(track, forKey: .track)
    try container.encode(explainedWindow, forKey: .explainedWindow)
    try container.encode(layers, forKey: .layers)
    try container.encode(scaleMaximum, forKey: .scaleMaximum)
    try container.encode(pictures, forKey: .pictures)
    try container.encode(page, forKey: .page)
    try container.encodeIfPresent(pagePictures, forKey: .pagePictures)
    try container.encodeIfPresent(sounds, forKey: .sounds)
    try container.encode(evidence, forKey: .evidence)
    try container.encode(evidenceFiles, forKey: .evidenceFiles)
    try container.encode(startSeconds, forKey: .startSeconds)
    try container.encode(notes, forKey: .notes)
  }
}

extension GenreModel {
  /// Explains one window at every convolution: a page, one picture with one colour scale, raw maps, and `explanation.json`.
  ///
  /// The page shows the last convolution's sounds, and the regions of evidence are its too; see ``explain(_:_:output:job:)-(String,_,_,_)``, as which it throws, and for a method that works at
  /// the input.
  public func explainLayers(
    _ path: String, _ request: ExplanationRequest = ExplanationRequest(),
    output folder: String, job: Job = Job()
  ) throws -> LayersDocument {
    try self.explainLayers(SoundInput(path: path), request, output: folder, job: job)
  }
}

extension GenreModel {
  /// The same of a stretch of a file.
  public func explainLayers(
    _ input: SoundInput, _ request: ExplanationRequest = ExplanationRequest(),
    output folder: String, job: Job = Job()
  ) throws -> LayersDocument {
    try self.explainLayers(.file(input), request, output: folder, job: job)
  }
}

extension GenreModel {
  /// The same for a recording of a feature file.
  public func explainLayers(
    _ recording: StoredRecording, _ request: ExplanationRequest = ExplanationRequest(),
    output folder: String, job: Job = Job()
  ) throws -> LayersDocument {
    try self.explainLayers(.recording(recording), request, output: folder, job: job)
  }
}

extension GenreModel {
  private func explainLayers(
    _ source: ExplainedSource, _ request: ExplanationRequest, output folder: String, job: Job
  ) throws -> LayersDocument {
    guard request.method.usesLayer else {
      throw CodedError(.usage, "\(request.method.name) works at the input: it has no layers to compare")
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
    rule: .central(0.85), scaleLabel: "standard deviations from the mean")
  let figures: [any Figure] = [input] + maps
  let rows = stride(from: 0, to: figures.count, by: 2).map {
    Array(figures[$0..<min($0 + 2, figures.count)])
  }
  let first = explanations[0]
  let share = Double(first.probability).percentText()
  let subtitle =
    "\(first.method.name) for \(first.question) (\(share)) at every convolution, one colour scale"
    + " · predicted: \(first.predictedLabel)"
  return (
    FigurePage(title: window.trackName, subtitle: subtitle, rows: rows), maps.first?.scale.high ?? 0
  )
}
