import Analysis
public import Audio
import Explanation
import Files
import Foundation
import Report
import Tensors
public import Training

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
  /// The verdict over the whole track.
  public let track: ExplanationDocument.Track
  /// The explained window of it.
  public let explainedWindow: ExplanationDocument.Window
  /// Method, class, score and options; its keys stand beside the others in the file.
  public let how: ExplanationSetting
  /// From the input to the output.
  public let layers: [Layer]
  /// The end of the colour scale that all layers share; it begins at 0.
  public let scaleMaximum: Double
  /// Names relative to the folder of the document: PNG first.
  public let pictures: [String]
  /// Where the window starts in the track.
  public let startSeconds: Double
  /// What was noticed about the file, as in ``ExplanationDocument/notes``.
  public let notes: [AudioNote]

  private enum CodingKeys: String, CodingKey {
    case path, track, explainedWindow, layers, scaleMaximum, pictures, startSeconds, notes
  }
}

extension LayersDocument {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      path: try container.decode(String.self, forKey: .path),
      track: try container.decode(ExplanationDocument.Track.self, forKey: .track),
      explainedWindow: try container.decode(
        ExplanationDocument.Window.self, forKey: .explainedWindow),
      how: try ExplanationSetting(from: decoder),
      layers: try container.decode([Layer].self, forKey: .layers),
      scaleMaximum: try container.decode(Double.self, forKey: .scaleMaximum),
      pictures: try container.decode([String].self, forKey: .pictures),
      startSeconds: try container.decode(Double.self, forKey: .startSeconds),
      notes: try container.decodeIfPresent([AudioNote].self, forKey: .notes) ?? [])
  }

  public func encode(to encoder: any Encoder) throws {
    try how.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encode(track, forKey: .track)
    try container.encode(explainedWindow, forKey: .explainedWindow)
    try container.encode(layers, forKey: .layers)
    try container.encode(scaleMaximum, forKey: .scaleMaximum)
    try container.encode(pictures, forKey: .pictures)
    try container.encode(startSeconds, forKey: .startSeconds)
    try container.encode(notes, forKey: .notes)
  }
}

/// Explains one window at every convolution: one picture with one colour scale, raw maps, and `explanation.json`.
///
/// All files appear together, the document last. Throws as ``explain(_:with:_:output:)`` does, and for a method that works at the input.
public func explainLayers(
  _ path: String, with model: GenreModel, _ request: ExplanationRequest = ExplanationRequest(),
  output folder: String
) throws -> LayersDocument {
  try explainLayers(.file(path), with: model, request, output: folder)
}

/// The same for a recording of a feature file.
public func explainLayers(
  _ recording: StoredRecording, with model: GenreModel, _ request: ExplanationRequest = ExplanationRequest(),
  output folder: String
) throws -> LayersDocument {
  try explainLayers(.recording(recording), with: model, request.ofStored(recording, model), output: folder)
}

private func explainLayers(
  _ source: ExplainedSource, with model: GenreModel, _ request: ExplanationRequest, output folder: String
) throws -> LayersDocument {
  guard request.method.usesLayer else {
    throw GenreLensError(.usage, "\(request.method.rawValue) works at the input: it has no layers to compare")
  }
  try WrittenFiles.explanation(into: folder).requireApart(from: source.inputFiles)
  let stage = try StagedFolder(folder)
  let document = try stage.fill { try write(source, model, request, to: $0) }
  let earlier = EarlierExplanation(in: folder)
  try stage.publish(last: "explanation.json")
  earlier.remove(keeping: document.pictures + document.layers.map(\.map))
  return document
}

private func write(
  _ source: ExplainedSource, _ model: GenreModel, _ request: ExplanationRequest, to folder: String
) throws -> LayersDocument {
  let window = try ExplainedWindow(source, with: model, request)
  let explanations = try window.layers.map { try window.explanation(layer: $0) }
  guard let first = explanations.first else {
    throw GenreLensError(.badInput, "the network has no convolution to explain")
  }
  let (page, scale) = layersPage(explanations, of: window)
  var layers: [LayersDocument.Layer] = []
  for explanation in explanations {
    let name = "map-\(explanation.layer.asFileName).npy"
    try NumpyFile.write(explanation.signedMap, to: folder + "/" + name)
    layers.append(
      LayersDocument.Layer(
        name: explanation.layer, map: name, maximum: Double(explanation.positiveMap.values.max() ?? 0),
        frequencies: FrequencySummary(
          window.projection.view(of: explanation, input: window.input), of: window),
        flags: explanation.flagNames + window.flags))
  }
  let pictures = ["layers.png"] + (request.writesVectors ? ["layers.svg", "layers.pdf"] : [])
  for name in pictures { try page.write(to: folder + "/" + name) }
  let document = LayersDocument(
    path: window.path, track: window.trackDocument, explainedWindow: window.windowDocument,
    how: ExplanationSetting(first, options: request.options), layers: layers, scaleMaximum: scale,
    pictures: pictures, startSeconds: window.map.startSeconds, notes: window.notes)
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
          + maximum.formatted(.number.precision(.significantDigits(3))))
    })
  let input = MapFigure(
    grid: MapGrid(window.input), xAxis: axes.time, yAxis: axes.bins, title: "Features",
    rule: .central(0.85), scaleLabel: "standard deviations from the mean")
  let figures: [any Figure] = [input] + maps
  let rows = stride(from: 0, to: figures.count, by: 2).map {
    Array(figures[$0..<min($0 + 2, figures.count)])
  }
  let first = explanations[0]
  let share = (Double(first.probability) * 100).formatted(.number.precision(.fractionLength(1)))
  let subtitle =
    "\(first.method.rawValue) for \(first.question) (\(share) %) at every convolution, one colour scale"
    + " · predicted: \(first.predictedLabel)"
  return (
    FigurePage(title: window.trackName, subtitle: subtitle, rows: rows), maps.first?.scale.high ?? 0
  )
}
