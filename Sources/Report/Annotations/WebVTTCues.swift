import Foundation

/// Cues of WebVTT (https://www.w3.org/TR/webvtt1/), which a player on a web page shows while the sound runs.
enum WebVTTCues {
  static func text(_ annotations: [Annotation]) -> String {
    let cues = annotations.compactMap { annotation -> String? in
      // Milliseconds: what is shorter has no cue.
      let (start, end) = (time(annotation.startSeconds), time(annotation.endSeconds))
      guard start != end else { return nil }
      return "\(start) --> \(end)\n\(escaped(annotation.labelWithValue))\n\n"
    }
    return "WEBVTT\n\n" + cues.joined()
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
