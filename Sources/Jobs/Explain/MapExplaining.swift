import Analysis
import Datasets
import Explanation
import Features
public import Files
public import Models
import Networks
import Report
import Tensors

extension GenreModel {
  /// Explains a recording of a feature file, for a model whose front end is unknown, and writes into a folder.
  ///
  /// ```swift
  /// let recording = try StoredRecording(.row(0), in: Dataset.load("original.npy"))     // maps that the original program has made
  /// let why = try model.explain(maps: recording, output: "Output/row")
  /// print(why.label, why.how.probability)
  /// ```
  ///
  /// Nothing is known of the maps but their numbers: rows have no frequency, frames no time, and nothing can be heard. The explained
  /// class is the one that the recording is heard as, unless another is requested, and the explained map that of the chosen row, else the
  /// one that speaks most for it. The files are `explanation.png` (the input, and the evidence by each method over it), `map.npy` (raw,
  /// signed), `upsampled.npy` (rows x frames) and `explanation.json`.
  ///
  /// Throws as ``explain(_:_:output:job:)-(StoredRecording,_,_,_)`` does, and ``CodedError`` `usage` for a request about sound.
  public func explain(
    maps recording: StoredRecording, _ request: ExplanationRequest = ExplanationRequest(),
    output folder: String, job: Job = Job()
  ) throws -> MapExplanation {
    try writeExplanation(into: folder, apartFrom: [recording.featuresPath]) {
      try MapWriting(recording, self, request, job, folder: $0).run()
    }
  }
}

/// The contents of `explanation.json` for a map of unknown origin.
public struct MapExplanation: Sendable, Encodable, Equatable, WrittenExplanation {
  /// Names relative to the folder of the document.
  public struct Files: Sendable, Encodable, Equatable {
    public let map: String
    /// Rows x frames of the input.
    public let upsampled: String
    public let picture: String
    public let vectorPictures: [String]
  }

  /// Names the recording.
  public let path: String
  /// The class that all its maps are heard as.
  public let label: String
  public let probabilities: [String: Double]
  /// The row of the feature file that is explained.
  public let row: Int
  /// How many rows the recording has.
  public let rowCount: Int
  /// Method, class, score and options; its keys are at the same level as the others in the file.
  public let how: ExplanationSetting
  public let layer: String
  /// Warnings, such as `no-positive-evidence`.
  public let flags: [String]
  public let files: Files
  /// What a reader must know of the maps.
  public let notes: [String]
  /// The maps of several methods, if others were asked for too.
  public internal(set) var comparison: MethodComparison?

  var allFiles: [String] {
    [files.map, files.upsampled, files.picture] + files.vectorPictures + (comparison?.allFiles ?? [])
  }

  /// ``flags`` as sentences.
  public var flagSentences: [String] { flags.map { ExplanationFlag(rawValue: $0).sentence } }

  private enum CodingKeys: String, CodingKey {
    case path, label, probabilities, row, rowCount, layer, flags, files, notes, comparison
  }

  public func encode(to encoder: any Encoder) throws {
    try how.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encode(label, forKey: .label)
    try container.encode(probabilities, forKey: .probabilities)
    try container.encode(row, forKey: .row)
    try container.encode(rowCount, forKey: .rowCount)
    try container.encode(layer, forKey: .layer)
    try container.encode(flags, forKey: .flags)
    try container.encode(files, forKey: .files)
    try container.encode(notes, forKey: .notes)
    try container.encodeIfPresent(comparison, forKey: .comparison)
  }
}

/// Hears the maps of a recording and writes what an explanation of one is made of.
private struct MapWriting {
  private let recording: Recording
  private let model: GenreModel
  private let request: ExplanationRequest
  private let job: Job
  private let folder: String
  private let scores: TrackScores
  private let notes: [String]
  private let row: Int
  private let input: Tensor

  private static let unknown =
    "The model's front end is unknown: rows have no frequency and frames no time, and what the map marks cannot be heard."

  init(
    _ stored: StoredRecording, _ model: GenreModel, _ request: ExplanationRequest, _ job: Job, folder: String
  ) throws {
    try request.requireSenseOfMaps()
    let reader = try RecordingReader(dataset: stored.dataset, model: model, options: request.scoring)
    recording = stored.recording
    let scorer = WindowScorer(
      model: model, average: request.scoring.average, shiftCount: 1,
      temperature: try model.temperature(for: request.scoring))
    let recording = stored.recording
    let scores = try scorer.scores(of: recording.path) { try reader.forEachMap(of: recording, $0) }
    self.scores = scores
    let explained =
      try request.className.map { try Explainer(model).classIndex(named: $0) } ?? scores.predicted
    let strongest = scores.windows.max { $0.probabilities[explained] < $1.probabilities[explained] }?.place
    let place = stored.row.map { WindowPlace.row($0, frame: 0) } ?? strongest
    guard case .row(let row, _)? = place else {
      throw CodedError(.empty, "no map to explain", path: stored.featuresPath)
    }
    self.row = row
    input = model.normalization.apply(to: try reader.map(of: recording, at: place ?? .at(0)))
    notes = [Self.unknown] + reader.notes
    (self.model, self.request, self.job, self.folder) = (model, request, job, folder)
  }

  func run() throws -> MapExplanation {
    let explanations = try self.explanations()
    let explanation = explanations[0]
    try NumpyFile.write(explanation.signedMap, to: folder + "/map.npy")
    try NumpyFile.write(explanation.upsampledMap, to: folder + "/upsampled.npy")
    let vectors = request.writesVectors ? ["explanation.svg", "explanation.pdf"] : []
    let sheet = sheet(explanations)
    for name in ["explanation.png"] + vectors { try sheet.write(to: folder + "/" + name) }
    var document = MapExplanation(
      path: recording.path, label: model.labels[scores.predicted],
      probabilities: Dictionary(uniqueKeysWithValues: zip(model.labels, scores.probabilities)), row: row,
      rowCount: recording.rows.count, how: ExplanationSetting(explanation), layer: explanation.layer,
      flags: explanation.flagNames,
      files: .init(
        map: "map.npy", upsampled: "upsampled.npy", picture: "explanation.png", vectorPictures: vectors),
      notes: notes)
    if explanations.count > 1 {
      document.comparison = try MethodComparison(
        explanations, checks: explanations.map { _ in nil }, writesVectors: request.writesVectors,
        folder: folder)
      for name in document.comparison?.pictures ?? [] { try sheet.write(to: folder + "/" + name) }
    }
    try writeJSON(document, to: folder + "/explanation.json")
    return document
  }

  private func explanations() throws -> [ClassExplanation] {
    var explainer = Explainer(model)
    explainer.job = job.told(after: .seconds(2))
    let index = try request.className.map { try explainer.classIndex(named: $0) } ?? scores.predicted
    let score: Score
    if let other = request.contrastClassName {
      let contrast = try explainer.classIndex(named: other)
      guard contrast != index else {
        throw CodedError(
          .usage,
          "\(model.labels[index]) cannot be contrasted with itself: name two classes with --class and --contrast"
        )
      }
      score = Score.contrast(nil, contrast).of(index)
    } else {
      score = (request.target == .probability ? Score.probability() : .logit()).of(index)
    }
    try request.requireDifferentMethods()
    return try request.allMethods.map { method in
      try job.requireGoingOn("stopped; nothing was written", path: recording.path)
      let layer = request.compared.isEmpty ? request.layer : request.layer(of: method)
      return try explainer.explain(input, method: method, layer: layer, score: score)
    }
  }

  /// The input, then the evidence of each method over it.
  private func sheet(_ explanations: [ClassExplanation]) -> FigurePage {
    let (rows, frames) = (Self.axis("row", input.shape[0]), Self.axis("frame", input.shape[1]))
    let grid = MapGrid(input)
    let maps = explanations.map { explanation in
      let shape = explanation.signedMap.shape.dimensions.suffix(2).map(String.init).joined(separator: " x ")
      return MapFigure.explanation(
        ExplanationMap(explanation), over: grid, xAxis: frames, yAxis: rows,
        title: "\(explanation.mapName), \(shape)")
    }
    let figures: [any Figure] =
      [
        MapFigure(
          grid: grid, xAxis: frames, yAxis: rows, title: "Input, of unknown origin", rule: .central(0.96),
          scaleLabel: model.inputUnit)
      ] + maps
    let first = explanations[0]
    return FigurePage(
      title: "\(lastName(recording.path)), row \(row)",
      subtitle:
        "evidence for \(first.question) (\(Double(first.probability).percentText())) · predicted: \(first.predictedLabel)",
      rows: stride(from: 0, to: figures.count, by: 2).map { Array(figures[$0..<min($0 + 2, figures.count)]) })
  }

  private static func axis(_ label: String, _ count: Int) -> FigureAxis {
    FigureAxis(
      label: label,
      ticks: stride(from: 0, to: count, by: max(1, count / 6)).map {
        AxisTick(position: Double($0) + 0.5, label: "\($0)")
      })
  }
}

extension ExplanationRequest {
  /// Throws ``CodedError`` `usage` for parts that need to know what maps are of.
  fileprivate func requireSenseOfMaps() throws(CodedError) {
    let ofSound = [
      ("a chosen window", window != .strongest), ("every window", explainsEveryWindow),
      ("the whole track", isWhole), ("a hop", scoring.hopSeconds != nil),
      ("neighbours", neighbors != nil || neighborSearch != nil),
    ]
    if let (name, _) = ofSound.first(where: \.1) {
      throw CodedError(.usage, "\(name): the model's front end is unknown, and only rows are explained")
    }
  }
}
