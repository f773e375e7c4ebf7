import Analysis
import Explanation
import Features
import Files
import Foundation
import Models
import Report
import Tensors

/// Writes what an explanation of one window is made of: maps, profiles and the picture.
struct ExplanationFiles {
  private let explanation: ClassExplanation
  private let view: MelView
  private let window: ExplainedWindow
  private let folder: String

  init(_ explanation: ClassExplanation, _ view: MelView, of window: ExplainedWindow, folder: String) {
    (self.explanation, self.view, self.window, self.folder) = (explanation, view, window, folder)
  }

  /// Writes `map.npy`, `upsampled.npy`, `mel.npy`, `bands.csv`, `times.csv` and `explanation.png`, which exist nowhere before. Throws for
  /// a folder that cannot be written.
  func write() throws -> ExplanationDocument.Files {
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
      page: "explanation.html", picture: "explanation.png", vectorPictures: names)
  }

  private var sheet: ExplanationSheet {
    let (map, model, spec) = (window.map, window.model, window.map.spec)
    let isMFCC = spec.kind == .mfcc
    var remarks: [String] = []
    if let baseline = explanation.settings["baseline"] { remarks.append("baseline: \(baseline.text)") }
    if map.isMostlyPadding {
      remarks.append(
        PaddedWindow.words(
          heardSeconds: map.spec.seconds - map.paddedSeconds, windowSeconds: map.spec.seconds))
    } else if map.paddedSeconds > 0 {
      remarks.append("\(Self.seconds(map.paddedSeconds)) s of silence added")
    }
    if !view.isExact {
      let kept = spec.coefficientCount ?? spec.binCount
      remarks.append("the mel axis shows the smooth part that \(kept) coefficients keep")
    }
    var sheet = ExplanationSheet(
      trackName: window.trackName, labels: model.labels, probabilities: window.probabilities,
      predicted: explanation.predictedLabel, trueLabel: window.request.trueClass,
      startSeconds: map.startSeconds, secondsPerFrame: window.secondsPerFrame, feature: MapGrid(window.input),
      featureAxis: MapAxes(of: model).bins, featureLabel: model.inputUnit,
      explanation: ExplanationMap(explanation),
      mel: isMFCC ? (MapGrid(map.melDecibels), view.bandCentersHz) : nil,
      melExplanation: isMFCC ? ExplanationMap(view, of: explanation, unit: spec.logarithm.unit) : nil,
      remark: remarks.joined(separator: ", "))
    sheet.melUnit = spec.logarithm.unit
    let shares = view.bandProfile.shares
    sheet.frequencyShares = [
      ("below 250 Hz", shares.low), ("250 to 2 000 Hz", shares.middle), ("above 2 000 Hz", shares.high),
    ]
    return sheet
  }

  private static func seconds(_ value: Double) -> String { value.decimalText(1) }
}
