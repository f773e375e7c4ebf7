import Foundation

// Numbers as people read them: the same whatever the locale.

extension Double {
  /// A share as a percentage: 0.875 is "87.5 %".
  ///
  /// - Parameter space: what is between number and sign; on a page one that does not break.
  package func percentText(decimals: Int = 1, space: String = " ") -> String {
    String(format: "%.\(decimals)f\(space)%%", 100 * self)
  }

  /// With so many decimals: "0.875".
  package func decimalText(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}

extension Int {
  /// A count with its noun: "1 track", "2 tracks".
  package func counted(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}
