import Analysis
import Files
import Statistics

extension ReportPage {
  /// What is listed at most; the rest is in report.json.
  private static let listLimit = 100
  /// Rows of a table that are not folded.
  private static let shownRows = 12

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

  private static func found(_ count: Int) -> String { count.counted("place") }

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
      .element(
        "p", ["class": "soft"],
        "Where one of them was in training, the model is tested on what it has heard: its figures are too good."
      ),
      foldedTable(
        [
          ("Tracks", .words), ("Sound", .words), ("Cosine in the last hidden layer", .figures),
          ("Correlation of the maps", .figures),
        ],
        rows, shown: Self.shownRows, rest: { "\($0) more pairs" }, widths: [49, 11, 20, 20]),
      pairs.count > rows.count
        ? .element("p", ["class": "soft"], "\(pairs.count - rows.count) more are in report.json.") : .empty,
    ])
  }

  private func labelIssues(_ problems: DataProblems) -> HTML {
    guard let issues = problems.labelIssues else { return .empty }
    let rows = issues.entries.prefix(Self.listLimit).map { entry -> [HTML] in
      let track =
        anchors[Spelling(entry.path)].map { HTML.element("a", ["href": "#\($0)"], [name(entry.name)]) }
        ?? name(entry.name)
      return [
        track, tag(entry.label, "truth"), .text(Self.percent(entry.selfConfidence)),
        tag(entry.suggested, "heard"),
        .text(Self.percent(entry.suggestedProbability)), .text(entry.split ?? ""),
        .text(entry.isCandidate ? "yes" : ""),
      ]
    }
    let rest = issues.doubtfulCount - rows.count
    let head: [(String, Column)] = [
      ("Track", .words), ("Label", .words), ("p(label)", .figures), ("Looks like", .words),
      ("p(looks like)", .figures), ("Split", .words), ("Proposed", .words),
    ]
    let widths = [28, 16, 10, 16, 10, 8, 12]
    let left: HTML = rest > 0 ? .element("p", ["class": "soft"], "\(rest) more are in report.json.") : .empty
    let list =
      rows.isEmpty
      ? left
      : Self.isTrusted(problems)
        ? .group([
          foldedTable(
            head, rows, shown: Self.shownRows, rest: { "\($0) more tracks" }, widths: widths), left,
        ])
        : folded(
          "The \(rows.count == 1 ? "most doubtful one" : "\(rows.count) most doubtful ones") all the same",
          [table(head, rows, widths: widths), left])
    return .group([.element("h3", [:], "Labels to listen to"), labelIssueWords(issues, problems), list])
  }

  /// Where the held-out predictions are seldom right, a label they disagree with says little.
  private static func isTrusted(_ problems: DataProblems) -> Bool {
    problems.labelIssueAccuracy.map { $0 >= DataProblems.trustedAccuracy } ?? true
  }

  private func labelIssueWords(_ issues: LabelIssues, _ problems: DataProblems) -> HTML {
    let counts = """
      Of \(Self.tracks(issues.trackCount)), \(issues.doubtfulCount) look more like another label than like their own; \
      confident learning takes about \(issues.estimatedErrorCount) of the labels for wrong and proposes \
      \(issues.candidateCount) to be looked at.
      """
    let source = "Asked were \(problems.labelIssueSource)."
    guard let accuracy = problems.labelIssueAccuracy, !Self.isTrusted(problems) else {
      let right = problems.labelIssueAccuracy.map {
        " Those predictions agree with \(Self.percent($0)) of the labels: the lower that is, the less a proposal means."
      }
      return .group([
        .element("p", [:], counts),
        .element(
          "p", ["class": "soft"], "These are tracks to listen to, not errors. \(source)\(right ?? "")"),
      ])
    }
    return .group([
      .element(
        "p", [:],
        """
        Wrong labels cannot be told here: the held-out predictions are right for only \(Self.percent(accuracy)) of the \
        tracks (\(Self.percent(DataProblems.trustedAccuracy, decimals: 0)) would be needed), so what they disagree with \
        says more about the classifier than about the labels.
        """),
      .element("p", ["class": "soft"], "\(source) For the record: \(Self.lowercasedFirst(counts))"),
    ])
  }

  private static func lowercasedFirst(_ text: String) -> String {
    text.prefix(1).lowercased() + text.dropFirst()
  }

  // MARK: Slices

  private func slices(_ analysis: SliceAnalysis?) -> HTML {
    guard let analysis, !analysis.columns.isEmpty || !analysis.leftOut.isEmpty else { return .empty }
    let standing = analysis.standingOut
    let leftOut = analysis.leftOut.map { "\($0.name): \($0.reason)" }
    guard !analysis.columns.isEmpty else {
      return .group([
        .element("h3", [:], "Where mistakes pile up"),
        .element(
          "p", [:],
          "No column divides these tracks into slices. Left out: \(leftOut.joined(separator: "; "))."),
      ])
    }
    let verdict =
      standing.isEmpty
      ? "No slice stands out among \(analysis.testCount) that were tested."
      : "\(standing.count) of \(analysis.testCount) tested slices \(standing.count == 1 ? "stands" : "stand") out:"
    let byGroups =
      analysis.groupCount.map { " and a test over \($0) artists or albums, the larger p of both" } ?? ""
    return .group([
      .element("h3", [:], "Where mistakes pile up"),
      .element("p", [:], verdict),
      standing.isEmpty
        ? .empty
        : .element("ul", [:], standing.map { .element("li", [:], Self.withMinusSigns($0.sentence)) }),
      .element(
        "p", ["class": "soft"],
        """
        A slice is the tracks with one value, or a range of values, of what is known about them. Each is tested against \
        all other tracks (Fisher’s exact test\(byGroups)); p values are adjusted for all \(analysis.testCount) slices (Holm), and the \
        intervals hold for all of them at once. A slice that stands out is a place to look, not a cause. The dashed line \
        marks the error rate of all tracks (\(Self.percent(analysis.all.errorRate))); “–” stands for too few tracks or artists to test.
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
    let slices = analysis.columns.flatMap { column in
      column.slices.map { slice in (column, slice) }
    }
    // What stands out comes first, so that no fold hides it.
    let sorted = slices.filter(\.1.standsOut) + slices.filter { !$0.1.standsOut }
    let rows = sorted.map { column, slice -> [HTML] in
      [
        .group([
          .element("span", ["class": "column-name"], [name(column.name)]), .text(" "),
          name(Self.withMinusSigns(slice.words)),
        ]),
        rangeBar(slice.errorRate, slice.interval, top: top, mark: analysis.all.errorRate),
        .text(Self.percent(slice.errorRate)), .text("\(slice.errorCount) of \(slice.count)"),
        .text(slice.adjustedP.map { Self.pValue($0) } ?? "–"),
        slice.standsOut ? .element("span", ["class": "tag heard"], "stands out") : .empty,
      ]
    }
    return foldedTable(
      [
        ("Slice", .words), ("Error rate, 0 to \(Self.percent(top, decimals: 0))", .words),
        ("Error rate", .figures),
        ("Wrong", .figures), ("p, adjusted", .figures), ("Verdict", .words),
      ], rows, shown: Self.shownRows, rest: { "\($0) more slices" }, widths: [30, 22, 12, 12, 12, 12])
  }
}
