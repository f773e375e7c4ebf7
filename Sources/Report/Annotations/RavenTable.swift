/// A selection table of Raven: tab-separated, one row a selection, each with a range of frequency.
///
/// Columns as Raven Pro 1.6 writes them, with two of our own, which it keeps: Annotation and Score.
enum RavenTable {
  private static let header = [
    "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)",
    "Annotation", "Score",
  ]

  static func text(_ annotations: [Annotation], of recording: AnnotatedRecording) -> String {
    let rows = annotations.enumerated().map { index, annotation in
      let range = annotation.frequenciesHz ?? 0...recording.highestHz
      let numbers = [
        annotation.startSeconds, annotation.endSeconds, range.lowerBound, range.upperBound,
      ].map(annotationNumber)
      return ["\(index + 1)", "Spectrogram 1", "1"] + numbers
        + [annotation.plainLabel, annotationNumber(annotation.value)]
    }
    return ([header] + rows).map { $0.joined(separator: "\t") + "\n" }.joined()
  }
}
