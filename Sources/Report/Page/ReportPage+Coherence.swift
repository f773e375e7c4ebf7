import Analysis

extension ReportPage {
  /// Whether mistakes look like the genre they were heard as.
  var coherence: HTML {
    guard !result.coherence.isEmpty else { return .empty }
    return .element(
      "section", ["id": "coherence"],
      [
        .element("h2", [:], "Are the mistakes coherent?"),
        .element(
          "p", ["class": "soft"],
          """
          If a track of one genre is heard as another, does it look like that other genre? Each misclassified track is \
          held against the typical correct track of both genres (the mean over correct tracks, without its own artist or \
          album where they are known), and its distances against those of the correct tracks of its own genre, by a \
          one-sided permutation test. p is adjusted for all directions of a reading (Holm).
          """),
        .group(result.coherence.map(reading)),
      ])
  }

  private func reading(_ coherence: MistakeCoherence) -> HTML {
    let rows = coherence.directions.map { direction -> [HTML] in
      [
        .group([
          tag(direction.label, "truth"), .text(" heard as "), tag(direction.predicted, "heard"),
          .element(
            "span", ["class": "remark"],
            "\(direction.mistakes.count == 1 ? "1 mistake" : "\(direction.mistakes.count) mistakes"), \(direction.correct.count) correct"
          ),
        ]), shares(direction),
        .text("\(Self.short(direction.mistakes.toTrue)) / \(Self.short(direction.mistakes.toPredicted))"),
        .text("\(Self.short(direction.correct.toTrue)) / \(Self.short(direction.correct.toPredicted))"),
        .text(Self.pValue(direction.adjustedP)), answer(direction.answer),
      ]
    }
    let skipped = coherence.skipped.map { "\($0.label) heard as \($0.predicted) (\($0.count)): \($0.reason)" }
    return .group([
      .element("h3", [:], "By \(coherence.subject)"), .element("p", [:], coherence.sentence),
      rows.isEmpty
        ? .empty
        : table(
          [
            ("Direction", .words), ("Nearer to the genre it was heard as", .words),
            ("Mistakes: to own / other", .figures),
            ("Correct: to own / other", .figures), ("p", .figures), ("Answer", .words),
          ], rows),
      more("In words", coherence.directions.map(\.sentence)),
      more("Not tested", skipped.map { "Not tested: \($0)." }),
    ])
  }

  /// Of the mistakes and of the correct tracks, the share that is nearer to the genre the mistakes were heard as.
  private func shares(_ direction: CoherenceDirection) -> HTML {
    let dot = { (share: Double, style: String) in
      HTML.element(
        "div", ["class": "dot \(style)", "style": "left:\(Self.figure(100 * share, decimals: 1))%"])
    }
    let (wrong, right) = (direction.mistakes.shareNearerToPredicted, direction.correct.shareNearerToPredicted)
    return .group([
      .element(
        "div", ["class": "interval small dots-line", "aria-hidden": "true"],
        [dot(right, "truth"), dot(wrong, "heard")]),
      .element(
        "span", ["class": "remark"],
        "\(Self.percent(wrong, decimals: 0)) of the mistakes, \(Self.percent(right, decimals: 0)) of the correct"
      ),
    ])
  }

  private func answer(_ answer: CoherenceDirection.Answer) -> HTML {
    let (words, style) =
      switch answer {
      case .coherent: ("coherent", "heard")
      case .leaning: ("leaning", "heard")
      case .notShown: ("not shown", "other")
      }
    return .element("span", ["class": "tag \(style)"], words)
  }
}
