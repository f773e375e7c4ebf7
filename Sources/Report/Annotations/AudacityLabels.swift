/// A label track of Audacity: `start TAB end TAB label`, and on a line of its own `\ TAB low TAB high` in Hz where a range
/// of frequency is known (https://manual.audacityteam.org/man/importing_and_exporting_labels.html).
enum AudacityLabels {
  static func text(_ annotations: [Annotation]) -> String {
    annotations.map { annotation in
      let times = [annotation.startSeconds, annotation.endSeconds].map(annotationNumber)
      let line = (times + [annotation.labelWithValue]).joined(separator: "\t") + "\n"
      guard let range = annotation.frequenciesHz else { return line }
      return line + "\\\t\(annotationNumber(range.lowerBound))\t\(annotationNumber(range.upperBound))\n"
    }.joined()
  }
}
