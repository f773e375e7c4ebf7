/// A claim of a report with the finding when it was measured again.
public struct ReproducedClaim: Sendable, Codable, Hashable {
  /// The verdict of the claim's rule.
  public enum Verdict: String, Sendable, Codable, CaseIterable {
    case supported
    case notSupported = "not-supported"
    case cannotBeTold = "cannot-be-told"

    /// "supported", "not supported", "cannot be told".
    public var words: String { rawValue.replacing("-", with: " ") }
  }

  /// Its name in tables, for example `accuracy`.
  public let name: String
  /// What the report says, in our words.
  public let claim: String
  /// The finding, with its interval.
  public let found: String
  /// The control: the same question where the claim must not hold, or where nothing was learned; empty if there is none.
  public let control: String
  /// The rule for the verdict, as fixed before the figures were known.
  public let rule: String
  public let verdict: Verdict

  public init(
    name: String, claim: String, found: String, control: String, rule: String, verdict: Verdict
  ) {
    (self.name, self.claim, self.found) = (name, claim, found)
    (self.control, self.rule, self.verdict) = (control, rule, verdict)
  }
}
