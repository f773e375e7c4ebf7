import Statistics

/// A claim that a network recognises one class by the low and another by the middle and high frequencies.
public struct FrequencyClaim: Sendable, Codable, Hashable {
  /// The class claimed to be heard below 250 Hz.
  public let lowLabel: String
  /// The class claimed to be heard from 250 Hz up.
  public let highLabel: String

  public init(lowLabel: String, highLabel: String) {
    (self.lowLabel, self.highLabel) = (lowLabel, highLabel)
  }

  /// The other of its two classes; nil for any third class.
  public func rival(of label: String) -> String? {
    label == lowLabel ? highLabel : label == highLabel ? lowLabel : nil
  }

  /// The founding report's: Hip-Hop in the low, Folk in the middle and high frequencies.
  public static let founding = FrequencyClaim(lowLabel: "Hip-Hop", highLabel: "Folk")
}
