import Files

/// The formats in which annotations are written. Each has its own source file.
public enum AnnotationFormat: String, Sendable, CaseIterable {
  /// A label track of Audacity, with frequency ranges ("spectral labels").
  case audacity
  /// A selection table of Raven (Cornell Lab of Ornithology).
  case raven
  /// JSON annotated music specification (Humphrey et al. 2014).
  case jams
  /// A region layer of Sonic Visualiser, or a box layer if frequencies are known.
  case sonicVisualiser = "sonic-visualiser"
  /// Cues of WebVTT, for players on web pages.
  case webVTT = "webvtt"

  /// The suffix of the file name after the recording's name.
  public var ending: String {
    switch self {
    case .audacity: "audacity.txt"
    case .raven: "raven.txt"
    case .jams: "jams"
    case .sonicVisualiser: "sonic-visualiser.csv"
    case .webVTT: "vtt"
    }
  }

  /// The file's text. Annotations are written in the order given; those of zero length are left out, because some of the programs
  /// reject them.
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
