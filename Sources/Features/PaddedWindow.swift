public import Audio

/// Windows of which more than half is silence that was added after a short clip: a model's verdict on them is as much about
/// silence as about the sound.
public enum PaddedWindow {
  /// Whether more than half of a window is added silence.
  public static func isMostlyPadding(paddedSeconds: Double, windowSeconds: Double) -> Bool {
    // Stored seconds are rounded to milliseconds.
    paddedSeconds > windowSeconds / 2 + 0.000_6
  }

  /// For example `from 0.5 s of sound in a window of 3 s: mostly added silence`.
  public static func words(heardSeconds: Double, windowSeconds: Double) -> String {
    "from \(text(heardSeconds)) s of sound in a window of \(text(windowSeconds)) s: mostly added silence"
  }

  /// Two digits that say something, however small the number.
  private static func text(_ seconds: Double) -> String {
    guard seconds > 0 else { return "0" }
    var unit = 100.0
    while seconds * unit < 10, unit < 1e9 { unit *= 10 }
    let rounded = (seconds * unit).rounded() / unit
    return rounded == rounded.rounded() ? String(Int(rounded)) : Self.decimal(rounded)
  }

  /// Without an exponent.
  private static func decimal(_ value: Double) -> String {
    let text = String(value)
    guard text.contains("e") else { return text }
    var (digits, rest) = ("0.", value)
    while rest > 1e-12, digits.utf8.count < 14 {
      rest *= 10
      let digit = Int((rest + 1e-6).rounded(.down))
      digits += String(digit)
      rest -= Double(digit)
    }
    return digits
  }
}

extension AudioNote.Code {
  /// More than half of the file's only window is silence that was added.
  public static let mostlyPadding = AudioNote.Code(rawValue: "mostly-padding")
}

extension AudioNote {
  /// The note on a window that is mostly added silence.
  public static func mostlyPadding(paddedSeconds: Double, windowSeconds: Double) -> AudioNote {
    AudioNote(
      .mostlyPadding,
      PaddedWindow.words(heardSeconds: windowSeconds - paddedSeconds, windowSeconds: windowSeconds))
  }
}
