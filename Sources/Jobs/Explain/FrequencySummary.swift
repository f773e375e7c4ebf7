public import Explanation
import Foundation
import Tensors

/// The distribution of an explanation's evidence over frequency, with the distributions to compare it with.
public struct FrequencySummary: Sendable, Codable, Equatable {
  /// The meaning of a cell of the map on the mel axis.
  public let quantity: MelView.Quantity
  /// False if the features have fewer coefficients than mel bands, so the map shows its smooth part.
  public let isExact: Bool
  /// Shares of the evidence.
  public let evidence: BandShares
  /// Shares of the window's own difference from the average sound of training (magnitude in dB): evidence that merely follows the
  /// sound has these.
  public let sound: BandShares
  /// Shares of the mel bands themselves: evidence that is spread evenly over the bands has these.
  public let even: BandShares

  init(_ view: MelView, of window: ExplainedWindow) {
    let centers = view.bandCentersHz
    let own = window.projection.difference(ofInput: window.input).map { abs($0) }
    quantity = view.quantity
    isExact = view.isExact
    evidence = view.bandProfile.shares
    sound = BandProfile(map: own, bandCentersHz: centers).shares
    even = BandProfile.bandShares(bandCentersHz: centers).shares
  }

  /// The shares of a map as a line for a terminal.
  ///
  /// - Parameter map: its name, such as `grad-cam at conv4`.
  public func line(of map: String) -> String {
    "by frequency, \(map): \(evidence.line) (an even map: \(even.line))"
  }

  /// The same as a sentence of a page.
  ///
  /// - Parameter stretch: what was explained: a window, or the track.
  func sentence(of map: String, for question: String, in stretch: String = "window") -> String {
    guard evidence.low + evidence.middle + evidence.high > 0 else {
      return "Nothing in this \(stretch) speaks for \(question) by \(map)."
    }
    return
      "By frequency, the evidence for \(question) that \(map) marks here: \(evidence.line). Of an even map: \(even.line)."
  }
}

extension BandShares {
  /// For example "12 % below 250 Hz, 60 % to 2 000 Hz, 28 % above".
  var line: String {
    String(
      format: "%.0f %% below 250 Hz, %.0f %% to 2 000 Hz, %.0f %% above", 100 * low, 100 * middle, 100 * high)
  }
}
