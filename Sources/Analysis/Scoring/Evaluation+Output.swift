import Foundation

extension Evaluation: Encodable {
  private enum CodingKeys: String, CodingKey {
    case unit, split, training, windows, scoring, leftOut, notes, soundNotes
  }

  private struct Windows: Encodable {
    let count: Int
    let accuracy: Double
  }

  /// The report's keys, and in addition `unit` (what is counted: `recording`, or `picture`), `split` (which part was judged), `training` (how
  /// many of them were used to make the model), `windows` (count and accuracy of single windows), `scoring`, `leftOut`, `notes`
  /// (notes for the reader) and `soundNotes` (path and note of sound files with skipped or missing parts).
  public func encode(to encoder: any Encoder) throws {
    try report.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(part.unit.rawValue, forKey: .unit)
    try values.encode(part.name, forKey: .split)
    try values.encode(overlap, forKey: .training)
    try values.encode(Windows(count: windows.count, accuracy: windows.accuracy), forKey: .windows)
    try values.encode(options, forKey: .scoring)
    try values.encode(leftOut, forKey: .leftOut)
    try values.encode(notes, forKey: .notes)
    try values.encode(soundNotes, forKey: .soundNotes)
  }

  /// The report's table, with the recordings it covers and notes about them; if tracks have several windows, also a line on the
  /// accuracy of single windows.
  public func table() -> String {
    let table = report.table(of: part.unit, remarks: [part.words, overlap.words].compactMap(\.self))
    guard windows.count != report.count else { return table }
    let share = (windows.accuracy * 100).formatted(.number.precision(.fractionLength(1)))
    return table
      + "\n\nsingle windows: accuracy \(share) % of \(windows.count), \(options.average.words) each track"
  }
}

extension WindowAverage {
  /// What it does to the windows of a track, as a clause.
  package var words: String {
    switch self {
    case .probability: "their mean probability decides"
    case .logProbability: "their mean log probability decides"
    case .vote: "their majority decides"
    }
  }
}
