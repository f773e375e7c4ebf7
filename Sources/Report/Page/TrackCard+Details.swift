import Analysis
import Foundation

extension TrackCard {
  /// What has no time axis: the band profile and the nearest training tracks.
  func details(_ study: TrackStudy) -> HTML {
    let parts = [bands(study), neighbors(study)].compactMap(\.self)
    return parts.isEmpty ? .empty : .element("div", ["class": "details"], parts)
  }

  /// This track's evidence by mel band against the mean of correct tracks of both classes.
  private func bands(_ study: TrackStudy) -> HTML? {
    guard let evidence = study.evidence(.predicted), evidence.bands.count > 1,
      evidence.bands.count == bandCentersHz.count
    else { return nil }
    let count = evidence.bands.count
    var means: [(label: String, style: StaticString)] = [(study.prediction.predicted, "heard mean")]
    if !study.prediction.isCorrect { means.append((study.prediction.label, "truth mean")) }
    let typical = means.compactMap { mean in
      meanBands(mean.label, count: count).map { (mean.label, mean.style, $0) }
    }
    let top = (evidence.bands + typical.map(\.2.top)).filter(\.isFinite).max() ?? 0
    let own = Plot.Curve(points: Self.curve(evidence.bands, top: top), style: "heard", isFilled: true)
    let plot = Plot(
      curves: [own]
        + typical.map { _, style, mean in
          Plot.Curve(reference: (mean.id, top > 0 ? mean.top / top : 0), style: style)
        }, rows: Plot.percentTicks(upTo: top, count: 3),
      columns: FigureAxis.mel(centersHz: bandCentersHz).ticks(over: count),
      label: "Evidence for \(evidence.className) by mel band", height: 150)
    var keys = [
      legend("heard", "this \(mapName.isEmpty ? "track" : stretchName)’s evidence for \(evidence.className)")
    ]
    keys += typical.map { legend($0.1, "mean of correct \($0.0) tracks") }
    return .element(
      "section", ["class": "bands"],
      [
        .element("h5", [:], mapName.isEmpty ? "Where in frequency" : "Where in frequency, by \(mapName)"),
        .element("div", ["class": "strip"], [plot.html]),
        .element(
          "p", ["class": "time-label"], "frequency (Hz, mel bands); share of the evidence in each band"),
        .element("ul", ["class": "keys"], keys), shares(evidence),
      ])
  }

  private func legend(_ style: StaticString, _ words: String) -> HTML {
    .element(
      "li", [:],
      [.element("i", ["class": "sample \(style)", "aria-hidden": "true"], ""), .element("bdi", [:], words)])
  }

  private func shares(_ evidence: TrackStudy.Evidence) -> HTML {
    guard let shares = evidence.shares else { return .empty }
    let even = TrackStudy.Shares.even(bandCentersHz: bandCentersHz)
    let words = [
      ("below 250\u{A0}Hz", shares.low, even.low),
      ("250 to 2\u{A0}000\u{A0}Hz", shares.middle, even.middle),
      ("above 2\u{A0}000\u{A0}Hz", shares.high, even.high),
    ].map { name, share, even in
      "\(name) \(ReportPage.percent(share, decimals: 0)) (even: \(ReportPage.percent(even, decimals: 0)))"
    }
    let start = "This \(mapName.isEmpty ? "track" : stretchName): "
    return .element(
      "p", ["class": "soft"],
      start + words.joined(separator: ", ") + "; even is the share of the mel bands themselves.")
  }

  /// The middle of each cell and its share of `top`.
  static func curve(_ values: [Double], top: Double) -> [(x: Double, y: Double)] {
    values.enumerated().map { index, value in
      ((Double(index) + 0.5) / Double(values.count), top > 0 && value.isFinite ? value / top : 0)
    }
  }

  private func meanBands(_ label: String, count: Int) -> (id: String, top: Double)? {
    guard let index = meanRows.firstIndex(where: { $0.label == label }),
      meanRows[index].perBand.count == count
    else { return nil }
    return ("mean-\(index)", meanRows[index].perBand.max() ?? 0)
  }

  /// The mean of each class by band, once for all cards, each as high as the drawing.
  var definitions: HTML {
    guard !meanRows.isEmpty else { return .empty }
    let paths = meanRows.enumerated().map { index, row in
      HTML.element(
        "path",
        [
          "id": "mean-\(index)", "d": Plot.path(Self.curve(row.perBand, top: row.perBand.max() ?? 0)),
          "vector-effect": "non-scaling-stroke",
        ])
    }
    return .element(
      "svg", ["class": "definitions", "width": "0", "height": "0", "aria-hidden": "true"],
      [.element("defs", [:], paths)])
  }

  private func neighbors(_ study: TrackStudy) -> HTML? {
    guard !study.neighbors.isEmpty else { return nil }
    let prediction = study.prediction
    let hasSounds = study.neighbors.contains { $0.audio != nil }
    let rows = study.neighbors.map { neighbor in
      let style =
        neighbor.label == prediction.label
        ? "truth" : neighbor.label == prediction.predicted ? "heard" : "other"
      return HTML.element(
        "li", [:],
        [
          neighbor.audio.map { audio in
            .element(
              "a",
              [
                "class": "listen", "href": relativeAddress(audio) + timeFragment(neighbor),
                "aria-label": "Play \(neighbor.name)",
              ],
              [.element("span", ["aria-hidden": "true"], "")])
          } ?? (hasSounds ? .element("span", ["class": "listen none", "aria-hidden": "true"], "") : .empty),
          .element(
            "span", ["class": "who"],
            [
              .element("bdi", ["class": "name"], neighbor.name),
              .element("span", ["class": "tag \(style)"], [.element("bdi", [:], neighbor.label)]),
            ]),
          .element(
            "span", ["class": "distance"], ReportPage.figure(neighbor.distance)),
        ])
    }
    return .element(
      "section", ["class": "neighbors"],
      [
        .element("h5", [:], "Nearest training tracks"),
        .element("p", ["class": "soft"], "In the network’s last hidden layer; distance is 1 − cosine."),
        .element("ol", ["class": hasSounds ? "with-sound" : "without-sound"], rows),
      ])
  }

  /// The stretch of the file that is to be heard, as browsers take it (W3C Media Fragments); empty for the whole file.
  private func timeFragment(_ neighbor: TrackStudy.Neighbor) -> String {
    guard let start = neighbor.startSeconds else { return "" }
    return "#t=\(start)" + (neighbor.endSeconds.map { ",\($0)" } ?? "")
  }
}
