import Files
import Foundation

/// A problem with a sound file that was used nevertheless: bytes skipped, an early end, a wrong header.
///
/// A file that could not be used is a ``CodedError``; a note says that the sound read is not all of the file, or not what its
/// header says.
public struct AudioNote: Codable, Sendable, Hashable, CustomStringConvertible {
  /// The kind of note; more may be added.
  public struct Code: RawRepresentable, Hashable, Sendable, Codable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Bytes that are not sound were skipped; the sound continues after them.
    public static let skipped = Code(rawValue: "skipped")
    /// The sound ends before the length in its header, or in the middle of a frame.
    public static let cutShort = Code(rawValue: "cut-short")
    /// The header's length is wrong; all the sound that exists is used.
    public static let headerLength = Code(rawValue: "header-length")
    /// Several recordings follow each other in one file; all of them are used.
    public static let joined = Code(rawValue: "joined")
  }

  public var code: Code
  /// What was found and how it was handled, in one line, without the path.
  public var message: String
  /// The position in the decoded sound, in seconds from its start: the first, if there are several.
  public var seconds: Double?
  /// Bytes of the file that produced no sound.
  public var byteCount: Int?
  /// Seconds of sound that the header announces but that are missing.
  public var missingSeconds: Double?

  public init(
    _ code: Code, _ message: String, seconds: Double? = nil, byteCount: Int? = nil,
    missingSeconds: Double? = nil
  ) {
    (self.code, self.message, self.byteCount) = (code, message, byteCount)
    // Milliseconds, so that the same note is the same text everywhere.
    self.seconds = seconds.map { ($0 * 1000).rounded() / 1000 }
    self.missingSeconds = missingSeconds.map { ($0 * 1000).rounded() / 1000 }
  }

  public var description: String { message }

  /// A number of seconds in a message, for example `12.34 s`.
  static func text(_ seconds: Double) -> String {
    let hundredths = Int((min(max(seconds, 0), 1e12) * 100).rounded())
    let cents = String(hundredths % 100)
    return "\(hundredths / 100).\(cents.count < 2 ? "0" : "")\(cents) s"
  }

  /// A number of bytes in a message, for example `1 byte`.
  static func text(bytes: Int) -> String { bytes.counted("byte") }
}

extension AudioNote {
  /// Notes as one line of JSON, equal for equal notes; empty for none.
  public static func line(_ notes: [AudioNote]) -> String {
    guard !notes.isEmpty else { return "" }
    return (try? JSONDocument.encodeVerbatim(notes)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Reads what ``line(_:)`` writes; nil for anything else.
  public static func notes(fromLine line: String) -> [AudioNote]? {
    line.isEmpty ? [] : try? JSONDecoder().decode([AudioNote].self, from: Data(line.utf8))
  }
}
