import GenreLens

extension Terminal {
  /// Classes with their probabilities, most probable first; of more than ten only five, and how many follow.
  static func shares(_ probabilities: [String: Double]) -> String {
    let sorted = probabilities.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let shown = sorted.prefix(sorted.count > 10 ? 5 : 10).map { "\($0) \($1.percentText())" }
    let rest = sorted.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
