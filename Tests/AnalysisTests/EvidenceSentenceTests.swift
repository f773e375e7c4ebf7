import Analysis
import TestSupport
import Testing

@Suite(.tags(.hand)) struct EvidenceSentenceTests {
  private func shares(_ low: Double, _ middle: Double, _ high: Double) -> TrackStudy.Shares {
    TrackStudy.Shares(low: low, middle: middle, high: high)
  }

  private func text(
    _ own: TrackStudy.Shares?, folk: TrackStudy.Shares?, hipHop: TrackStudy.Shares...
  ) -> String {
    EvidenceSentence(heardAs: "Folk", label: "Hip-Hop", shares: own, predicted: folk, controls: hipHop).text
  }

  @Test func likeTheGenreItWasHeardAs() {
    #expect(
      text(shares(0.1, 0.19, 0.71), folk: shares(0.12, 0.2, 0.68), hipHop: shares(0.48, 0.3, 0.22))
        == "Heard as Folk: 71\u{A0}% of the evidence for it above 2 kHz, like correct Folk tracks (68\u{A0}%), unlike correct "
        + "Hip-Hop explained for it too (22\u{A0}%); so are 0 of these 1."
    )
  }

  /// Most correct Hip-Hop tracks have what the mistake has: it is no reason. The mean is drawn away by one of them.
  @Test func whatCorrectTracksHaveTooExplainsNothing() {
    let sentence = text(
      shares(0.12, 0.2, 0.68), folk: shares(0.1, 0.2, 0.7), hipHop: shares(0.12, 0.2, 0.68),
      shares(0.12, 0.2, 0.68), shares(0.9, 0.1, 0))
    #expect(sentence.hasSuffix("; so are 2 of these 3: frequency does not explain this mistake."))
  }

  /// Eleven points from one and eighteen from the other is nearer, but like neither.
  @Test func onlyNearer() {
    let (folk, hipHop) = (shares(0.31, 0.31, 0.38), shares(0.36, 0.33, 0.31))
    #expect(
      text(shares(0.2, 0.31, 0.49), folk: folk, hipHop: hipHop)
        .hasSuffix(
          "above 2 kHz, nearer to correct Folk tracks (38\u{A0}%) than to correct Hip-Hop explained for it too (31\u{A0}%); "
            + "so are 0 of these 1."))
    let other = text(shares(0.6, 0.2, 0.2), folk: folk, hipHop: hipHop)
    #expect(
      other.contains(
        "above 2 kHz, nearer to correct Hip-Hop explained for it too (31\u{A0}%) than to correct Folk tracks (38\u{A0}%)"
      ))
    #expect(other.hasSuffix("frequency does not explain this mistake."))
  }

  @Test func unlikeIt() {
    let sentence = text(
      shares(0.5, 0.26, 0.24), folk: shares(0.12, 0.2, 0.68), hipHop: shares(0.48, 0.3, 0.22))
    #expect(sentence.contains("24\u{A0}% of the evidence for it above 2 kHz, unlike correct Folk"))
    #expect(sentence.contains("frequency does not explain this mistake"))
  }

  @Test func theRegionThatTellsMostIsChosen() {
    let sentence = text(shares(0.4, 0.3, 0.3), folk: shares(0.1, 0.55, 0.35), hipHop: shares(0.5, 0.2, 0.3))
    #expect(sentence.contains("40\u{A0}% of the evidence for it below 250 Hz, unlike correct Folk"))
    let alike = text(shares(0.3, 0.3, 0.4), folk: shares(0.3, 0.3, 0.4), hipHop: shares(0.31, 0.32, 0.37))
    #expect(alike.contains("frequency does not tell the two apart"))
  }

  @Test func nothingToCompareWith() {
    #expect(
      EvidenceSentence(heardAs: "Folk", label: "Hip-Hop", shares: nil, predicted: nil, controls: []).text
        .contains("unknown origin"))
    #expect(text(shares(0, 0, 0), folk: nil).contains("without any positive evidence"))
    #expect(
      text(shares(0.2, 0.5, 0.3), folk: nil, hipHop: shares(0, 1, 0)).contains("no correct Folk tracks"))
  }
}
