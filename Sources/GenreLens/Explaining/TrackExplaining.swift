import Analysis
import Explanation
import Features
import Foundation
import Report
import Tensors
public import Training

/// Explains one window of a sound file and writes a picture, maps and `explanation.json` into a folder.
///
/// The document is written last: where it is, everything it names is. Throws for a file that cannot be read, a class,
/// layer or method that the model does not have, and a folder that cannot be written.
public func explain(
  _ path: String, with model: GenreModel, _ request: ExplanationRequest = ExplanationRequest(),
  output folder: String
) throws -> ExplanationDocument {
  let window = try ExplainedWindow(path, with: model, request)
  let explanation = try window.explanation(layer: request.layer)
  let sheet = sheet(explanation, of: window)
  let files = try writeFiles(explanation, sheet, vectors: request.writesVectors, to: folder)
  let document = ExplanationDocument(
    path: path, how: ExplanationSetting(explanation, options: request.options), layer: explanation.layer,
    flags: explanation.flagNames, files: files, trueClass: request.trueClass,
    startSeconds: window.map.startSeconds, paddedSeconds: window.map.paddedSeconds)
  try writeJSON(document, to: folder + "/explanation.json")
  return document
}

private func sheet(_ explanation: ClassExplanation, of window: ExplainedWindow) -> ExplanationSheet {
  let (map, model, spec) = (window.map, window.model, window.map.spec)
  let projection = MelProjection(spec: spec, normalization: model.normalization)
  let view = projection.view(of: explanation, input: window.input)
  let isMFCC = spec.kind == .mfcc
  var remarks: [String] = []
  if let baseline = explanation.baseline { remarks.append("baseline: \(baseline.rawValue)") }
  if map.paddedSeconds > 0 { remarks.append("\(seconds(map.paddedSeconds)) s of silence added") }
  if !view.isExact {
    remarks.append("the mel axis shows the smooth part that \(spec.binCount) coefficients keep")
  }
  return ExplanationSheet(
    trackName: window.trackName, labels: model.labels, probabilities: window.probabilities,
    predicted: explanation.predictedLabel, trueLabel: window.request.trueClass,
    startSeconds: map.startSeconds, secondsPerFrame: window.secondsPerFrame, feature: MapGrid(window.input),
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
