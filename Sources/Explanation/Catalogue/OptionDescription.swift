import Files

/// An option's names, purpose and allowed values.
public struct OptionDescription: Sendable, Hashable {
  /// The allowed values.
  public enum Kind: Sendable, Hashable {
    case integer(ClosedRange<Int>)
    case number
    case natural
    case name([String])
    case extents
    /// A flag; in files it has the opposite value if it is inverted.
    case flag(isInverted: Bool)
  }

  /// The name on the command line, such as `steps` for `--steps`.
  public let name: String
  /// The name in files.
  public let key: String
  /// What is counted or chosen, such as `Integrated Gradients' number of steps`: the beginning of error messages.
  public let subject: String
  /// The help text: a phrase that describes it, without its default.
  public let help: String
  public let kind: Kind
  /// The default as text.
  public let defaultText: String
}
