public import Analysis
public import Files
import Foundation

/// One explained window on one sheet: the features, the explanation over them, the same on the mel axis, and the class
/// probabilities.
public struct ExplanationSheet: Figure {
  /// Shown as the title.
  public var trackName: String
  /// The model's labels and their probabilities for this window or track.
  public var labels: [String]
  public var probabilities: [Double]
  public var predicted: String
  /// Nil when it is not known.
  public var trueLabel: String?
  /// Where the window starts in the track, and the distance between its frames.
  public var startSeconds: Double
  public var secondsPerFrame: Double
  /// The feature map `[F, T]`, the meaning of its rows, and its unit.
  public var feature: MapGrid
  public var featureAxis: FigureAxis
  public var featureLabel: String
  /// The explanation at the feature map's resolution.
  public var explanation: ExplanationMap
  /// The mel map in dB, `[M, T]`, with the centre of each row in Hz; nil omits the panel.
  public var mel: (grid: MapGrid, centersHz: [Double])?
  /// What ``mel`` is in.
  public var melUnit = "dB"
  /// The explanation on the mel axis, with its signs; needs `mel`.
  public var melExplanation: ExplanationMap?
  /// Shares of the evidence in frequency ranges, lowest first, each with its name; an empty list omits the panel.
  public var frequencyShares: [(name: String, share: Double)] = []
  /// Additional text for the line under the title.
  public var remark: String

  /// Traps unless there is one probability for each label.
  public init(
    trackName: String, labels: [String], probabilities: [Double], predicted: String, trueLabel: String? = nil,
    startSeconds: Double = 0, secondsPerFrame: Double, feature: MapGrid, featureAxis: FigureAxis,
    featureLabel: String, explanation: ExplanationMap, mel: (grid: MapGrid, centersHz: [Double])? = nil,
    melExplanation: ExplanationMap? = nil, remark: String = ""
  ) {
    demand(
      labels.count == probabilities.count, "\(probabilities.count) probabilities for \(labels.count) labels")
    self.trackName = trackName
    self.labels = labels
    self.probabilities = probabilities
    self.predicted = predicted
    self.trueLabel = trueLabel
    self.startSeconds = startSeconds
    self.secondsPerFrame = secondsPerFrame
    self.feature = feature
    self.featureAxis = featureAxis
    self.featureLabel = featureLabel
    self.explanation = explanation
    self.mel = mel
    self.melExplanation = melExplanation
    self.remark = remark
  }

  /// Determined by the panels.
  public var size: FigureSize { page.size }

  public func draw(on canvas: borrowing Canvas, in rect: FigureRect) throws(CodedError) {
    try page.draw(on: canvas, in: rect)
  }

  /// The sheet as a page of figures, for customising.
  public var page: FigurePage {
    let time = FigureAxis.seconds(
      frameCount: feature.frameCount, secondsPerFrame: secondsPerFrame, start: startSeconds)
    let words = "\(explanation.method) for \(explanation.className) at \(explanation.layer)"
    var top: [any Figure] = [
      MapFigure(
        grid: feature, xAxis: time, yAxis: featureAxis, title: "Features", rule: .central(0.85),
        scaleLabel: featureLabel)
    ]
    var bottom: [any Figure] = [
      MapFigure.explanation(
        explanation, over: feature, xAxis: time, yAxis: featureAxis,
        title: words.count <= 44 ? "Explanation: \(words)" : words)
    ]
    if let mel {
      let axis = FigureAxis.mel(centersHz: mel.centersHz)
      let melTime = time.resampled(from: feature.frameCount, to: mel.grid.frameCount)
      top.append(
        MapFigure(
          grid: mel.grid, xAxis: melTime, yAxis: axis, title: "Mel spectrogram", colorMap: .magma,
          scaleLabel: "level (\(melUnit))"))
      if let melExplanation {
        bottom.append(
          MapFigure.explanation(
            melExplanation,
            xAxis: time.resampled(from: feature.frameCount, to: melExplanation.grid.frameCount),
            yAxis: axis, title: "The same on the mel axis"))
      }
    }
    let bars = ProbabilityFigure(
      title: self.words == .tags ? "Tag probabilities" : "Class probabilities", labels: labels,
      probabilities: probabilities, predicted: predicted, trueLabel: trueLabel)
    let shares = ProbabilityFigure(
      title: "Evidence by frequency, shares", labels: frequencyShares.map(\.name),
      probabilities: frequencyShares.map(\.share), predicted: "")
    return FigurePage(
      title: trackName, subtitle: subtitle,
      rows: [top, bottom, frequencyShares.isEmpty ? [bars] : [bars, shares]])
  }

  private var words: LabelWords { LabelWords(probabilities: probabilities) }

  private var subtitle: String {
    let index = labels.firstIndex(of: predicted)
    let probability = index.map { String(format: " (%.3f)", probabilities[$0]) } ?? ""
    let end = startSeconds + Double(feature.frameCount - 1) * secondsPerFrame
    let window = String(format: "%.1f to %.1f s", startSeconds, end)
    return [
      trueLabel.map { "true: \($0)" },
      "\(words == .tags ? "strongest tag" : "predicted"): \(predicted)\(probability)", window,
      remark.isEmpty ? nil : remark,
    ].compactMap(\.self).joined(separator: " · ")
  }
}
