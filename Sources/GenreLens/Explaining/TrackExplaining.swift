import Analysis
import Audio
import Datasets
import Explanation
import Features
import Files
import Foundation
import Report
import Tensors
public import Training

/// Explains a sound file: hears all of it, chooses the window that speaks most for the explained class, and writes a page, a picture,
/// maps and `explanation.json` into a folder.
///
/// The explained class is the one that the whole track was heard as, unless another is asked for. Unless it is told not to, it
/// also writes `kept.wav`, `removed.wav` and `highlighted.wav` (see ``SoundSummary``). All
/// files appear together when the last one is written, the document at the end: where it is, everything it names is. Throws
/// for a file that cannot be read, a class, layer or method that the model does not have, a folder that cannot be written or
/// that another process is writing into (`busy`), and a sound file that one of the files would replace.
public func explain(
  _ path: String, with model: GenreModel, _ request: ExplanationRequest = ExplanationRequest(),
  output folder: String
) throws -> ExplanationDocument {
  try explain(.file(path), with: model, request, output: folder)
}

/// The same for a recording of a feature file: its rows are its windows, and there is no sound to write or play.
///
/// Throws also where the maps are not what the model hears.
public func explain(
  _ recording: StoredRecording, with model: GenreModel, _ request: ExplanationRequest = ExplanationRequest(),
  output folder: String
) throws -> ExplanationDocument {
  try explain(.recording(recording), with: model, request.ofStored(recording, model), output: folder)
}

extension ExplanationRequest {
  /// What can be asked of stored features, with the genre that their index says.
  func ofStored(_ recording: StoredRecording, _ model: GenreModel) -> ExplanationRequest {
    var request = self
    request.writesSounds = false
    request.trueClass = trueClass ?? recording.label.flatMap { model.labels.contains($0) ? $0 : nil }
    return request
  }
}

private func explain(
  _ source: ExplainedSource, with model: GenreModel, _ request: ExplanationRequest, output folder: String
) throws -> ExplanationDocument {
  try WrittenFiles.explanation(into: folder).requireApart(from: source.inputFiles)
  let stage = try StagedFolder(folder)
  let document = try stage.fill { try write(source, model, request, to: $0, finalFolder: folder) }
  let earlier = EarlierExplanation(in: folder)
  try stage.publish(last: "explanation.json")
  earlier.remove(keeping: document.files.all + (document.sounds?.files ?? []))
  return document
}

/// The files that an explanation of before left in a folder: those of our names that its document names. Another file of such a
/// name, a sound `original.wav`, is somebody's own.
struct EarlierExplanation {
  private let paths: [String]

  init(in folder: String) {
    let bytes = (try? FileSystem.contents(join(folder, "explanation.json"))) ?? []
    let document = try? JSONSerialization.jsonObject(with: Data(bytes))
    let named = Set(Self.strings(in: document).map { Spelling(join(folder, $0)) })
    paths = WrittenFiles.explanation(into: folder).paths.filter { named.contains(Spelling($0)) }
  }

  /// Takes away what the new explanation did not write: nothing old stands beside the new.
  func remove(keeping files: [String]) {
    let kept = Set((files + ["explanation.json"]).map { Spelling(lastName($0)) })
    for path in paths where !kept.contains(Spelling(lastName(path))) { FileSystem.remove(path) }
  }

  private static func strings(in value: Any?) -> [String] {
    switch value {
    case let text as String: [text]
    case let list as [Any]: list.flatMap(strings)
    case let object as [String: Any]: object.values.flatMap(strings)
    default: []
    }
  }
}

private func write(
  _ source: ExplainedSource, _ model: GenreModel, _ request: ExplanationRequest, to folder: String,
  finalFolder: String
) throws -> ExplanationDocument {
  let window = try ExplainedWindow(source, with: model, request)
  let explanation = try window.explanation(layer: request.layer)
  let view = window.projection.view(of: explanation, input: window.input)
  let sheet = sheet(explanation, view, of: window)
  var files = try writeFiles(explanation, view, of: window, sheet, to: folder)
  let evidence = EvidenceSummary(explanation, view, of: window)
  files.evidence = try evidence.write(request.annotations, of: window, to: folder)
  let sounds =
    request.writesSounds ? try SoundWriting(explanation, view, of: window, folder: folder).run() : nil
  let document = ExplanationDocument(
    path: window.path, track: window.trackDocument, explainedWindow: window.windowDocument,
    how: ExplanationSetting(explanation, options: request.options), layer: explanation.layer,
    flags: explanation.flagNames + window.flags, files: files,
    frequencies: FrequencySummary(view, of: window), evidence: evidence, sounds: sounds,
    trueClass: request.trueClass,
    startSeconds: window.map.startSeconds, paddedSeconds: window.map.paddedSeconds,
    notes: window.notes)
  try ExplanationPageMaking(window, explanation, view, document, folder: folder, finalFolder: finalFolder)
    .write()
  try writeJSON(document, to: folder + "/explanation.json")
  return document
}

private func sheet(
  _ explanation: ClassExplanation, _ view: MelView, of window: ExplainedWindow
) -> ExplanationSheet {
  let (map, model, spec) = (window.map, window.model, window.map.spec)
  let isMFCC = spec.kind == .mfcc
  var remarks: [String] = []
  if let baseline = explanation.baseline { remarks.append("baseline: \(baseline.rawValue)") }
  if map.isMostlyPadding {
    remarks.append(
      PaddedWindow.words(
        heardSeconds: map.spec.seconds - map.paddedSeconds, windowSeconds: map.spec.seconds))
  } else if map.paddedSeconds > 0 {
    remarks.append("\(seconds(map.paddedSeconds)) s of silence added")
  }
  if !view.isExact {
    let kept = spec.coefficientCount ?? spec.binCount
    remarks.append("the mel axis shows the smooth part that \(kept) coefficients keep")
  }
  var sheet = ExplanationSheet(
    trackName: window.trackName, labels: model.labels, probabilities: window.probabilities,
    predicted: explanation.predictedLabel, trueLabel: window.request.trueClass,
    startSeconds: map.startSeconds, secondsPerFrame: window.secondsPerFrame, feature: MapGrid(window.input),
    featureAxis: MapAxes(of: model).bins, featureLabel: "standard deviations from the mean",
    explanation: ExplanationMap(explanation),
    mel: isMFCC ? (MapGrid(map.melDecibels), view.bandCentersHz) : nil,
    melExplanation: isMFCC ? ExplanationMap(view, of: explanation) : nil,
    remark: remarks.joined(separator: ", "))
  let shares = view.bandProfile.shares
  sheet.frequencyShares = [
    ("below 250 Hz", shares.low), ("250 to 2 000 Hz", shares.middle), ("above 2 000 Hz", shares.high),
  ]
  return sheet
}

private func seconds(_ value: Double) -> String {
  value.formatted(.number.precision(.fractionLength(1)))
}

private func writeFiles(
  _ explanation: ClassExplanation, _ view: MelView, of window: ExplainedWindow, _ sheet: ExplanationSheet,
  to folder: String
) throws -> ExplanationDocument.Files {
  let names = window.request.writesVectors ? ["explanation.svg", "explanation.pdf"] : []
  try NumpyFile.write(explanation.signedMap, to: folder + "/map.npy")
  try NumpyFile.write(explanation.upsampledMap, to: folder + "/upsampled.npy")
  try NumpyFile.write(view.signedMap, to: folder + "/mel.npy")
  let bands = zip(view.bandCentersHz, view.bandProfile.perBand).enumerated()
  try CSVTable.write(
    header: ["band", "centre_hz", "share"], rows: bands.map { ["\($0)", "\($1.0)", "\($1.1)"] },
    to: folder + "/bands.csv")
  let frames = view.timeProfile.perFrame.enumerated().map { frame, share in
    ["\(frame)", "\(window.map.startSeconds + Double(frame) * window.secondsPerFrame)", "\(share)"]
  }
  try CSVTable.write(header: ["frame", "seconds", "share"], rows: frames, to: folder + "/times.csv")
  for name in ["explanation.png"] + names { try sheet.write(to: folder + "/" + name) }
  return ExplanationDocument.Files(
    map: "map.npy", upsampled: "upsampled.npy", mel: "mel.npy", bands: "bands.csv", times: "times.csv",
    page: "explanation.html",
    picture: "explanation.png", vectorPictures: names)
}
