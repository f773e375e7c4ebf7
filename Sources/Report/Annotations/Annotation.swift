import Files
import Foundation

/// A marked stretch of a recording, as programs that show sound exchange it.
public struct Annotation: Sendable, Hashable {
  public var startSeconds: Double
  public var endSeconds: Double
  /// What is there, such as a genre.
  public var label: String
  /// How sure it is, 0 to 1, or how much of the evidence lies there.
  public var value: Double
  /// Lowest and highest frequency in Hz; nil where it speaks of all.
  public var frequenciesHz: ClosedRange<Double>?

  public init(
    startSeconds: Double, endSeconds: Double, label: String, value: Double,
    frequenciesHz: ClosedRange<Double>? = nil
  ) {
    (self.startSeconds, self.endSeconds, self.label) = (startSeconds, endSeconds, label)
    (self.value, self.frequenciesHz) = (value, frequenciesHz)
  }
}

/// The recording that annotations belong to.
public struct AnnotatedRecording: Sendable, Hashable {
  /// The sound file's name without folders.
  public var name: String
  public var seconds: Double
  /// The highest frequency that was heard, in Hz: half the sample rate of the features.
  public var highestHz: Double
  /// Of what program and model the annotations are, in words.
  public var source: String

  public init(name: String, seconds: Double, highestHz: Double, source: String) {
    (self.name, self.seconds, self.highestHz, self.source) = (name, seconds, highestHz, source)
  }
}

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

extension Annotation {
  /// The label on one line, without what separates columns.
  var plainLabel: String { label.shown }

  /// The label with its value, for programs that show nothing else: "Folk 81 %".
  var labelWithValue: String { "\(plainLabel) \(Int((100 * value).rounded())) %" }
}

/// Microseconds, without zeros at the end.
func annotationNumber(_ value: Double) -> String {
  let text = String(format: "%.6f", value)
  let kept = text.utf8.reversed().drop { $0 == UInt8(ascii: "0") }
  let digits = String(decoding: kept.reversed(), as: UTF8.self)
  return digits.hasSuffix(".") ? digits + "0" : digits
}
