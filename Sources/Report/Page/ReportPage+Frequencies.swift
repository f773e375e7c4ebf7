import Analysis

extension ReportPage {
  /// Where in frequency the evidence lies: a table and what it says about the claim.
  var frequencies: HTML {
    guard let evidence = result.frequencies else { return .empty }
    let head = [
      "Evidence for", "Below 250\u{A0}Hz", "250 to 2\u{A0}000\u{A0}Hz", "Above 2\u{A0}000\u{A0}Hz", "Tracks",
    ].map {
      HTML.element("th", ["scope": "col"], $0)
    }
    var rows: [HTML] = []
    for reading in evidence.readings {
      rows.append(subheading("\(reading.method) at \(reading.layer): \(reading.quantity.words)"))
      rows += reading.rows.map { frequencyRow($0) }
      rows += reading.controls.map { frequencyRow($0, named: reading.controlName($0)) }
    }
    rows.append(subheading("The sound’s own difference from the mean of training"))
    rows += evidence.sound.map { frequencyRow($0) }
    rows.append(
      .element(
        "tr", [:],
        [.element("th", ["scope": "row"], "Even over the mel bands")]
          + evidence.evenTexts.map { .element("td", [:], $0) } + [.element("td", [:], "")]))
    return .element(
      "section", ["id": "frequencies"],
      [
        .element("h2", [:], "Evidence by frequency"),
        .group(evidence.remarks.map { .element("p", [:], Self.unbroken(Self.withMinusSigns($0))) }),
        .element(
          "p", ["class": "soft"],
          """
          Mean shares over correct tracks, each track’s explanation taken to the mel axis through the inverse DCT, with \
          95\u{A0}% bootstrap intervals (\(evidence.resampleCount) resamples of whole artists or albums where they are \
          known, seed \(evidence.seed)). What a mask keeps follows the sound itself: compare it with the sound’s own rows. \
          Parts of the score are an attribution to bands. Rows of a genre explained for another are a control: what differs \
          from the genre’s own row follows from the genre that is explained, not from the tracks. Whether a claim holds is \
          judged with intervals that allow for the number of readings.
          """),
        .element(
          "div", ["class": "scroll"],
          [
            .element(
              "table", [:],
              [.element("thead", [:], [.element("tr", [:], head)]), .element("tbody", [:], rows)])
          ]),
      ])
  }

  private func subheading(_ text: String) -> HTML {
    .element(
      "tr", [:], [.element("th", ["scope": "rowgroup", "colspan": "5", "class": "soft"], text)])
  }

  private func frequencyRow(_ row: FrequencyEvidence.Row, named name: String? = nil) -> HTML {
    let count = row.emptyCount > 0 ? "\(row.count) (\(row.emptyCount) without evidence)" : "\(row.count)"
    return .element(
      "tr", [:],
      [.element("th", ["scope": "row"], [.element("bdi", [:], name ?? row.label)])]
        + [row.low, row.middle, row.high].map { .element("td", [:], $0.text) }
        + [.element("td", [:], count)])
  }
}
