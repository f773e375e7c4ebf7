import Files

/// What an option is called, what it is for, and which values it takes.
public struct OptionDescription: Sendable, Hashable {
  /// Which values it takes.
  public enum Kind: Sendable, Hashable {
    case integer(ClosedRange<Int>)
    case number
    case natural
    case name([String])
    case extents
    /// Given or not; in files the opposite where it is inverted.
    case flag(isInverted: Bool)
  }

  /// On the command line, such as `steps` for `--steps`.
  public let name: String
  /// In files.
  public let key: String
  /// What is counted or chosen, such as `Integrated Gradients' number of steps`: how an error begins.
  public let subject: String
  /// Help: a phrase that says what it is, without its default.
  public let help: String
  public let kind: Kind
  /// The default as text.
  public let defaultText: String
}
