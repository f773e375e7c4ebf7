import Explanation
import TestSupport
import Testing

@testable import Jobs

/// What is said of a map by what its sounds are heard as: one rule, each of its branches.
@Suite(.tags(.hand)) struct SoundFindingTests {
  private func finding(_ kept: Double?, _ elsewhere: Double?, rest: String? = "Folk") -> MapVerdict? {
    MapVerdict(label: "Hip-Hop", kept: kept, elsewhere: elsewhere, rest: rest)
  }

  @Test func aMapThatKeepsLessThanOtherPlacesShowsNothing() {
    let found = finding(0.316, 0.766)
    #expect(found?.verdict == .showsNothing)
    #expect(
      found?.sentence
        == "The parts that the map marks speak less for Hip-Hop (31.6 %) than as many other parts (76.6 %): this map does not show why."
    )
  }

  /// What reads as equal is equal.
  @Test(arguments: [(0.5, 0.5), (0.9994, 0.9993), (0, 0)]) func asMuchIsNotMore(
    kept: Double, elsewhere: Double
  ) {
    let found = finding(kept, elsewhere)
    #expect(
      found?.verdict == .showsNothing && found?.sentence.contains("speak no more for Hip-Hop (") == true)
  }

  @Test func moreThanInOtherPlacesIsSaidAndWhetherTheRestIsEnough() {
    let found = finding(0.8, 0.31)
    #expect(found?.verdict == .marksMore)
    #expect(
      found?.sentence
        == "The parts that the map marks speak more for Hip-Hop (80.0 %) than as many other parts (31.0 %).")
    #expect(
      finding(0.8, 0.31, rest: "Hip-Hop")?.sentence.hasSuffix("; the rest is heard as Hip-Hop too.") == true)
    #expect(finding(0.501, 0.5)?.verdict == .marksMore)
  }

  /// Whatever is flagged is a sentence to readers; of a map that shows nothing the finding.
  @Test func flagsAreSentences() {
    let flags: [ExplanationFlag] = [
      .noPositiveEvidence, .classBlind, .saturatedScore, .illConditioned, .incompleteAttribution,
      .zeroGradient,
    ]
    let codes = flags.map(\.rawValue) + [MapVerdict.flag, "mostly-padding"]
    let sentences = codes.map { FlagWords.sentence($0, sounds: nil) }
    #expect(Set(sentences).count == codes.count)
    for (code, sentence) in zip(codes, sentences) {
      #expect(sentence.hasSuffix(".") && sentence.first?.isUppercase == true && !sentence.contains(code))
    }
    #expect(FlagWords.sentence("of-a-later-version", sounds: nil) == "of-a-later-version")
  }

  /// A mask that keeps nothing, or a control without sound.
  @Test func withoutOneOfBothNothingIsSaid() {
    #expect(finding(nil, 0.5) == nil && finding(0.5, nil) == nil)
  }
}
