import Foundation

/// How the values of one column divide the tracks.
struct ColumnCut {
  struct Part {
    let words: String
    /// Positions of its tracks.
    let members: [Int]
    var isPooled = false
  }

  enum Outcome {
    case cut(ColumnCut)
    case leftOut(String)
  }

  let kind: SliceAnalysis.Kind
  let parts: [Part]
  /// Tracks without a value.
  let missing: [Int]

  /// Cuts a column by decades where it holds dates or its name says years, by quartiles where it holds many different
  /// numbers, else by values.
  static func cut(_ column: SliceAnalysis.Column, options: SliceAnalysis.Options) -> Outcome {
    var places: [String: [Int]] = [:]
    var missing: [Int] = []
    for (index, value) in column.values.enumerated() {
      let text = value?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
      if text.isEmpty { missing.append(index) } else { places[text, default: []].append(index) }
    }
    guard !places.isEmpty else { return .leftOut("no track has a value") }
    guard places.count > 1 else {
      return .leftOut("all tracks with a value have the same one (\(shortened(places.keys.first ?? "")))")
    }
    if let years = years(of: places, column: column.name) {
      return cut(.decades, decades(years), missing, "decade")
    }
    if let numbers = numbers(of: places), Set(numbers.map(\.value)).count >= options.minimumNumbers {
      return cut(.quartiles, quartiles(numbers), missing, "range")
    }
    guard places.count <= options.maximumValues else {
      return .leftOut("\(places.count) different values, more than \(options.maximumValues)")
    }
    return cut(.values, values(places, minimumCount: options.minimumCount), missing, "value")
  }

  private static func cut(
    _ kind: SliceAnalysis.Kind, _ parts: [Part], _ missing: [Int], _ noun: String
  ) -> Outcome {
    guard parts.count > 1 else { return .leftOut("all tracks fall into one \(noun) (\(parts[0].words))") }
    return .cut(ColumnCut(kind: kind, parts: parts, missing: missing))
  }

  // MARK: - Values

  private static func values(_ places: [String: [Int]], minimumCount: Int) -> [Part] {
    let sorted = places.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    let frequent = sorted.filter { $0.value.count >= minimumCount }
    let rare = sorted.filter { $0.value.count < minimumCount }
    var parts = frequent.map { Part(words: shortened($0.key), members: $0.value) }
    if rare.count == 1 {
      parts.append(Part(words: shortened(rare[0].key), members: rare[0].value))
    } else if !rare.isEmpty {
      parts.append(
        Part(words: "other (\(rare.count) rare values)", members: rare.flatMap(\.value), isPooled: true))
    }
    return parts
  }

  /// At most 80 characters of a text from outside, on one line.
  private static func shortened(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return line.count > 80 ? line.prefix(79) + "…" : line
  }

  // MARK: - Numbers

  private typealias Number = (value: Double, members: [Int])

  /// The numbers ascending; nil unless every value is one. Hexadecimal, infinities and NaN are no numbers here.
  private static func numbers(of places: [String: [Int]]) -> [Number]? {
    var result: [Number] = []
    for (text, members) in places {
      guard text.utf8.allSatisfy({ ("0"..."9").contains(UnicodeScalar($0)) || ".+-eE".utf8.contains($0) }),
        let value = Double(text), value.isFinite
      else { return nil }
      result.append((value, members))
    }
    return result.sorted { $0.value < $1.value }
  }

  /// Up to four parts with equal counts as far as equal numbers, which stay together, allow.
  private static func quartiles(_ numbers: [Number]) -> [Part] {
    // Different texts may be one number ("1", "1.0").
    var merged: [Number] = []
    for number in numbers {
      if merged.last?.value == number.value {
        merged[merged.count - 1].members += number.members
      } else {
        merged.append(number)
      }
    }
    let total = merged.reduce(0) { $0 + $1.members.count }
    var groups: [[Number]] = [[], [], [], []]
    var before = 0
    for number in merged {
      // By the middle of its run, which no order of equal numbers can move.
      let middle = before * 2 + number.members.count
      groups[min(3, middle * 4 / (2 * total))].append(number)
      before += number.members.count
    }
    return groups.compactMap { group in
      guard let first = group.first, let last = group.last else { return nil }
      let (low, high) = (text(first.value), text(last.value))
      return Part(words: low == high ? low : "\(low) to \(high)", members: group.flatMap(\.members))
    }
  }

  private static func text(_ value: Double) -> String {
    guard value != 0 else { return "0" }  // -0.0 too
    return value == value.rounded() && abs(value) < 1e15
      ? String(format: "%.0f", value) : String(format: "%.5g", value)
  }

  // MARK: - Years

  /// Years with their tracks; nil unless every value is a date or a year and the name or the values say that they are.
  private static func years(of places: [String: [Int]], column: String) -> [(year: Int, members: [Int])]? {
    let name = column.lowercased()
    let isNamed = ["year", "date", "decade", "released", "recorded"].contains { name.contains($0) }
    var result: [(year: Int, members: [Int])] = []
    var isDated = isNamed
    for (text, members) in places {
      let digits = text.utf8.prefix(4)
      let rest = text.utf8.dropFirst(4)
      guard digits.count == 4, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let year = Int(text.prefix(4)), (1800...2200).contains(year),
        rest.isEmpty || isRestOfDate(String(text.dropFirst(4)))
      else { return nil }
      isDated = isDated || !rest.isEmpty
      result.append((year, members))
    }
    return isDated ? result : nil
  }

  /// "-11", "-11-26", "-11-26 01:44:45", "/11/26", "-11-26T01:44:45Z".
  private static func isRestOfDate(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count >= 2, bytes[0] == 0x2D || bytes[0] == 0x2F, bytes[1] >= 0x30, bytes[1] <= 0x39 else {
      return false
    }
    return bytes.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || "-/:.+ TZ".utf8.contains($0) }
  }

  private static func decades(_ years: [(year: Int, members: [Int])]) -> [Part] {
    Dictionary(grouping: years) { $0.year / 10 * 10 }.sorted { $0.key < $1.key }.map { decade, years in
      Part(words: "\(decade)s", members: years.flatMap(\.members))
    }
  }
}
