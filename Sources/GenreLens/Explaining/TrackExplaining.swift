import Analysis
public import Explanation
import Features
import Foundation
import Report
import Tensors
public import Training

/// What is to be explained, and how.
public struct ExplanationRequest: Sendable {
  public var method = ExplanationMethod.gradCAM
  /// A layer's name; nil is the last convolution.
  public var layer: String?
  /// A class's name; nil is the predicted class.
  public var className: String?
  /// Where the window starts, in seconds.
  public var startSeconds = 0.0
  /// The true class, for the title, where it is known.
  public var trueClass: String?
  /// Whether the page is also written as SVG and PDF.
  public var writesVectors = false

  public init() {}
}

/// Explains one window of a sound file and writes a picture, maps and `explanation.json` into a folder.
///
/// The document is written last: where it is, everything it names is. Throws for a file that cannot be read, a class,
/// layer or method that the model does not have, and a folder that cannot be written.
public func explain(
  _ path: String, with model: GenreModel, _ request: ExplanationRequest = ExplanationRequest(),
  output folder: String
) throws -> ExplanationDocument {
  let explainer = Explainer(network: model.network, labels: model.labels, spec: model.featureSpec)
  let classIndex = try request.className.map { (name) throws(ExplanationError) in
    try explainer.classIndex(named: name)
  }
  let map = try SoundWindows(model: model).map(of: path, at: request.startSeconds)
  let input = model.normalization.apply(to: map.values)
  let explanation = try explainer.explain(
    input, method: request.method, layer: request.layer, classIndex: classIndex)
  let sheet = sheet(
    explanation, of: map, input: input, model: model, path: path, trueClass: request.trueClass)
  let files = try writeFiles(explanation, sheet, vectors: request.writesVectors, to: folder)
  let document = ExplanationDocument(
    path: path, method: explanation.method.rawValue, layer: explanation.layer,
    explainedClass: explanation.label,
    score: Double(explanation.score), probability: Double(explanation.probability),
    flags: explanation.flagNames,
    files: files, predictedClass: explanation.predictedLabel, trueClass: request.trueClass,
    startSeconds: map.startSeconds, paddedSeconds: map.paddedSeconds)
  try writeJSON(document, to: folder + "/explanation.json")
  return document
}

private func sheet(
  _ explanation: ClassExplanation, of map: FeatureMap, input: Tensor, model: GenreModel, path: String,
  trueClass: String?
) -> ExplanationSheet {
  let spec = map.spec
  let projection = MelProjection(spec: spec, normalization: model.normalization)
  let view = projection.view(of: explanation, input: input)
  let isMFCC = spec.kind == .mfcc
  var remarks: [String] = []
  if map.paddedSeconds > 0 { remarks.append("\(seconds(map.paddedSeconds)) s of silence added") }
  if !view.isExact {
    remarks.append("the mel axis shows the smooth part that \(spec.binCount) coefficients keep")
  }
  return ExplanationSheet(
    trackName: URL(fileURLWithPath: path).lastPathComponent, labels: model.labels,
    probabilities: model.probabilities([map.values]).values.map { Double($0) },
    predicted: explanation.predictedLabel, trueLabel: trueClass, startSeconds: map.startSeconds,
    secondsPerFrame: Double(spec.hopLength) / Double(spec.sampleRateHz), feature: MapGrid(input),
    featureAxis: MapAxes(of: model).bins, featureLabel: "standard deviations from the mean",
    explanation: ExplanationMap(explanation),
    mel: isMFCC ? (MapGrid(map.melDecibels), projection.bandCentersHz) : nil,
    melExplanation: isMFCC ? ExplanationMap(view, of: explanation) : nil,
    remark: remarks.joined(separator: ", "))
}

private func seconds(_ value: Double) -> String {
  value.formatted(.number.precision(.fractionLength(1)))
}

private func writeFiles(
  _ explanation: ClassExplanation, _ sheet: ExplanationSheet, vectors: Bool, to folder: String
) throws -> ExplanationDocument.Files {
  try createFolder(folder)
  let names = vectors ? ["explanation.svg", "explanation.pdf"] : []
  try NumpyFile.write(explanation.signedMap, to: folder + "/map.npy")
  try NumpyFile.write(explanation.upsampledMap, to: folder + "/upsampled.npy")
  for name in ["explanation.png"] + names { try sheet.write(to: folder + "/" + name) }
  return ExplanationDocument.Files(
    map: "map.npy", upsampled: "upsampled.npy", picture: "explanation.png", vectorPictures: names)
}
