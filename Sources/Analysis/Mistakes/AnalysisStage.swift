/// What an error report does one after another.
package enum AnalysisStage: String, CaseIterable {
  case reading = "features of all tracks"
  case hearing = "hearing the tracks"
  case explaining = "explaining them"
  case comparing = "hearing what they are compared with"
  case testing = "calibration, baselines, tests"
  case checking = "looking through the data"
  case changing = "robustness"
  case drawing = "cards, pictures, sounds"

  /// - Parameter isSound: whether the data set is sound, whose features are made first.
  package static func all(_ options: AnalysisOptions, isSound: Bool) -> [AnalysisStage] {
    allCases.filter { stage in
      switch stage {
      case .reading: isSound
      case .changing: options.robustnessTracks > 0
      default: true
      }
    }
  }
}
