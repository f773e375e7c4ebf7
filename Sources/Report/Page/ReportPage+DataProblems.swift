import Analysis

extension ReportPage {
  /// What is listed at most; the rest is in report.json.
  private static let listLimit = 100

  /// What may be wrong with the data rather than with the model.
  var dataProblems: HTML {
    guard let problems = result.dataProblems else { return .empty }
    return .element(
      "section", ["id": "data-problems"],
      [
        .element("h2", [:], "Data problems"), findings(problems), duplicates(problems.duplicates),
        labelIssues(problems), slices(problems.slices),
        problems.notes.isEmpty
          ? .empty
          : .group([
            .element("h3", [:], "Not looked at"),
            .element("ul", ["class": "soft"], problems.notes.map { .element("li", [:], $0) }),
          ]),
      ])
  }

  private func findings(_ problems: DataProblems) -> HTML {
    guard !problems.findings.isEmpty else {
      return .element(
        "p", [:],
        "The check of the data set (damaged, silent or clipped clips, leaks between splits) found nothing.")
    }
    let items = problems.findings.map { finding -> HTML in
      let style = finding.severity == "error" ? "heard" : finding.severity == "warning" ? "warning" : "other"
      let line = HTML.group([
        .element("span", ["class": "tag \(style)"], finding.severity), .text(" \(finding.message)"),
      ])
      guard !finding.items.isEmpty else { return .element("li", [:], [line]) }
      let shown = finding.items.prefix(Self.listLimit).map { HTML.element("li", [:], [name($0)]) }
      let rest = finding.items.count - shown.count
      return .element(
        "li", [:],
        [
          .element(
            "details", [:],
            [
              .element(
                "summary", [:],
                [line, .element("span", ["class": "remark"], Self.found(finding.items.count))]),
              .element(
                "ul", [:], shown + (rest > 0 ? [.element("li", [:], "and \(rest) more, in report.json")] : [])
              ),
            ])
        ])
    }
    return .group([
      .element("h3", [:], "Found in the data set"), .element("ul", ["class": "findings"], items),
    ])
  }

  private static func found(_ count: Int) -> String { count == 1 ? "1 place" : "\(count) places" }

  private func duplicates(_ pairs: [NearDuplicate]) -> HTML {
    guard !pairs.isEmpty else { return .empty }
    let rows = pairs.prefix(Self.listLimit).map { pair -> [HTML] in
      let members = pair.members.map { member in
        HTML.element(
          "span", ["class": "member"],
          [name(member.name), .text(" "), tag(member.label, "other"), .text(" \(member.split)")])
      }
      return [
        .group(members), .text(pair.kind == .equal ? "the same" : "alike"),
        .text(pair.embeddingCosine.map { Self.figure($0, decimals: 4) } ?? "–"),
        .text(pair.mapCorrelation.map { Self.figure($0) } ?? "–"),
      ]
    }
    return .group([
      .element("h3", [:], "Probably the same recording in two splits (\(pairs.count))"),
      table(
        [
          ("Tracks", .words), ("", .words), ("Cosine in the last hidden layer", .figures),
          ("Correlation of the maps", .figures),
        ],
        rows, isLong: rows.count > 12),
    ])
  }

  private func labelIssues(_ problems: DataProblems) -> HTML {
    guard let issues = problems.labelIssues else { return .empty }
    let rows = issues.entries.prefix(Self.listLimit).map { entry -> [HTML] in
      let track =
        anchors[entry.path].map { HTML.element("a", ["href": "#\($0)"], [name(entry.name)]) }
        ?? name(entry.name)
      return [
        track, tag(entry.label, "truth"), .text(Self.percent(entry.selfConfidence)),
        tag(entry.suggested, "heard"),
        .text(Self.percent(entry.suggestedProbability)), .text(entry.split ?? ""),
        .text(entry.isCandidate ? "yes" : ""),
      ]
    }
    let accuracy = problems.labelIssueAccuracy.map {
      " Those predictions are right for \(Self.percent($0)) of the labels: the lower that is, the less a candidate means."
    }
    let rest = issues.doubtfulCount - rows.count
    return .group([
      .element("h3", [:], "Labels to listen to"),
      .element(
        "p", [:],
        """
        Of \(Self.tracks(issues.trackCount)), \(issues.doubtfulCount) look more like another label than like their own; \
        confident learning takes about \(issues.estimatedErrorCount) of the labels for wrong and proposes \
        \(issues.candidateCount) to be looked at.
        """),
      .element(
        "p", ["class": "soft"],
        "These are tracks to listen to, not errors. Asked were \(problems.labelIssueSource).\(accuracy ?? "")"
      ),
      rows.isEmpty
        ? .empty
        : table(
          [
            ("Track", .words), ("Label", .words), ("p(label)", .figures), ("Looks like", .words),
            ("p", .figures),
            ("Split", .words), ("Proposed", .words),
          ], rows, isLong: rows.count > 12),
      rest > 0 ? .element("p", ["class": "soft"], "\(rest) more are in report.json.") : .empty,
    ])
  }

  // MARK: Slices

  private func slices(_ analysis: SliceAnalysis?) -> HTML {
    guard let analysis, !analysis.columns.isEmpty || !analysis.leftOut.isEmpty else { return .empty }
    let standing = analysis.standingOut
    let verdict =
      standing.isEmpty
      ? "No slice stands out among \(analysis.testCount) that were tested."
      : "\(standing.count) of \(analysis.testCount) tested slices stand out:"
    let leftOut = analysis.leftOut.map { "\($0.name): \($0.reason)" }
    return .group([
      .element("h3", [:], "Where mistakes pile up"),
      .element("p", [:], verdict),
      standing.isEmpty ? .empty : .element("ul", [:], standing.map { .element("li", [:], $0.sentence) }),
      .element(
        "p", ["class": "soft"],
        """
        Each slice is tested against all other tracks (Fisher's exact test); p values are adjusted for all \
        \(analysis.testCount) slices (Holm), and the intervals hold for all of them at once. A slice that stands out is a \
        place to look, not a cause. The line marks the error rate of all tracks (\(Self.percent(analysis.all.errorRate))).
        """),
      sliceTable(analysis),
      leftOut.isEmpty
        ? .empty : .element("p", ["class": "soft"], "Columns left out: \(leftOut.joined(separator: "; "))."),
    ])
  }

  private func sliceTable(_ analysis: SliceAnalysis) -> HTML {
    let all = analysis.columns.flatMap(\.slices)
    guard !all.isEmpty else { return .empty }
    let top = min(1, max(all.map(\.interval.high).max() ?? 1, 0.05))
    let rows = analysis.columns.flatMap { column in
      column.slices.map { slice -> [HTML] in
        [
          .group([
            .element("span", ["class": "column-name"], [name(column.name)]), .text(" "), name(slice.words),
          ]),
          rangeBar(slice.errorRate, slice.interval, top: top, mark: analysis.all.errorRate),
          .text(Self.percent(slice.errorRate)), .text("\(slice.errorCount) of \(slice.count)"),
          .text(slice.adjustedP.map { Self.pValue($0) } ?? "–"),
          slice.standsOut ? .element("span", ["class": "tag heard"], "stands out") : .empty,
        ]
      }
    }
    return table(
      [
        ("Slice", .words), ("Error rate, 0 to \(Self.percent(top, decimals: 0))", .words),
        ("Error rate", .figures),
        ("Wrong", .figures), ("p, adjusted", .figures), ("", .words),
      ], rows, isLong: rows.count > 16)
  }
}
