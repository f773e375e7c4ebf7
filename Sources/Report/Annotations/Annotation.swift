import Files
import Foundation

/// A marked section of a recording, in the form exchanged by audio programs.
public struct Annotation: Sendable, Hashable {
  public var startSeconds: Double
  public var endSeconds: Double
  /// The label, such as a genre.
  public var label: String
  /// The confidence, 0 to 1, or the share of the evidence in the section.
  public var value: Double
  /// Lowest and highest frequency in Hz; nil for all frequencies.
  public var frequenciesHz: ClosedRange<Double>?

  public init(
    startSeconds: Double, endSeconds: Double, label: String, value: Double,
    frequenciesHz: ClosedRange<Double>? = nil
  ) {
    (self.startSeconds, self.endSeconds, self.label) = (startSeconds, endSeconds, label)
    (self.value, self.frequenciesHz) = (value, frequenciesHz)
  }
}

extension Annotation {
  /// The label on one line, without what separates columns.
  var plainLabel: String { label.shown }

  /// The label with its value, for programs that show nothing else: "Folk 81 %".
  var labelWithValue: String { "\(plainLabel) \(Int((100 * value).rounded())) %" }
}

/// Microseconds, without zeros at the end.
func annotationNumber(_ value: Double) -> String {
  let text = String(format: "%.6f", value)
  let kept = text.utf8.reversed().drop { $0 == UInt8(ascii: "0") }
  let digits = String(decoding: kept.reversed(), as: UTF8.self)
  return digits.hasSuffix(".") ? digits + "0" : digits
}
