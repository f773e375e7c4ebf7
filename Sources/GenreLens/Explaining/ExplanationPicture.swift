import Analysis
import Explanation
import Features
import Report
import Tensors
import Training

/// The pictures of one explanation: the input, the evidence over it, and both on the mel axis.
struct ExplanationPicture {
  let model: GenreModel
  /// The standardised input `[F, T]`.
  let input: Tensor
  let explanation: ClassExplanation
  /// Where the window starts in the track, in seconds.
  var startSeconds = 0.0
  /// Heading: the track.
  var title: String
  /// Second line: true and predicted class, probability.
  var subtitle: String

  private var spec: FeatureSpec? { model.featureSpec }

  /// Everything on one sheet.
  func page() -> FigurePage {
    var rows: [[any Figure]] = [[inputFigure(), evidenceFigure()]]
    if let spec, spec.kind == .mfcc { rows.append(melFigures(spec)) }
    return FigurePage(title: title, subtitle: subtitle, rows: rows)
  }

  /// The evidence alone, over the input.
  func evidenceFigure(title: String? = nil, subtitle: String = "") -> MapFigure {
    .explanation(
      explanation.reportMap, over: grid(input), xAxis: timeAxis, yAxis: binAxis,
      title: title ?? "evidence for \(explanation.label)", subtitle: subtitle)
  }

  private func inputFigure() -> MapFigure {
    MapFigure(
      grid: grid(input), xAxis: timeAxis, yAxis: binAxis, title: "input, standardised", colorMap: .viridis,
      rule: .central(0.98), scaleLabel: "standard deviations from the training mean")
  }

  private func melFigures(_ spec: FeatureSpec) -> [any Figure] {
    let projection = MelProjection(spec: spec, normalization: model.normalization)
    let axis = FigureAxis.mel(centersHz: projection.bandCentersHz)
    let view = projection.view(of: explanation, input: input)
    let exactness = view.isExact ? "" : " (smooth part)"
    let sound = MapFigure(
      grid: grid(projection.difference(ofInput: input)), xAxis: timeAxis, yAxis: axis,
      title: "the sound by inverse DCT\(exactness)", colorMap: .blueWhiteRed, rule: .symmetric,
      scaleLabel: "dB from the training mean")
    let (title, unit) =
      switch view.quantity {
      case .decibels: ("what the evidence mask keeps of it\(exactness)", "dB from the training mean")
      case .score: ("its part of the score", "score")
      case .scorePerDecibel: ("change of the score with level", "score per dB")
      }
    let kept = MapFigure(
      grid: grid(view.signedMap), xAxis: timeAxis, yAxis: axis, title: title, colorMap: .blueWhiteRed,
      rule: .symmetric, scaleLabel: unit)
    return [sound, kept]
  }

  private var timeAxis: FigureAxis {
    let frames = input.shape[1]
    guard let spec else { return frameAxis(frames) }
    return .seconds(
      frameCount: frames, secondsPerFrame: Double(spec.hopLength) / Double(spec.sampleRateHz),
      start: startSeconds)
  }

  private func frameAxis(_ count: Int) -> FigureAxis {
    let step = max(1, count / 6)
    return FigureAxis(
      label: "frame",
      ticks: stride(from: 0, to: count, by: step).map { AxisTick(position: Double($0) + 0.5, label: "\($0)") }
    )
  }

  private var binAxis: FigureAxis {
    guard let spec, spec.kind == .melDecibels else { return .quefrency(binCount: input.shape[0]) }
    return .mel(centersHz: MelProjection(spec: spec, normalization: model.normalization).bandCentersHz)
  }

  private func grid(_ tensor: Tensor) -> MapGrid {
    MapGrid(values: tensor.values, binCount: tensor.shape[0], frameCount: tensor.shape[1])
  }
}

extension ClassExplanation {
  /// What a report shows of it: the positive part (or magnitude) at the layer's resolution.
  var reportMap: ExplanationMap {
    let map = positiveMap
    return ExplanationMap(
      grid: MapGrid(values: map.values, binCount: map.shape[0], frameCount: map.shape[1]),
      polarity: .positive,
      method: method.rawValue, layer: layer, className: label, score: Double(score),
      probability: Double(probability), flags: flagNames)
  }
}
