import Files
import Foundation

/// A JAMS document: one annotation of the name space `segment_open`, time, duration, value and confidence of each segment.
///
/// Humphrey et al., "JAMS: a JSON annotated music specification for reproducible MIR research", ISMIR 2014; schema 0.3.4.
/// Ranges of frequency, for which it has no place, are in the annotation's sandbox, one for each segment.
enum JAMSDocument {
  static func text(_ annotations: [Annotation], of recording: AnnotatedRecording) -> String {
    let document = Document(
      annotations: [
        Body(
          namespace: "segment_open", time: 0, duration: recording.seconds,
          annotation_metadata: Metadata(data_source: recording.source),
          data: annotations.map {
            Observation(
              time: $0.startSeconds, duration: $0.endSeconds - $0.startSeconds, value: $0.plainLabel,
              confidence: $0.value)
          }, sandbox: Sandbox(annotations))
      ],
      file_metadata: FileMetadata(title: recording.name.shown, duration: recording.seconds),
      sandbox: Empty())
    // Numbers that are none cannot come here, and nothing else fails.
    let bytes = (try? JSONDocument.encode(document)) ?? []
    return String(decoding: bytes, as: UTF8.self) + "\n"
  }

  // Keys are JAMS's own.
  private struct Document: Encodable {
    let annotations: [Body]
    let file_metadata: FileMetadata
    let sandbox: Empty
  }

  private struct Body: Encodable {
    let namespace: String
    let time: Double
    let duration: Double
    let annotation_metadata: Metadata
    let data: [Observation]
    let sandbox: Sandbox
  }

  private struct Observation: Encodable {
    let time: Double
    let duration: Double
    let value: String
    let confidence: Double
  }

  private struct Metadata: Encodable {
    var curator = Curator()
    let annotator = Empty()
    let version = ""
    let corpus = ""
    let annotation_tools = "GenreLens"
    let annotation_rules = ""
    let validation = ""
    let data_source: String
  }

  private struct Curator: Encodable {
    let name = ""
    let email = ""
  }

  private struct FileMetadata: Encodable {
    let title: String
    let artist = ""
    let release = ""
    let duration: Double
    let identifiers = Empty()
    let jams_version = "0.3.4"
  }

  private struct Sandbox: Encodable {
    let low_hz: [Double]?
    let high_hz: [Double]?

    init(_ annotations: [Annotation]) {
      let ranges = annotations.compactMap(\.frequenciesHz)
      let isWhole = !ranges.isEmpty && ranges.count == annotations.count
      low_hz = isWhole ? ranges.map(\.lowerBound) : nil
      high_hz = isWhole ? ranges.map(\.upperBound) : nil
    }
  }

  private struct Empty: Encodable {}
}
