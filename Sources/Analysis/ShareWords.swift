import Foundation

extension Double {
  /// A share as people read it, whatever the system's language: "66.6 %".
  package var percentWords: String { String(format: "%.1f %%", 100 * self) }
}
