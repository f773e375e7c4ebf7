import Foundation
import TestSupport
import Testing

@testable import Report

/// The files under Golden/ were written by hand after the formats' descriptions; `Golden/check_annotations.py` reads them by
/// other people's parsers.
@Suite(.tags(.hand, .reference)) struct AnnotationTests {
  private static let annotations = [
    Annotation(startSeconds: 0, endSeconds: 3.5, label: "Folk", value: 0.81),
    // No program shows a mark without length, and some refuse it.
    Annotation(startSeconds: 3.5, endSeconds: 3.5, label: "nothing", value: 1),
    Annotation(
      startSeconds: 3.5, endSeconds: 7.25, label: "Hip-Hop", value: 0.666, frequenciesHz: 60...250),
    Annotation(
      startSeconds: 7.25, endSeconds: 3723.004, label: "A<b>&\t\"c\",é", value: 0.5,
      frequenciesHz: 0.5...11_025),
  ]
  private static let recording = AnnotatedRecording(
    name: "song, \"live\".mp3", seconds: 3723.004, highestHz: 11_025, source: "GenreLens: Folk, Hip-Hop")

  @Test(arguments: AnnotationFormat.allCases) func isWhatOtherProgramsRead(format: AnnotationFormat) throws {
    let url = try #require(
      Bundle.module.url(forResource: "annotations", withExtension: format.ending, subdirectory: "Golden"))
    #expect(
      format.text(Self.annotations, of: Self.recording) == (try String(contentsOf: url, encoding: .utf8)))
  }

  /// Regions of an explanation's evidence, which overlap and all have a range of frequency.
  @Test(arguments: AnnotationFormat.allCases) func evidenceIsWhatOtherProgramsRead(
    format: AnnotationFormat
  ) throws {
    let url = try #require(
      Bundle.module.url(forResource: "evidence", withExtension: format.ending, subdirectory: "Golden"))
    let evidence = [
      Annotation(
        startSeconds: 12.5, endSeconds: 13.25, label: "Hip-Hop", value: 0.31, frequenciesHz: 60...250),
      Annotation(
        startSeconds: 12.75, endSeconds: 15.5, label: "Hip-Hop rather than Folk", value: 0.12,
        frequenciesHz: 1800.5...6000),
    ]
    let recording = AnnotatedRecording(
      name: "song.flac", seconds: 30.04, highestHz: 11_025,
      source: "GenreLens: evidence for Hip-Hop by grad-cam")
    #expect(format.text(evidence, of: recording) == (try String(contentsOf: url, encoding: .utf8)))
  }

  @Test(arguments: AnnotationFormat.allCases) func nothingIsADocumentToo(format: AnnotationFormat) {
    let text = format.text([], of: Self.recording)
    #expect(format == .audacity ? text.isEmpty : text.hasSuffix("\n"))
  }

  /// A label cannot make lines, columns or cues of its own.
  @Test(arguments: AnnotationFormat.allCases) func labelsStayInTheirPlace(format: AnnotationFormat) {
    let hostile = Annotation(
      startSeconds: 0, endSeconds: 1, label: "x\n\n00:00:00.000 --> 00:00:09.000\r\ty\u{1B}[2J", value: 0.5)
    let plain = Annotation(startSeconds: 0, endSeconds: 1, label: "x", value: 0.5)
    let count = { (annotation: Annotation) in
      format.text([annotation], of: Self.recording).utf8.count { $0 == 10 || $0 == 9 || $0 == 13 || $0 == 27 }
    }
    #expect(count(hostile) == count(plain))
  }
}
