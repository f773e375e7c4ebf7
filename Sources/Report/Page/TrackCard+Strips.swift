import Analysis
import Foundation

extension TrackCard {
  /// Everything over time, stacked over one axis: sound, maps, and evidence.
  func strips(_ study: TrackStudy) -> HTML {
    var style = "--feature:\(media.pictures.background(study.feature.picture))"
    if let mel = study.mel { style += ";--mel:\(media.pictures.background(mel.picture))" }
    var parts: [HTML] = []
    if !study.waveform.isEmpty { parts.append(Self.waveform(study.waveform, of: study.prediction.name)) }
    if let mel = study.mel {
      parts.append(base(mel, source: "mel"))
      if let evidence = study.evidence(.predicted), let over = evidence.melOverlay {
        parts.append(overlay(evidence, over, on: mel, source: "mel", study))
      }
    }
    parts.append(base(study.feature, source: "feature"))
    parts += study.evidence.map { overlay($0, $0.overlay, on: study.feature, source: "feature", study) }
    parts.append(curves(study))
    parts.append(timeAxis(study.window))
    if study.sounds != nil {
      parts.append(Self.seekLayer(name: study.prediction.name, seconds: study.window.seconds ?? 0))
    }
    return .element("div", ["class": "strips", "style": style], parts)
  }

  /// Takes clicks and keys over all strips at once and shows where the sound is. The script brings it to life.
  static func seekLayer(name: String, seconds: Double) -> HTML {
    .element(
      "div",
      [
        "class": "seek", "role": "slider", "tabindex": "0", "aria-label": "Place in \(name)",
        "aria-valuemin": "0", "aria-valuemax": ReportPage.figure(seconds, decimals: 1),
        "aria-valuenow": "0",
      ], [.element("div", ["class": "head"])])
  }

  private static func strip(_ style: String, _ caption: [HTML], _ content: [HTML]) -> HTML {
    .element(
      "div", ["class": "strip \(style)"], [.element("div", ["class": "caption"], caption)] + content)
  }

  /// The sound's extent in each column, full scale 1.
  static func waveform(_ envelope: [Float], of name: String) -> HTML {
    let count = envelope.count / 2
    let peak = envelope.map { abs(Double($0)) }.filter(\.isFinite).max() ?? 1
    // Quiet tracks are magnified, and the marks say how much.
    let extent = [0.02, 0.05, 0.1, 0.2, 0.5].first { peak <= $0 } ?? 1.0
    let ends = extent == 1 ? "1" : String(extent)
    let level = { (index: Int) in
      Int((min(max(Double(envelope[index]) / extent, -1), 1) * 100).rounded())
    }
    var path = ""
    for column in 0..<count {
      let (low, high) = (level(2 * column), level(2 * column + 1))
      // Silence keeps a hair's breadth.
      path += "M\(column) \(100 - high)v\(max(high - low, 1))"
    }
    let drawing = HTML.element(
      "svg",
      ["viewBox": "-0.5 0 \(max(count, 1)) 200", "preserveAspectRatio": "none", "aria-hidden": "true"],
      [.element("path", ["class": "wave", "d": path])])
    return strip(
      "wave-strip", [.element("b", [:], "Waveform"), .text(" full scale is 1")],
      [
        Plot.rowMarks(
          [
            .init(position: 0, label: "−\(ends)"), .init(position: 0.5, label: "0"),
            .init(position: 1, label: ends),
          ],
          height: 56),
        .element(
          "div", ["class": "plot", "role": "img", "aria-label": "Waveform of \(name)"],
          [drawing]),
      ])
  }

  /// A map in its colours.
  private func base(_ strip: TrackStudy.Strip, source: StaticString) -> HTML {
    Self.strip(
      "map",
      [
        .element("b", [:], strip.name), .text(" rows: \(strip.rowLabel)"),
        ReportPage.key("viridis", strip.scale),
      ],
      [
        Plot.rowMarks(strip.ticks, height: 112),
        .element(
          "div",
          ["class": "plot", "role": "img", "aria-label": strip.picture.caption, "style": "--height:112px"],
          [.element("div", ["class": "base \(source)\(grain(strip))"])]),
      ])
  }

  /// Evidence in colours over the map in grey.
  private func overlay(
    _ evidence: TrackStudy.Evidence, _ picture: AnalysisResult.Picture, on strip: TrackStudy.Strip,
    source: StaticString, _ study: TrackStudy
  ) -> HTML {
    let isEmpty = evidence.flags.contains("no-positive-evidence")
    // The maps of both classes share one scale; what the mel map keeps of the sound is measured in another unit.
    let hasOwnScale = evidence.isSigned || evidence.layer != nil
    let peak = ReportPage.short(
      hasOwnScale ? evidence.peak : study.evidence.filter { !$0.isSigned }.map(\.peak).max() ?? 0)
    let scale =
      evidence.isSigned
      ? "−\(peak) against to \(peak) for" : picture == evidence.melOverlay ? "none to most" : "0 to \(peak)"
    let flags = evidence.flags.map { HTML.element("span", ["class": "flag"], $0.replacing("-", with: " ")) }
    return Self.strip(
      "map",
      [
        .element(
          "b", [:],
          [.text("Evidence for "), .element("bdi", [:], evidence.className)]
            + (evidence.method.map { [.text(" by \($0)")] } ?? [])
            + (evidence.layer.map { [.text(" at "), .element("bdi", [:], $0)] } ?? [])),
        .text(" \(role(evidence, study)) over \(strip.name) in grey"),
        ReportPage.key(evidence.isSigned ? "signed" : "ember", scale),
      ],
      [
        Plot.rowMarks(strip.ticks, height: 92),
        .element(
          "div", ["class": "plot", "role": "img", "aria-label": picture.caption, "style": "--height:92px"],
          [
            .element("div", ["class": "base grey \(source)\(grain(strip))"]),
            .element(
              "div", ["class": "over", "style": "background-image:\(media.pictures.background(picture))"]),
            isEmpty ? .element("div", ["class": "flags"], flags) : .empty,
          ]),
      ])
  }

  private func role(_ evidence: TrackStudy.Evidence, _ study: TrackStudy) -> String {
    let name: String
    switch evidence.role {
    case .predicted: name = knowsTruth && study.prediction.isCorrect ? "its genre" : "heard as"
    case .truth: name = "true"
    case .contrast: return "(contrast)"
    }
    let share = ReportPage.percent(evidence.probability)
    guard knowsTruth else { return "(\(share) in this \(stretchName))" }
    // A track of several windows is judged by all of them, and explained in one.
    let label = evidence.role == .truth ? study.prediction.label : study.prediction.predicted
    let whole = probability(of: label, in: study.prediction)
    return "(\(name), \(share)\(whole.isEmpty || whole == share ? "" : " in this window"))"
  }

  /// Few rows keep their edges; many are smoothed.
  private func grain(_ strip: TrackStudy.Strip) -> String {
    (media.pictures.height(strip.picture) ?? 100) <= 40 ? " cells" : ""
  }

  /// Evidence for the two classes by time, as shares of the whole.
  private func curves(_ study: TrackStudy) -> HTML {
    // Of several layers or methods the first one's.
    let main = study.evidence.first
    let shown = study.evidence.filter {
      $0.role != .contrast && !$0.times.isEmpty && $0.layer == main?.layer && $0.method == main?.method
    }
    guard let first = shown.first else { return .empty }
    let top = shown.flatMap(\.times).filter(\.isFinite).max() ?? 0
    let plot = Plot(
      curves: shown.map { evidence in
        Plot.Curve(
          points: Self.curve(evidence.times, top: top),
          style: evidence.role == .truth ? "truth" : "heard", isFilled: evidence.role == .predicted)
      }, rows: Plot.percentTicks(upTo: top, count: 2),
      label: "Evidence over time for " + shown.map(\.className).joined(separator: " and "), height: 76)
    let names = shown.map { evidence in
      HTML.element(
        "span", ["class": "key"],
        [
          .element(
            "i", ["class": "sample \(evidence.role == .truth ? "truth" : "heard")", "aria-hidden": "true"], ""
          ),
          .element("bdi", [:], evidence.className),
        ])
    }
    let step =
      study.window.seconds.map { " in each \(ReportPage.short($0 / Double(first.times.count)))\u{A0}s" } ?? ""
    return Self.strip(
      "curve", [.element("b", [:], "Evidence over time"), .text(" share\(step)")] + names, [plot.html])
  }

  private func timeAxis(_ window: TrackStudy.Window) -> HTML {
    guard let seconds = window.seconds, seconds > 0 else {
      return .element("p", ["class": "time-label"], "\(window.frameCount) frames of unknown length")
    }
    let scale = TickScale(low: window.startSeconds, high: window.startSeconds + seconds, count: 6)
    let ticks = scale.ticks.map {
      TrackStudy.Tick(position: ($0.position - window.startSeconds) / seconds, label: $0.label)
    }
    return .element(
      "div", ["class": "time"],
      [
        Plot.columnMarks(ticks),
        .element("p", ["class": "time-label"], "time in the track (s)\(scale.factor.map { " \($0)" } ?? "")"),
      ])
  }
}
