import Audio
import Explanation
import Features

/// What an explanation's flags say to a reader; documents and tables have their codes.
enum FlagWords {
  /// - Parameter sounds: what was heard again; nil where nothing was.
  static func sentence(_ flag: String, sounds: SoundSummary?) -> String {
    if flag == MapVerdict.flag {
      return sounds?.finding?.sentence ?? "This map does not show why."
    }
    if flag == AudioNote.Code.mostlyPadding.rawValue {
      return "Less than half of what is explained is sound: the rest is silence that was added."
    }
    return ExplanationFlag(rawValue: flag).sentence
  }
}
