import Files

/// A region layer of Sonic Visualiser as CSV with a header: time, value, duration, label. The value is the annotation's.
enum SonicVisualiserRegions {
  static func text(_ annotations: [Annotation]) -> String {
    let rows = annotations.map { annotation in
      [
        annotationNumber(annotation.startSeconds), annotationNumber(annotation.value),
        annotationNumber(annotation.endSeconds - annotation.startSeconds), annotation.plainLabel,
      ]
    }
    return CSVText.encode(header: ["TIME", "VALUE", "DURATION", "LABEL"], rows: rows)
  }
}
