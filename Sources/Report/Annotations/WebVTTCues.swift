import Foundation

/// Cues of WebVTT (https://www.w3.org/TR/webvtt1/), which a player on a web page shows while the sound runs.
enum WebVTTCues {
  static func text(_ annotations: [Annotation]) -> String {
    let cues = annotations.compactMap { annotation -> String? in
      // Milliseconds: what is shorter has no cue.
      let (start, end) = (time(annotation.startSeconds), time(annotation.endSeconds))
      guard start != end else { return nil }
      return "\(start) --> \(end)\n\(escaped(words(annotation)))\n\n"
    }
    return "WEBVTT\n\n" + cues.joined()
  }

  /// "Folk 81 %", with the range of frequency where it is known: ", 60 to 250 Hz".
  private static func words(_ annotation: Annotation) -> String {
    guard let range = annotation.frequenciesHz else { return annotation.labelWithValue }
    let (low, high) = (Int(range.lowerBound.rounded()), Int(range.upperBound.rounded()))
    return "\(annotation.labelWithValue), \(low) to \(high) Hz"
  }

  private static func time(_ seconds: Double) -> String {
    let milliseconds = Int((seconds * 1000).rounded())
    return String(
      format: "%02d:%02d:%02d.%03d", milliseconds / 3_600_000, milliseconds / 60_000 % 60,
      milliseconds / 1000 % 60, milliseconds % 1000)
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
