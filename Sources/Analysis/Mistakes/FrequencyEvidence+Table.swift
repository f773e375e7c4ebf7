import Files
import Foundation

extension FrequencyEvidence {
  /// The shares as text for a terminal: each reading, the sound itself, even shares, and whether the claim holds.
  public func table() -> String {
    let controls = readings.flatMap { reading in reading.controls.map(reading.controlName) }
    let labels = readings.flatMap(\.rows).map(\.label) + controls + ["even over the mel bands"]
    let width = (labels.map(\.shown.count).max() ?? 0) + 4
    var lines = [
      "evidence by frequency, mean over correct tracks (95 % bootstrap interval, \(resampleCount) resamples, seed \(seed))",
      Self.row(["", "below 250 Hz", "250 to 2 000 Hz", "above 2 000 Hz", "tracks"], width),
    ]
    for reading in readings {
      lines.append("\(reading.method) at \(reading.layer): \(reading.quantity.words)")
      lines += reading.rows.map { Self.row(Self.cells($0), width) }
      lines += reading.controls.map { Self.row(Self.cells($0, named: reading.controlName($0)), width) }
    }
    lines.append("the sound's own difference from the mean")
    lines += sound.map { Self.row(Self.cells($0), width) }
    lines.append(Self.row(["  even over the mel bands"] + evenTexts + [""], width))
    return (lines + [""] + remarks).map(\.shown).joined(separator: "\n")
  }

  private static func cells(_ row: Row, named name: String? = nil) -> [String] {
    let empty = row.emptyCount > 0 ? " (\(row.emptyCount) empty)" : ""
    return ["  " + (name ?? row.label).shown] + [row.low, row.middle, row.high].map(\.text) + [
      "\(row.count)\(empty)"
    ]
  }

  private static func row(_ cells: [String], _ width: Int) -> String {
    let padded = cells.dropFirst().map {
      $0.padding(toLength: max(26, $0.count + 1), withPad: " ", startingAt: 0)
    }
    let text =
      cells[0].padding(toLength: max(width, cells[0].count), withPad: " ", startingAt: 0) + padded.joined()
    return String(text.reversed().drop { $0 == " " }.reversed())
  }
}
