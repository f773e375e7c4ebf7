import Analysis
import Files

extension ReportPage {
  /// Directions that each reading shows; the rarer ones are folded.
  static let shownDirections = 8

  /// Whether mistakes look like the genre they were heard as.
  var coherence: HTML {
    guard !result.coherence.isEmpty else { return .empty }
    let isTested = result.coherence.contains { !$0.directions.isEmpty }
    // Mostly the same directions are too rare in all readings: then they are listed once.
    let skipped = result.coherence.map { $0.skipped.map(Self.skippedWords) }
    let isShared = isTested && skipped.allSatisfy { $0 == skipped[0] }
    let readings =
      isTested
      ? result.coherence.map { reading($0, listsSkipped: !isShared) }
      : [.element("p", [:], result.coherence[0].sentence)]
    return .element(
      "section", ["id": "coherence"],
      [.element("h2", [:], "Are the mistakes coherent?")] + (isTested ? explanations : [])
        + readings + [isShared || !isTested ? more("Not tested", skipped[0]) : .empty])
  }

  private var explanations: [HTML] {
    [
      .element(
        "p", ["class": "soft"],
        """
        If a track of one genre is heard as another, is it like that other genre? Each misclassified track is held \
        against the typical correct track of both genres (the mean over correct tracks, without its own artist or album \
        where they are known). Evidence is that for the genre heard, in the mistakes and in all correct tracks alike: \
        evidence for one genre differs from that for another in any track. What is tested is whether the mistakes lean \
        further to the other genre (distance to own minus distance to other) than the correct tracks of their own genre \
        do: a one-sided permutation test, p adjusted for all directions of all readings together (Holm). Distances are \(Self.distanceWords(result.coherence[0].distance)).
        """),
      .element("p", [:], Self.whatFollows(result.coherence.map(\.subject))),
      .element(
        "p", ["class": "soft"],
        """
        Coherent: the mistakes lean further than the correct tracks (p below 0.05) and are on average nearer to the genre \
        they were heard as than to their own, which the correct tracks are not. Leaning: they lean further, but are still \
        nearer to their own genre, or the correct tracks are nearer to the other one too. Not shown: these tracks do not \
        tell.
        """),
      .element(
        "ul", ["class": "keys dot-keys"],
        [("heard", "misclassified tracks"), ("truth", "correct tracks of the same genre (the control)")].map {
          style, words in
          .element(
            "li", [:],
            [
              .element("i", ["class": "dot-key \(style)", "aria-hidden": "true"], ""),
              .text("share of the \(words) that are nearer to the genre the mistakes were heard as"),
            ])
        }),
    ]
  }

  static func distanceWords(_ distance: MistakeCoherence.Distance) -> String {
    switch distance {
    case .cosine: "1 − cosine: 0 for the same shape, 1 for nothing in common"
    case .euclidean: "Euclidean: 0 for the same numbers"
    }
  }

  /// What the answers can and cannot say: readings of the network follow from its choice.
  static func whatFollows(_ subjects: [String]) -> String {
    let hasSound = subjects.contains { $0.hasSuffix("of the sound") }
    let made = """
      Likeness to the genre heard is partly built in: evidence maps and frequency profiles show what the network chose \
      by, and the choice itself was made from the last hidden layer. Read these as how the mistake was made, not as proof \
      that the track sounds like the other genre.
      """
    return hasSound
      ? made + """
         Only the last reading, the sound itself, is measured without the network, which merely decided which tracks count \
        as mistakes.
        """ : made + " No reading here is of the sound itself."
  }

  private static func skippedWords(_ skipped: MistakeCoherence.Skipped) -> String {
    "Not tested: \(skipped.label) heard as \(skipped.predicted) (\(skipped.count)): \(skipped.reason)."
  }

  private func reading(_ coherence: MistakeCoherence, listsSkipped: Bool) -> HTML {
    .group([
      .element("h3", [:], "By \(coherence.subject)"), .element("p", [:], coherence.sentence),
      foldedTable(
        [
          ("Direction", .words), ("Nearer to the genre heard", .words),
          ("Mistakes: distance to own / heard", .figures), ("Correct: distance to own / heard", .figures),
          ("p, adjusted", .figures), ("Answer", .words),
        ], coherence.directions.map(row), shown: Self.shownDirections,
        rest: { "\($0 == 1 ? "1 direction" : "\($0) directions") with fewer mistakes" },
        widths: [24, 25, 15, 15, 9, 12]),
      more("In words", coherence.directions.map(\.sentence), open: 0),
      listsSkipped ? more("Not tested", coherence.skipped.map(Self.skippedWords)) : .empty,
    ])
  }

  private func row(_ direction: CoherenceDirection) -> [HTML] {
    let count = direction.mistakes.count
    return [
      .group([
        tag(direction.label, "truth"), .text(" heard as "), tag(direction.predicted, "heard"),
        .element(
          "span", ["class": "remark"],
          "\(count.counted("mistake")), \(direction.correct.count) correct"
            + (direction.leftOutCount > 0 ? ", \(direction.leftOutCount) left out" : "")
        ),
      ]), shares(direction),
      .text("\(Self.short(direction.mistakes.toTrue)) / \(Self.short(direction.mistakes.toPredicted))"),
      .text("\(Self.short(direction.correct.toTrue)) / \(Self.short(direction.correct.toPredicted))"),
      .text(Self.pValue(direction.adjustedP)), answer(direction.answer),
    ]
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
        "\(direction.mistakes.nearerToPredicted) of \(direction.mistakes.count) mistakes, "
          + "\(direction.correct.nearerToPredicted) of \(direction.correct.count) correct tracks"
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
