import Analysis
import Models
import Report

/// Draws what the page shows of attacks on feature maps.
struct AttackDrawing {
  private let axes: MapAxes
  private let unit: String
  /// PNG files by key.
  private(set) var pictures: [String: [UInt8]] = [:]

  init(_ model: GenreModel) { (axes, unit) = (MapAxes(of: model), model.inputUnit) }

  mutating func study(_ example: AttackExample, number: Int) throws -> AttackStudy {
    let key = "attack-\(number)"
    let scale = ColorScale(.central(0.96), for: [example.before])
    let change = ColorScale(.symmetric, for: [example.perturbation])
    let maps = [example.explanationBefore, example.explanationAfter]
    let evidence = ColorScale(.fromZero, for: maps.map(\.grid))
    func add(_ name: String, _ caption: String, _ raster: MapRaster) throws -> AnalysisResult.Picture {
      pictures["\(key)-\(name)"] = try raster.png()
      return AnalysisResult.Picture(key: "\(key)-\(name)", caption: caption)
    }
    func strip(_ name: String, _ picture: AnalysisResult.Picture, _ scale: String) -> TrackStudy.Strip {
      TrackStudy.Strip(
        name: name, picture: picture, rowLabel: axes.bins.label,
        ticks: axes.bins.ticks(over: example.before.binCount), scale: scale)
    }
    func overlay(_ name: String, _ map: ExplanationMap) throws -> AnalysisResult.Picture {
      try add(
        name, "Evidence for \(map.className)", MapRaster(MapOverlay(grid: map.grid), scale: evidence))
    }
    return AttackStudy(
      example,
      before: strip(
        "Before", try add("before", "Features before the attack", MapRaster(example.before, scale: scale)),
        scale.words(unit: unit)),
      after: try add("after", "Features after the attack", MapRaster(example.after, scale: scale)),
      perturbation: strip(
        "Added",
        try add(
          "added", "What the attack added",
          MapRaster(example.perturbation, colorMap: .blueWhiteRed, scale: change)),
        change.words(unit: "standard deviations")),
      evidenceBefore: try overlay("evidence-before", example.explanationBefore),
      evidenceAfter: try overlay("evidence-after", example.explanationAfter))
  }
}
