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
          metadata: Metadata(source: recording.source),
          data: annotations.map {
            Observation(
              time: $0.startSeconds, duration: $0.endSeconds - $0.startSeconds, value: $0.plainLabel,
              confidence: $0.value)
          }, sandbox: Sandbox(annotations))
      ],
      file: FileMetadata(title: recording.name.shown, duration: recording.seconds),
      sandbox: Empty())
    // Numbers that are none cannot come here, and nothing else fails.
    let bytes = (try? JSONDocument.encode(document)) ?? []
    return String(decoding: bytes, as: UTF8.self) + "\n"
  }

  private struct Document: Encodable {
    let annotations: [Body]
    let file: FileMetadata
    let sandbox: Empty

    enum CodingKeys: String, CodingKey {
      case annotations, sandbox
      case file = "file_metadata"
    }
  }

  private struct Body: Encodable {
    let namespace: String
    let time: Double
    let duration: Double
    let metadata: Metadata
    let data: [Observation]
    let sandbox: Sandbox

    enum CodingKeys: String, CodingKey {
      case namespace, time, duration, data, sandbox
      case metadata = "annotation_metadata"
    }
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
    let tools = "GenreLens"
    let rules = ""
    let validation = ""
    let source: String

    enum CodingKeys: String, CodingKey {
      case curator, annotator, version, corpus, validation
      case tools = "annotation_tools"
      case rules = "annotation_rules"
      case source = "data_source"
    }
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
    let version = "0.3.4"

    enum CodingKeys: String, CodingKey {
      case title, artist, release, duration, identifiers
      case version = "jams_version"
    }
  }

  private struct Sandbox: Encodable {
    let lowHz: [Double]?
    let highHz: [Double]?

    enum CodingKeys: String, CodingKey {
      case lowHz = "low_hz"
      case highHz = "high_hz"
    }

    init(_ annotations: [Annotation]) {
      let ranges = annotations.compactMap(\.frequenciesHz)
      let isWhole = !ranges.isEmpty && ranges.count == annotations.count
      lowHz = isWhole ? ranges.map(\.lowerBound) : nil
      highHz = isWhole ? ranges.map(\.upperBound) : nil
    }
  }

  private struct Empty: Encodable {}
}
