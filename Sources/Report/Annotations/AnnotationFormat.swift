import Files

/// The formats in which annotations are written. Each has a file of its own.
public enum AnnotationFormat: String, Sendable, CaseIterable {
  /// A label track of Audacity, with frequency ranges ("spectral labels").
  case audacity
  /// A selection table of Raven (Cornell Lab of Ornithology).
  case raven
  /// JSON annotated music specification (Humphrey et al. 2014).
  case jams
  /// A region layer of Sonic Visualiser, or a box layer where frequencies are known.
  case sonicVisualiser = "sonic-visualiser"
  /// Cues of WebVTT, for players on web pages.
  case webVTT = "webvtt"

  /// What comes after a recording's name in that of the file.
  public var ending: String {
    switch self {
    case .audacity: "audacity.txt"
    case .raven: "raven.txt"
    case .jams: "jams"
    case .sonicVisualiser: "sonic-visualiser.csv"
    case .webVTT: "vtt"
    }
  }

  /// The file's text. Annotations are written in the order given; ones of no length are left out, which some of the programs
  /// refuse.
  public func text(_ annotations: [Annotation], of recording: AnnotatedRecording) -> String {
    let annotations = annotations.filter { $0.endSeconds > $0.startSeconds }
    return switch self {
    case .audacity: AudacityLabels.text(annotations)
    case .raven: RavenTable.text(annotations, of: recording)
    case .jams: JAMSDocument.text(annotations, of: recording)
    case .sonicVisualiser: SonicVisualiserLayer.text(annotations)
    case .webVTT: WebVTTCues.text(annotations)
    }
  }
}
