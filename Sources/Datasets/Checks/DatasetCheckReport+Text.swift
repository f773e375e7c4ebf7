import Files
import Foundation

extension DatasetCheckReport {
  /// The report as text for people: the contents, each finding with its first clips, and the verdict.
  ///
  /// - Parameter shown: number of items printed per finding; nil prints all.
  public func text(shown: Int? = 5) -> String {
    var lines = [headline, "", SplitCounts(genres).table(), ""]
    for finding in findings {
      let count = finding.items.isEmpty ? "" : " \(finding.items.count)"
      lines.append("\(finding.severity.rawValue): \(finding.code.rawValue)\(count): \(finding.message.shown)")
      let limit = shown ?? finding.items.count
      lines += finding.items.prefix(limit).map { "    \($0.shown)" }
      if finding.items.count > limit { lines.append("    ... and \(finding.items.count - limit) more") }
    }
    if !findings.isEmpty { lines.append("") }
    return (lines + [verdict]).joined(separator: "\n")
  }

  private var headline: String {
    let recordings = genres.values.reduce(0) { $0 + $1.values.reduce(0, +) }
    let rows = count.counted("row") + (recordings == count ? "" : " of \(recordings.counted("recording"))")
    var parts = [seconds == nil ? rows : count.counted("clip"), genres.count.counted("genre")]
    if let seconds {
      let minutes = Int(seconds / 60)
      parts.append(
        minutes < 60
          ? "\(minutes) min \(Int(seconds) % 60) s of sound"
          : "\(minutes / 60) h \(minutes % 60) min of sound")
    }
    return "\(path.shown): \(parts.joined(separator: ", "))"
  }

  private var verdict: String {
    let errors = findings.filter { $0.severity == .error }
    let warnings = findings.count { $0.severity == .warning }
    let kinds = errors.map(\.code.rawValue).joined(separator: ", ")
    if !errors.isEmpty { return "not fit for training: \(kinds)" }
    return warnings == 0
      ? "fit for training"
      : "fit for training, with \(warnings.counted("kind")) of warning"
  }
}
