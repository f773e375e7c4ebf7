public import Analysis

/// The pictures of a comparison without a hand-picked threshold: one column per layer.
public struct SweepPlates: Sendable {
  private let sweep: ThresholdSweep
  private let layers: [String]
  private typealias Subject = ExplanationBenchmark.Subject

  public init(_ benchmark: ExplanationBenchmark, _ sweep: ThresholdSweep) {
    self.sweep = sweep
    layers = benchmark.layers
  }

  /// Average Drop over the thresholds and over the kept share; nil without a sweep.
  public var thresholds: PanelPlate? {
    guard !sweep.curves.isEmpty else { return nil }
    let highest = sweep.curves.filter { layers.contains($0.subject.layer) }.flatMap(\.drops).max() ?? 0
    let top = min(100, max(10, (highest / 10).rounded(.up) * 10))
    let levels = sweep.levels.map(Double.init)
    let byLevel = panels("threshold") { subject, layer in
      sweep.curves.first { $0.subject == subject }.map { (x: levels, y: $0.drops) }
    } figure: { curves, layer, isLast in
      CurvesFigure(
        title: layer, xLabel: "threshold (heat 0 to 255)", yLabel: "Average Drop (%)", curves: curves,
        top: top, showsLegend: isLast)
    }
    let byShare = panels("kept") { subject, layer in
      sweep.curves.first { $0.subject == subject }.map { curve in
        // What is kept falls as the threshold rises.
        (x: Array(curve.kept.reversed()), y: Array(curve.drops.reversed()))
      }
    } figure: { curves, layer, isLast in
      CurvesFigure(
        title: layer, xLabel: "kept share of the input (%)", yLabel: "Average Drop (%)", curves: curves,
        top: top, showsLegend: isLast)
    }
    return PanelPlate(
      name: "thresholds", title: "Average Drop without a hand-picked threshold",
      subtitle:
        "above: by threshold; below: by the share of the input that is kept; lower is better; dashed: controls (shuffled: the map's own values in random places)",
      caption:
        "Average Drop of Grad-CAM and Grad-CAM++ at every threshold, and by the share of the input that the mask keeps, at each convolution. Dashed are the controls: each map's own values in random places (shuffled), a random map, and the energy of the input.",
      rows: [byLevel, byShare])
  }

  /// Insertion and deletion; nil if they were not measured.
  public var curves: PanelPlate? {
    guard !sweep.courses.isEmpty else { return nil }
    let rows = ["insertion", "deletion"].map { name in
      panels(name) { subject, _ in
        sweep.courses.first { $0.subject == subject }.map { course in
          (x: course.shares.map { 100 * $0 }, y: name == "insertion" ? course.insertion : course.deletion)
        }
      } figure: { curves, layer, isLast in
        CurvesFigure(
          title: layer, xLabel: name == "insertion" ? "inserted (%)" : "deleted (%)",
          yLabel: "probability", curves: curves, top: 1, showsLegend: isLast)
      }
    }
    return PanelPlate(
      name: "insertion-deletion", title: "Insertion and deletion",
      subtitle:
        "probability of the explained class while cells are inserted (above, high is good) or deleted (below, low is good) in the map's order; dashed: controls",
      caption:
        "Mean probability of the explained class while the cells of the input are inserted or deleted in the order of the map, at each convolution. Dashed: a random map at the same layer, and the energy of the input.",
      rows: rows)
  }

  /// ROAD; nil if it was not measured.
  public var removals: PanelPlate? {
    guard !sweep.removals.isEmpty else { return nil }
    let rows = ["most-relevant", "least-relevant"].map { name in
      panels(name) { subject, _ in
        sweep.removals.first { $0.subject == subject }.map { removal in
          (
            x: removal.shares.map { 100 * $0 },
            y: name == "most-relevant" ? removal.mostRelevantFirst : removal.leastRelevantFirst
          )
        }
      } figure: { curves, layer, isLast in
        CurvesFigure(
          title: layer, xLabel: "imputed, \(name.prefix { $0 != "-" }) relevant first (%)",
          yLabel: "probability", curves: curves, top: 1, showsLegend: isLast)
      }
    }
    return PanelPlate(
      name: "road", title: "ROAD: cells imputed from their neighbours",
      subtitle:
        "probability of the explained class while the most relevant cells go first (above, low is good) or the least relevant ones (below, high is good); dashed: controls",
      caption:
        "ROAD: mean probability of the explained class while cells are imputed from their neighbours in the order of the map, at each convolution; the score is half the difference of the lower row and the upper one. Dashed: a random map at the same layer, and the energy of the input.",
      rows: rows)
  }

  private func panels(
    _ name: String, values: (Subject, String) -> (x: [Double], y: [Double])?,
    figure: ([CurvesFigure.Curve], String, Bool) -> CurvesFigure
  ) -> [PanelPlate.Panel] {
    layers.enumerated().map { place, layer in
      let curves = Self.subjects(layer).compactMap { entry in
        values(entry.subject, layer).map {
          CurvesFigure.Curve(
            entry.subject.words, x: $0.x, y: $0.y, color: entry.color, isDashed: entry.subject.isControl)
        }
      }
      return PanelPlate.Panel("\(name)-\(place + 1)", figure(curves, layer, place + 1 == layers.count))
    }
  }

  private static func subjects(_ layer: String) -> [(subject: Subject, color: Int)] {
    let (one, other) = (
      Subject(method: "grad-cam", layer: layer), Subject(method: "grad-cam++", layer: layer)
    )
    return [
      (one, 0), (other, 1), (one.shuffled, 0), (other.shuffled, 1),
      (Subject(method: "random-map", layer: layer, isControl: true), 2),
      (Subject(method: "energy-map", layer: "input", isControl: true), 3),
    ]
  }
}
