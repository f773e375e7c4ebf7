public import Analysis
import Datasets
import Features
public import Files
import Models
public import Report

/// What to write about a track over time.
public struct TimelineOptions: Sendable {
  /// A file with a track's windows or segments.
  public enum Output: Hashable, Sendable, CaseIterable {
    /// `NAME.windows.csv`: start, end, class, probabilities and added silence of each window.
    case csv
    /// `NAME.windows.jsonl`: the same, one JSON object per line.
    case jsonLines
    /// `NAME.png`: probabilities over time and segments, drawn; `NAME.svg`, `NAME.pdf` the same as vectors.
    case picture(FigureFormat)
    /// `NAME.segments.csv`: start, end, class, probability and margin of each segment.
    case segments
    /// The segments for an audio program.
    case annotations(AnnotationFormat)

    public static var allCases: [Output] {
      [.csv, .jsonLines, .segments] + FigureFormat.allCases.map { .picture($0) }
        + AnnotationFormat.allCases.map { .annotations($0) }
    }

    /// Its name on the command line.
    public var name: String {
      switch self {
      case .csv: "csv"
      case .jsonLines: "jsonl"
      case .picture(let format): format.rawValue
      case .segments: "segments"
      case .annotations(let format): format.rawValue
      }
    }

    /// What comes after a track's name in that of the file.
    var ending: String {
      switch self {
      case .csv: "windows.csv"
      case .jsonLines: "windows.jsonl"
      case .picture(let format): format.rawValue
      case .segments: "segments.csv"
      case .annotations(let format): format.ending
      }
    }

    /// Reads a name. Throws ``CodedError`` `usage` for an unknown one.
    public init(named name: String) throws(CodedError) {
      guard let found = Self.allCases.first(where: { $0.name == name.lowercased() }) else {
        let known = Self.allCases.map(\.name).joined(separator: ", ")
        throw CodedError(.usage, "unknown format \"\(name)\": choose from \(known)")
      }
      self = found
    }
  }

  public var outputs: [Output] = [.csv, .segments, .picture(.png), .annotations(.audacity)]
  /// When the class changes.
  public var rule = SegmentRule()

  public init() {}

  /// Throws ``CodedError`` for invalid numbers.
  public func validate() throws(CodedError) {
    guard (0...1).contains(rule.margin) else {
      throw CodedError(.usage, "the margin must be 0 to 1, not \(rule.margin)")
    }
    guard (0...86_400).contains(rule.minimumSeconds) else {
      throw CodedError(
        .usage, "the shortest segment must be 0 to 86400 seconds, not \(rule.minimumSeconds)")
    }
  }
}
