public import Analysis
import Files
import Foundation
import Statistics

extension AnalysisResult {
  /// The report's findings other than accuracy and frequencies, as lines for a terminal.
  public var findings: [String] {
    var lines: [String] = []
    if !baselines.isEmpty {
      let parts = baselines.map { "\($0.name) \($0.report.accuracy.percentText())" }
      lines.append("baselines: \(parts.joined(separator: ", "))")
    }
    if let calibration {
      lines.append("calibration: \(calibration.plain.sentence)")
      if let scaled = calibration.scaled, let temperature = calibration.temperature {
        lines.append(
          String(format: "  with a temperature of %.3f it is off by ", temperature)
            + scaled.expectedCalibrationError.percentText().replacing(" %", with: " points"))
      }
    }
    for reading in coherence where !reading.directions.isEmpty {
      // Of many directions the report lists each.
      let sentences =
        reading.directions.count > 2 ? [reading.sentence] : reading.directions.map(\.sentence)
      lines += sentences.map { "mistakes: \($0)" }
    }
    if let dataProblems { lines += dataProblems.lines }
    if let robustness { lines += robustness.lines }
    if !withoutSound.isEmpty { lines.append("\(withoutSound.count) shown tracks have no sound to be heard") }
    return lines.map(\.shown)
  }
}

extension DataProblems {
  fileprivate var lines: [String] {
    var lines = findings.map { "data \($0.severity): \($0.message) (\($0.items.count))" }
    if !duplicates.isEmpty {
      lines.append("data: \(duplicates.count) pairs of tracks in different splits are nearly alike")
    }
    if let labelIssues, let accuracy = labelIssueAccuracy {
      let share = accuracy.percentText()
      lines.append(
        accuracy < Self.trustedAccuracy
          ? "data: wrong labels cannot be told: held-out predictions are right for \(share) only"
          : "data: \(labelIssues.candidateCount) of \(labelIssues.trackCount) labels may be wrong, by held-out predictions "
            + "that are right for \(share)")
    }
    if let slices {
      lines += slices.standingOut.map { "slice: \($0.sentence)" }
      if slices.standingOut.isEmpty, slices.testCount > 0 {
        lines.append("slices: none of \(slices.testCount) stands out")
      }
    }
    return lines
  }
}

extension RobustnessReport {
  /// What was measured, and in one line what was not.
  fileprivate var lines: [String] {
    let missing = Dictionary(grouping: changes.filter { $0.effect == nil }) {
      $0.skippedReasons.first?.reason ?? "no track"
    }
    let unmeasured = missing.sorted { $0.key < $1.key }.map { reason, changes in
      "not measured (\(reason)): \(changes.map(\.words).joined(separator: ", "))"
    }
    let measured = changes.filter { $0.effect != nil }.map(\.sentence) + attacks.map(\.sentence)
    return (measured + unmeasured).map { "robustness: \($0)" }
  }
}
