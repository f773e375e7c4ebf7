import Analysis
import Files
import Statistics

extension ReportPage {
  /// How labels and maps stand changes of the sound and attacks.
  var robustness: HTML {
    guard let report = result.robustness else { return .empty }
    return .element(
      "section", ["id": "robustness"],
      [
        .element("h2", [:], "Robustness"),
        words(report.verdict.map { [Self.withMinusSigns($0)] } ?? []),
        .element(
          "p", ["class": "soft"],
          """
          The same \(Self.tracks(report.trackCount)) of \(report.candidateCount) before and after each change of the sound. \
          Differences have 95\u{A0}% intervals from a paired bootstrap that keeps artists or albums together. Maps \
          (\(report.method) at \(report.layer)) are compared by the rank correlation of their cells, moved back in time \
          where the change moved the sound: 1 is the same order of cells, the median is given with its quartiles. \
          Broken: right before and wrong after; fixed: the reverse. p is adjusted for all changes (Holm).\
          \(chance(report))
          """),
        changes(report), more("To know", notes(report)), attacks(report),
        .group(result.attacks.enumerated().map { attack($1, seconds: report.windowSeconds) }),
      ])
  }

  private func chance(_ report: RobustnessReport) -> String {
    report.differentTracks.map { " Maps of two different tracks for one class reach \(Self.quartiles($0))." }
      ?? ""
  }

  private func notes(_ report: RobustnessReport) -> [String] {
    report.notes
      + report.changes.flatMap { change in
        change.notes.map { "\(change.words): \($0)" }
          + change.skippedReasons.map { "\(change.words): \(Self.tracks($0.count)) left out, \($0.reason)" }
      } + report.leftOut.map { "\($0.path): \($0.reason)" }
  }

  /// "+1.2" or "−3.4", in percentage points.
  private static func points(_ difference: Double) -> String {
    (difference > 0 ? "+" : "") + TickScale.number(100 * difference, decimals: 1)
  }

  private static func quartiles(_ maps: MapAgreement) -> String {
    let number = { TickScale.number($0, decimals: 2) }
    return "\(number(maps.median)) (\(number(maps.lowerQuartile)) to \(number(maps.upperQuartile)))"
  }

  private func changes(_ report: RobustnessReport) -> HTML {
    guard !report.changes.isEmpty else { return .empty }
    let reach = self.reach(report.changes.compactMap(\.effect) + report.attacks.map(\.effect))
    let rows = zip(report.changes, report.correctedP).compactMap { change, p in
      change.effect.map {
        [name(change.words)] + cells($0, reach: reach)
          + [.text(p.map { Self.pValue($0) } ?? "–")]
      }
    }
    let missing = report.changes.filter { $0.effect == nil }.map(\.words)
    return .group([
      rows.isEmpty
        ? .empty
        : table(
          [("Change of the sound", .words)] + Self.effectColumns(reach) + [("p, adjusted", .figures)], rows),
      missing.isEmpty
        ? .empty : .element("p", ["class": "soft"], "Not measured: \(missing.joined(separator: "; "))."),
    ])
  }

  private static func effectColumns(_ reach: Double) -> [(String, Column)] {
    [
      (
        "Accuracy, −\(figure(100 * reach, decimals: 0)) to +\(figure(100 * reach, decimals: 0)) points",
        .words
      ),
      ("Difference (95\u{A0}%)", .figures), ("Before → after", .figures), ("Same label", .figures),
      ("p(true) falls by", .figures), ("Maps alike", .figures),
    ]
  }

  /// The largest difference to be drawn, in round steps of 5 points.
  private func reach(_ effects: [RobustnessEffect]) -> Double {
    let largest =
      effects.flatMap { effect in
        [
          effect.accuracyDifference, effect.differenceInterval?.low ?? 0,
          effect.differenceInterval?.high ?? 0,
        ].map(abs)
      }.max() ?? 0
    return min(1, max(0.05, (largest / 0.05).rounded(.up) * 0.05))
  }

  private func cells(_ effect: RobustnessEffect, reach: Double) -> [HTML] {
    let interval = effect.differenceInterval
    let range = interval.map { " (\(Self.points($0.low)) to \(Self.points($0.high)))" } ?? ""
    return [
      differenceBar(effect.accuracyDifference, interval, reach: reach),
      .text(Self.points(effect.accuracyDifference) + range),
      .group([
        .text("\(Self.percent(effect.accuracyBefore)) → \(Self.percent(effect.accuracyAfter))"),
        .element(
          "span", ["class": "remark"],
          "\(effect.brokenCount) broken, \(effect.fixedCount) fixed"),
      ]),
      .text(Self.percent(effect.samePredictionShare)),
      .text(TickScale.number(effect.probabilityDrop, decimals: 3)),
      .text(effect.maps.map { Self.quartiles($0) } ?? "–"),
    ]
  }

  /// A bar around a middle that stands for no difference.
  private func differenceBar(_ value: Double, _ interval: ConfidenceInterval?, reach: Double) -> HTML {
    let place = { (value: Double) in (min(max(value / reach, -1), 1) + 1) / 2 }
    return rangeBar(
      place(value), interval.map { ConfidenceInterval(low: place($0.low), high: place($0.high)) }, mark: 0.5)
  }

  // MARK: Attacks

  private func attacks(_ report: RobustnessReport) -> HTML {
    guard !report.attacks.isEmpty else { return .empty }
    let reach = self.reach(report.attacks.map(\.effect))
    let rows = report.attacks.map { attack -> [HTML] in
      let steps = attack.steps > 1 ? ", \(attack.steps) steps" : ""
      let change = attack.meanDecibels.map { "\(Self.short($0))\u{A0}dB on the mel axis on average" } ?? ""
      return [
        .group([
          .text("\(attack.method.uppercased()) at ε\u{A0}\(Self.short(attack.epsilon))\(steps)"),
          .element("span", ["class": "remark"], change),
        ])
      ] + cells(attack.effect, reach: reach)
    }
    return .group([
      .element("h3", [:], "Attacks on the feature map"),
      .element(
        "p", ["class": "soft"],
        """
        Small changes made to lead away from the true label: one step along the sign of the gradient (FGSM), or several, \
        each brought back within reach (PGD). No cell changes by more than ε standard deviations of training.
        """),
      table([("Attack", .words)] + Self.effectColumns(reach), rows),
    ])
  }

  private func attack(_ attack: AttackStudy, seconds: Double?) -> HTML {
    let style = { (heard: String) in heard == attack.label ? "truth" : "heard" }
    let unchanged = attack.predictedBefore == attack.predictedAfter ? "still " : ""
    let outcome = HTML.group([
      .text("True "), tag(attack.label, "truth"), .text("; heard as "),
      tag(attack.predictedBefore, style(attack.predictedBefore)),
      .text(" \(Self.percent(attack.confidenceBefore)) before and \(unchanged)as "),
      tag(attack.predictedAfter, style(attack.predictedAfter)),
      .text(
        " \(Self.percent(attack.confidenceAfter)) after \(attack.method.uppercased()) at ε\u{A0}\(Self.short(attack.epsilon))."
      ),
    ])
    let measured = [
      attack.meanDecibels.map { "The change is \(Self.short($0))\u{A0}dB on the mel axis on average." },
      attack.mapCorrelation.map {
        "The rank correlation of the two maps of evidence is \(TickScale.number($0, decimals: 2))."
      },
    ].compactMap(\.self).joined(separator: " ")
    let evidence = "Evidence for \(attack.predictedBefore)"
    let (before, after) = (attack.before.picture, attack.after)
    let seconds = seconds.map { ", \(Self.figure($0, decimals: 1))\u{A0}s from left to right" } ?? ""
    return .element(
      "article", ["class": "card attack"],
      [
        .element("h4", [:], [name(attack.name)]), .element("p", ["class": "verdict"], [outcome]),
        words([measured]),
        .element(
          "div", ["class": "strips pairs"],
          [
            still("Feature map before", [before], attack, Self.key("viridis", attack.before.scale)),
            still("Feature map after", [after], attack, Self.key("viridis", attack.before.scale)),
            still(
              "\(evidence) before", [before, attack.evidenceBefore], attack, Self.key("ember", "none to most")
            ),
            still(
              "\(evidence) after", [after, attack.evidenceAfter], attack, Self.key("ember", "none to most")),
            still(
              "What was added", [attack.perturbation.picture], attack,
              Self.key("signed", attack.perturbation.scale)),
          ]),
        .element(
          "p", ["class": "soft"],
          "Rows: \(attack.before.rowLabel)\(seconds). Maps before and after share their colour scales."),
      ])
  }

  /// A map that nothing plays over, or one in grey with another laid over it.
  private func still(
    _ heading: String, _ pictures: [AnalysisResult.Picture], _ attack: AttackStudy, _ key: HTML
  ) -> HTML {
    let layers = pictures.enumerated().map { index, picture in
      let style = index > 0 ? "over" : pictures.count > 1 ? "base grey" : "base"
      return HTML.element(
        "div", ["class": style, "style": "background-image:\(media.pictures.background(picture))"])
    }
    return .element(
      "div", ["class": "strip still"],
      [
        .element("div", ["class": "caption"], [.element("b", [:], [name(heading)]), key]),
        Plot.rowMarks(attack.before.ticks, height: 110),
        .element(
          "div",
          [
            "class": "plot", "role": "img", "aria-label": pictures.last?.caption ?? "",
            "style": "--height:110px",
          ], layers),
      ])
  }
}
