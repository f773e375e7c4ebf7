public import Audio
package import Datasets
public import Files

/// A sound file that could not be heard: a line of a ledger.
public struct FailedTrack: Error, Sendable, Codable, Equatable {
  public let path: String
  /// The section that was to be heard; nil is the whole file.
  public let segment: SoundSegment?
  /// The error's code for programs, for example "unknown-format".
  public let code: String
  /// What was wrong, in one line, without the path.
  public let reason: String

  package init(_ error: any Error, _ input: SoundInput) {
    (path, segment) = (input.path, input.segment)
    let failure = Failure(error)
    code = failure.code
    // The modules' errors all say the path first.
    let (text, lead) = (String(describing: error), "\(input.path): ")
    let said = (text.hasPrefix(lead) ? String(text.dropFirst(lead.count)) : text)
      .split(whereSeparator: \.isNewline).joined(separator: " ")
    reason = Self.hint(for: input, code: code) ?? said
  }

  /// What to do about a name that is no sound file; nil where the error says it best.
  private static func hint(for input: SoundInput, code: String) -> String? {
    if code == "missing", input.path.contains("://") {
      return "an address, not a file: only files on this machine are heard"
    }
    if code == "unknown-format", ["txt", "lst"].contains(fileExtension(input.path)) {
      return
        "not a sound file; the names in a list are read by -, as in: genrelens ... - < \(lastName(input.path))"
    }
    return nil
  }

  /// As a failure of the command.
  public var failure: Failure {
    Failure(code: code, message: "\(SoundInput(path: path, segment: segment).name): \(reason)")
  }
}
