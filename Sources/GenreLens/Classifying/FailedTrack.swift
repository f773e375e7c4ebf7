public import Audio
import Datasets

/// A sound file that could not be heard: a line of a ledger.
public struct FailedTrack: Error, Sendable, Codable, Equatable {
  public let path: String
  /// The stretch that was to be heard; nil is the whole file.
  public let segment: SoundSegment?
  /// The error's code for programs, for example "unknown-format".
  public let code: String
  /// What was wrong, in one line, without the path.
  public let reason: String

  init(_ error: any Error, _ input: SoundInput) {
    (path, segment) = (input.path, input.segment)
    let failure = Failure(error)
    code = failure.code
    // The modules' errors all say the path first.
    let (text, lead) = (String(describing: error), "\(input.path): ")
    reason = (text.hasPrefix(lead) ? String(text.dropFirst(lead.count)) : text)
      .split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// As a failure of the command.
  public var failure: Failure {
    Failure(code: code, message: "\(SoundInput(path: path, segment: segment).name): \(reason)")
  }
}
