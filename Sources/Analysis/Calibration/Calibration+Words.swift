import Foundation
public import Statistics

extension Calibration {
  /// For example "The model claims 93.1 % on average and is right in 88.0 %; its confidence is off by 5.2 points."
  public var sentence: String {
    String(
      format:
        "The model claims %.1f %% on average and is right in %.1f %%; over the bins of confidence it is off by "
        + "%.1f points (expected calibration error).",
      100 * meanConfidence, 100 * accuracy, 100 * expectedCalibrationError)
  }
}

extension TemperatureScaling {
  /// For example "Dividing the logits by 1.42 lowers the log loss from 0.412 to 0.377 (the model was too sure of itself)."
  public var sentence: String { sentence(of: .recording) }

  func sentence(of unit: EvaluatedUnit) -> String {
    guard !isAtBound else {
      let noun = unit == .picture ? "pictures" : "tracks"
      return "No temperature fits: on these \(count) \(noun) the best one lies at the end of the range "
        + "(\(temperature > 1 ? "no better than chance" : "every label is right"))."
    }
    let manner = temperature > 1 ? "too sure" : "not sure enough"
    return String(
      format: "Dividing the logits by %.3f lowers the log loss from %.4f to %.4f (the model was ",
      temperature,
      before.logLoss, after.logLoss) + "\(manner) of itself)."
  }
}

extension TemperatureTrial {
  /// The finding and the resulting decision, in two sentences.
  public var sentence: String { sentence(of: .recording) }

  func sentence(of kind: EvaluatedUnit) -> String {
    let unit = isGrouped ? "groups" : "\(kind.rawValue)s"
    let words = { (interval: ConfidenceInterval) in
      String(format: "%.4f to %.4f", interval.low, interval.high)
    }
    let range = gainInterval.map { " (95 %% interval \(words($0)) by \(groupCount) \(unit))" } ?? ""
    let trial =
      String(
        format:
          "Cross-validated over \(unit) in \(foldCount) folds, the log loss goes from %.4f to %.4f, a gain of %.4f",
        before.logLoss, heldOut.logLoss, gain) + range.replacing("%%", with: "%")
    let errors = String(
      format: ", the calibration error from %.1f to %.1f points. ", 100 * before.expectedCalibrationError,
      100 * heldOut.expectedCalibrationError)
    let verdict =
      isWorthwhile
      ? String(format: "The temperature of %.3f is kept.", temperature)
      : "That it helps on other \(kind == .picture ? "pictures" : "tracks") is not shown: the temperature stays 1."
    return trial + errors + verdict
  }
}

extension ModelCalibration {
  /// What was found and decided, line by line.
  public var sentences: [String] {
    let unit = training?.unit ?? .recording
    return [trial.scaling.sentence(of: unit), training?.words, trial.sentence(of: unit)].compactMap(\.self)
  }
}
