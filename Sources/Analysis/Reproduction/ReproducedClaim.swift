/// A claim of a report beside what was found when it was measured again.
public struct ReproducedClaim: Sendable, Codable, Hashable {
  /// What the claim's rule says of the figures.
  public enum Verdict: String, Sendable, Codable, CaseIterable {
    case supported
    case notSupported = "not-supported"
    case cannotBeTold = "cannot-be-told"

    /// "supported", "not supported", "cannot be told".
    public var words: String { rawValue.replacing("-", with: " ") }
  }

  /// Names it in tables, for example `accuracy`.
  public let name: String
  /// What the report says, in our words.
  public let claim: String
  /// What was found, with its interval.
  public let found: String
  /// The same question where the claim must not hold, or where nothing was learned; empty where there is none.
  public let control: String
  /// When the verdict is which, as it was set before the figures were known.
  public let rule: String
  public let verdict: Verdict

  public init(
    name: String, claim: String, found: String, control: String, rule: String, verdict: Verdict
  ) {
    (self.name, self.claim, self.found) = (name, claim, found)
    (self.control, self.rule, self.verdict) = (control, rule, verdict)
  }
}
