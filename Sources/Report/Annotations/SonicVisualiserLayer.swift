import Files

/// A layer of Sonic Visualiser as CSV with a header.
///
/// Where every annotation has a range of frequency, a box layer: start, end, extent start, extent end (in Hz), label, as Sonic
/// Visualiser 4.3 and later export it. Else a region layer: time, value, duration, label; the value is the annotation's.
enum SonicVisualiserLayer {
  static func text(_ annotations: [Annotation]) -> String {
    let ranges = annotations.compactMap(\.frequenciesHz)
    guard ranges.isEmpty || ranges.count < annotations.count else { return boxes(annotations, ranges) }
    let rows = annotations.map { annotation in
      [
        annotationNumber(annotation.startSeconds), annotationNumber(annotation.value),
        annotationNumber(annotation.endSeconds - annotation.startSeconds), annotation.plainLabel,
      ]
    }
    return CSVText.encode(header: ["TIME", "VALUE", "DURATION", "LABEL"], rows: rows)
  }

  private static func boxes(_ annotations: [Annotation], _ ranges: [ClosedRange<Double>]) -> String {
    let rows = zip(annotations, ranges).map { annotation, range in
      [annotation.startSeconds, annotation.endSeconds, range.lowerBound, range.upperBound].map(
        annotationNumber)
        + [annotation.labelWithValue]
    }
    return CSVText.encode(header: ["START", "END", "EXTENT START", "EXTENT END", "LABEL"], rows: rows)
  }
}
