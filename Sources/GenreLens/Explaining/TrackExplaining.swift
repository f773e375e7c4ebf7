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

/// Explains one window of a sound file and writes pictures, maps and `explanation.json` into a folder.
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
  var picture = ExplanationPicture(
    model: model, input: input, explanation: explanation, startSeconds: map.startSeconds,
    title: URL(fileURLWithPath: path).lastPathComponent, subtitle: headline(explanation, request.trueClass))
  if map.paddedSeconds > 0 { picture.subtitle += ", \(rounded(map.paddedSeconds)) s of silence added" }
  let files = try writeFiles(explanation, picture, vectors: request.writesVectors, to: folder)
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

private func headline(_ explanation: ClassExplanation, _ trueClass: String?) -> String {
  let share = (Double(explanation.probability) * 100).formatted(.number.precision(.fractionLength(1)))
  let truth = trueClass.map { "true \($0), " } ?? ""
  return "\(truth)predicted \(explanation.predictedLabel); explained: \(explanation.label), "
    + "probability \(share) %; \(explanation.method.rawValue) at \(explanation.layer)"
}

private func rounded(_ seconds: Double) -> String {
  seconds.formatted(.number.precision(.fractionLength(1)))
}

private func writeFiles(
  _ explanation: ClassExplanation, _ picture: ExplanationPicture, vectors: Bool, to folder: String
) throws -> ExplanationDocument.Files {
  try createFolder(folder)
  let page = picture.page()
  let names = vectors ? ["explanation.svg", "explanation.pdf"] : []
  try NumpyFile.write(explanation.signedMap, to: folder + "/map.npy")
  try NumpyFile.write(explanation.upsampledMap, to: folder + "/upsampled.npy")
  for name in ["explanation.png"] + names { try page.write(to: folder + "/" + name) }
  return ExplanationDocument.Files(
    map: "map.npy", upsampled: "upsampled.npy", picture: "explanation.png", vectorPictures: names)
}
