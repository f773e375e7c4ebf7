import Analysis
import Explanation
import Features
import Foundation
import Models
import Report
import Tensors

/// Draws what a card shows of a track: its maps and the evidence over them.
struct StudyPictures {
  private let model: GenreModel
  /// The way to the mel axis; nil where the features are of unknown origin.
  let projection: MelProjection?
  /// PNG files by key.
  private(set) var pictures: [String: [UInt8]] = [:]

  init(model: GenreModel) {
    self.model = model
    projection = model.featureSpec.map { MelProjection(spec: $0, normalization: model.normalization) }
  }

  private var spec: FeatureSpec? { model.featureSpec }
  private var isMFCC: Bool { spec?.kind == .mfcc }
  /// Of the mel axis.
  private var unit: String { spec?.logarithm.unit ?? "" }

  /// The network's input.
  ///
  /// - Parameters:
  ///   - map: not standardised, `[F, T]`.
  ///   - key: begins the names of the pictures.
  mutating func featureStrip(
    _ map: Tensor, _ input: Tensor, key: String
  ) throws -> TrackStudy.Strip {
    let axes = MapAxes(of: model)
    // MFCC rows differ by orders of magnitude: standardised they can be seen. Mel rows are dB already.
    let showsDecibels = spec != nil && !isMFCC
    let grid = MapGrid(showsDecibels ? map : input)
    let scale = ColorScale(showsDecibels ? .extremes : .central(0.96), for: [grid])
    let name = isMFCC ? "MFCC" : spec == nil ? "Features" : "Mel spectrogram"
    pictures["\(key)-feature"] = try MapRaster(grid, scale: scale).png()
    return TrackStudy.Strip(
      name: name, picture: .init(key: "\(key)-feature", caption: "\(name) of the track"),
      rowLabel: axes.bins.label, ticks: axes.bins.ticks(over: grid.binCount),
      scale: scale.words(unit: showsDecibels ? unit : model.inputUnit))
  }

  /// The mel spectrogram, where the input is none itself and can be taken back to one.
  mutating func melStrip(_ map: Tensor, key: String) throws -> TrackStudy.Strip? {
    guard let spec, isMFCC else { return nil }
    let decibels = FeatureMap(values: map, spec: spec).melDecibels
    let grid = MapGrid(decibels)
    let scale = ColorScale(.extremes, for: [grid])
    let isSmooth = projection?.isInvertible == false
    let name = isSmooth ? "Mel spectrogram (smooth part)" : "Mel spectrogram"
    let axis = FigureAxis.mel(centersHz: MelFilterBank(spec).centerHz)
    pictures["\(key)-mel"] = try MapRaster(grid, scale: scale).png()
    return TrackStudy.Strip(
      name: name, picture: .init(key: "\(key)-mel", caption: "\(name) of the track"),
      rowLabel: axis.label, ticks: axis.ticks(over: grid.binCount), scale: scale.words(unit: unit))
  }

  /// The evidence of one explanation as overlays.
  ///
  /// - Parameters:
  ///   - scale: shared by maps whose colours are to compare; nil is the map's own.
  ///   - bands: where in frequency the parts of the score come from; nil where it is not known.
  ///   - layer: the layer's name and number, where maps of several are shown.
  mutating func evidence(
    _ explanation: ClassExplanation, _ role: TrackStudy.Evidence.Role, input: Tensor, scale: ColorScale?,
    bands: BandProfile?, key: String, layer: (name: String, number: Int)? = nil
  ) throws -> TrackStudy.Evidence {
    let isContrast = role == .contrast
    let grid = MapGrid(isContrast ? explanation.signedMap.asMap : explanation.positiveMap)
    let overlay =
      isContrast
      ? MapOverlay(grid: grid, colorMap: .blueWhiteRed, rule: .symmetric) : MapOverlay(grid: grid)
    let name = "\(key)-\(role.rawValue)" + (layer.map { "-\($0.number)" } ?? "")
    pictures[name] = try MapRaster(overlay, scale: isContrast ? nil : scale).png()
    var evidence = TrackStudy.Evidence(
      role: role, className: explanation.question, probability: Double(explanation.probability),
      overlay: .init(key: name, caption: "Evidence for \(explanation.question)"),
      melOverlay: role == .predicted ? try melOverlay(explanation, input, name: name) : nil,
      isSigned: isContrast,
      peak: grid.finiteRange.map { Double(max(abs($0.lowerBound), $0.upperBound)) } ?? 0,
      flags: explanation.flagNames, shares: TrackStudy.Shares(bands),
      bands: (bands?.perBand ?? []).map(\.millionths),
      times: Self.shares(TimeProfile(map: explanation.positiveMap.asMap).perFrame).map(\.millionths))
    evidence.layer = layer?.name
    return evidence
  }

  /// Stretches of a curve at most: neighbours of longer ones are one.
  private static let curveLimit = 1200

  private static func shares(_ perFrame: [Double]) -> [Double] {
    let step = (perFrame.count + curveLimit - 1) / curveLimit
    guard step > 1 else { return perFrame }
    return stride(from: 0, to: perFrame.count, by: step).map { start in
      perFrame[start..<min(start + step, perFrame.count)].reduce(0, +)
    }
  }

  /// The evidence of all windows over a whole track, drawn as it is: the page lays nothing under it.
  mutating func wholeEvidence(_ evidence: TrackEvidence, of question: String, key: String) throws
    -> TrackStudy.Strip
  {
    let (grid, axes) = (MapGrid(evidence.overTime(columnCount: 1200)), MapAxes(of: model))
    let scale = ColorScale(.fromZero, for: [grid])
    pictures[key] = try MapRaster(MapOverlay(grid: grid), scale: scale, columnLimit: 1200).png()
    return TrackStudy.Strip(
      name: "Evidence for \(question)",
      picture: .init(key: key, caption: "Evidence for \(question) over the whole track"),
      rowLabel: axes.bins.label, ticks: axes.bins.ticks(over: grid.binCount),
      scale: "0 to \(String(format: "%.3g", scale.high))")
  }

  /// Where there is a mel strip: what the evidence keeps of the sound.
  private mutating func melOverlay(
    _ explanation: ClassExplanation, _ input: Tensor, name: String
  ) throws -> AnalysisResult.Picture? {
    guard isMFCC, let view = projection?.view(of: explanation, input: input) else { return nil }
    pictures["\(name)-mel"] = try MapRaster(
      MapOverlay(grid: MapGrid(view.evidence)), columnLimit: 216
    ).png()
    return .init(
      key: "\(name)-mel", caption: "What the evidence for \(explanation.question) keeps of the sound")
  }
}

extension Double {
  /// Rounded to six decimals: hundreds of tracks make a large file of digits that nobody reads.
  fileprivate var millionths: Double { (self * 1e6).rounded() / 1e6 }
}

extension Tensor {
  /// `[F, T]` of a map that may have a leading axis of one channel.
  fileprivate var asMap: Tensor {
    shape.rank == 3 && shape[0] == 1 ? reshaped([shape[1], shape[2]]) : self
  }
}
