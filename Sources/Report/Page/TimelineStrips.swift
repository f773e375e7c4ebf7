import Analysis
import Files
import Foundation

/// The model over the time of a whole track, for a page: waveform, probabilities, segments and time on one axis.
struct TimelineStrips {
  let explanation: TrackExplanation
  /// Whether a player moves over it.
  let hasPlayer: Bool
  let pictures: PagePictures
  private static let width = 10_000.0

  private var timeline: Timeline { explanation.timeline }
  private var end: Double { max(explanation.seconds, .leastNormalMagnitude) }
  /// The classes that have a colour of their own.
  private var shown: [Int] { TimelineFigure.shownClasses(of: timeline) }

  var html: HTML {
    var parts: [HTML] = []
    if !explanation.waveform.isEmpty {
      parts.append(TrackCard.waveform(explanation.waveform, of: explanation.name))
    }
    // One pass says nothing of how its verdict changes over time.
    parts += explanation.isWhole ? [timeAxis] : [probabilities, segments, evidence, timeAxis]
    if hasPlayer { parts.append(TrackCard.seekLayer(name: explanation.name, seconds: explanation.seconds)) }
    return .element("div", ["class": "strips whole"], parts)
  }

  private func color(_ index: Int) -> String {
    let place = shown.firstIndex(of: index)
    return place.map { TimelineFigure.colors[$0].css } ?? TimelineFigure.rest.css
  }

  /// Areas that fill the height, or a line for each tag; the explained window is framed.
  private var probabilities: HTML {
    let cells = timeline.cells
    let order = shown + timeline.labels.indices.filter { !shown.contains($0) }
    let x = { (seconds: Double) in Int((Self.width * seconds / end).rounded()) }
    let areas =
      !timeline.sumsToOne
      ? lines(x)
      : order.enumerated().map { place, index in
        let path = cells.map { cell in
          let below = order[..<place].reduce(0) { $0 + cell.probabilities[$1] }
          let bottom = 1000 - Int((1000 * min(below, 1)).rounded())
          let top = 1000 - Int((1000 * min(below + cell.probabilities[index], 1)).rounded())
          let (left, right) = (x(cell.startSeconds), x(cell.endSeconds))
          return top < bottom ? "M\(left) \(bottom)V\(top)H\(right)V\(bottom)Z" : ""
        }.joined()
        return HTML.element("path", ["d": path, "style": "fill:\(color(index))"])
      }
    let window = explanation.explainedSeconds
    let frame = HTML.element(
      "div",
      [
        "class": "explained",
        "style": String(
          format: "left:%.3f%%;width:%.3f%%", 100 * window.lowerBound / end,
          100 * (window.upperBound - window.lowerBound) / end),
      ])
    let drawing = HTML.element(
      "svg",
      [
        "viewBox": "0 0 \(Int(Self.width)) 1000", "preserveAspectRatio": "none", "aria-hidden": "true",
        "shape-rendering": "crispEdges",
      ], areas)
    let percent = [0, 0.5, 1].map { TrackStudy.Tick(position: $0, label: "\(Int(100 * $0))\u{A0}%") }
    return .element(
      "div", ["class": "strip"],
      [
        .element(
          "div", ["class": "caption"],
          [.element("b", [:], "Probability over time")] + keys
            + [
              .element(
                "span", ["class": "key"],
                [.element("i", ["class": "framed", "aria-hidden": "true"], ""), .text("explained window")])
            ]),
        Plot.rowMarks(percent, height: 130),
        .element(
          "div",
          [
            "class": "plot", "role": "img", "style": "--height:130px",
            "aria-label":
              "Probability of each \(explanation.words.one) over the time of \(explanation.name). \(explanation.elsewhere ?? "")",
          ], [drawing, frame]),
      ])
  }

  /// Tags are independent of each other: nothing is to be stacked.
  private func lines(_ x: (Double) -> Int) -> [HTML] {
    shown.reversed().map { index in
      let path = timeline.cells.enumerated().map { place, cell in
        let level = 1000 - Int((1000 * min(max(cell.probabilities[index], 0), 1)).rounded())
        return "\(place == 0 ? "M" : "L")\(x(cell.startSeconds)) \(level)H\(x(cell.endSeconds))"
      }.joined()
      return HTML.element(
        "path",
        [
          "d": path, "vector-effect": "non-scaling-stroke",
          "style": "fill:none;stroke:\(color(index));stroke-width:2",
        ])
    }
  }

  private var keys: [HTML] {
    let rest = timeline.sumsToOne ? timeline.labels.count - shown.count : 0
    let named =
      shown.map { (timeline.labels[$0], color($0)) }
      + (rest > 0 ? [(TimelineFigure.othersWords(rest), TimelineFigure.rest.css)] : [])
    return named.map { name, color in
      .element(
        "span", ["class": "key"],
        [
          .element("i", ["class": "swatch", "aria-hidden": "true", "style": "background:\(color)"], ""),
          .element("bdi", [:], name),
        ])
    }
  }

  private var segments: HTML {
    let bands = explanation.segments.map { segment in
      let index = timeline.labels.firstIndex(of: segment.label) ?? 0
      let isDark = shown.firstIndex(of: index).map { TimelineFigure.colors[$0].luminance <= 0.35 } ?? false
      return HTML.element(
        "li",
        [
          "style": String(
            format: "left:%.3f%%;width:%.3f%%;background:%@;color:%@", 100 * segment.startSeconds / end,
            100 * segment.seconds / end, color(index), isDark ? "#fff" : "#000"),
          "title":
            "\(segment.label), \(TrackExplanation.clock(segment.startSeconds)) to \(TrackExplanation.clock(segment.endSeconds))",
        ], [.element("bdi", [:], segment.label)])
    }
    return .element(
      "div", ["class": "strip"],
      [
        .element("div", ["class": "caption"], [.element("b", [:], "Segments")]),
        .element("ol", ["class": "segments"], bands),
      ])
  }

  /// The evidence of all windows, where each was explained.
  private var evidence: HTML {
    guard let whole = explanation.evidence else { return .empty }
    let strip = whole.strip
    return .element(
      "div", ["class": "strip map"],
      [
        .element(
          "div", ["class": "caption"],
          [
            .element("b", [:], [.element("bdi", [:], strip.name)]), .text(" rows: \(strip.rowLabel)"),
            ReportPage.key("ember", strip.scale),
          ]),
        Plot.rowMarks(strip.ticks, height: 112),
        .element(
          "div",
          ["class": "plot", "role": "img", "aria-label": strip.picture.caption, "style": "--height:112px"],
          [
            .element(
              "div",
              [
                "class": "over",
                "style": String(
                  format: "right:auto;left:%.3f%%;width:%.3f%%;background-image:%@",
                  100 * whole.startSeconds / end, 100 * whole.seconds / end,
                  pictures.background(strip.picture)),
              ])
          ]),
      ])
  }

  private var timeAxis: HTML {
    let ticks = TimelineFigure.timeTicks(upTo: end).map {
      TrackStudy.Tick(position: $0.position / end, label: $0.label)
    }
    return .element(
      "div", ["class": "time"],
      [
        Plot.columnMarks(ticks),
        .element("p", ["class": "time-label"], end < 60 ? "time in the track (s)" : "time in the track"),
      ])
  }
}

extension Color {
  /// As a style sheet has it.
  var css: String {
    let byte = { (value: Double) in Int((min(max(value, 0), 1) * 255).rounded()) }
    return String(format: "#%02x%02x%02x", byte(red), byte(green), byte(blue))
  }
}
