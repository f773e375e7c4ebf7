import Files
import Foundation

/// The journal of an unfinished extraction: a line for each file whose maps stand in the partial store, in the order of
/// their rows.
///
/// A line is what `X.sources.csv` will say of the file, fields parted by tabs, with a checksum of the line at its end; the
/// first line names the recipe. A line that a killed process (or a power cut) left torn ends the journal. What a line
/// promises is believed only after the checksum over the stored maps was found right, so that nothing needs to be forced
/// to the disk while the work continues.
final class ExtractionJournal {
  private var file: AtomicFile

  private static func header(_ recipe: EarlierMaps.Recipe) -> String {
    line(["genrelens-journal", "3", "\(recipe.fingerprint)"])
  }

  /// Starts a journal anew, or writes on after the lines that ``read(_:recipe:)`` found good.
  init(path: String, recipe: EarlierMaps.Recipe, keeping byteCount: Int = 0) throws(SystemCallError) {
    file = try Self.open(path, recipe, byteCount)
  }

  private static func open(
    _ path: String, _ recipe: EarlierMaps.Recipe, _ byteCount: Int
  ) throws(SystemCallError) -> AtomicFile {
    var file = try AtomicFile(workingPath: path, keeping: byteCount)
    if byteCount == 0 { try file.append(header(recipe)) }
    return file
  }

  func append(_ entry: EarlierMaps.Entry) throws(SystemCallError) {
    try file.append(Self.line(entry.allFields))
  }

  /// The entries of a journal, and where each one's line ends; nil when there is none for this recipe.
  ///
  /// - Parameter rowCount: rows that the partial store holds whole: an entry beyond them ends the journal.
  static func read(
    _ path: String, recipe: EarlierMaps.Recipe, rowCount: Int
  ) -> (entries: [EarlierMaps.Entry], ends: [Int])? {
    guard let data = (try? FileSystem.contents(path)).map({ Data($0) }) else { return nil }
    let header = Self.header(recipe)
    guard data.starts(with: header.utf8) else { return nil }
    var (entries, ends): ([EarlierMaps.Entry], [Int]) = ([], [])
    var (byteCount, end) = (header.utf8.count, 0)
    for bytes in data.dropFirst(byteCount).split(separator: 0x0A, omittingEmptySubsequences: false) {
      // What stands after the last line end is torn.
      guard bytes.endIndex < data.endIndex, let fields = fields(bytes),
        let entry = EarlierMaps.Entry(fields), entry.row >= end, entry.count <= rowCount - entry.row
      else { break }
      entries.append(entry)
      byteCount += bytes.count + 1
      ends.append(byteCount)
      end = entry.row + entry.count
    }
    return (entries, ends)
  }

  // Bytes, not characters: a tab before a combining accent is one character with it.

  private static func line(_ fields: [String]) -> String {
    let text = String(decoding: Array(fields.map(escaped).joined(separator: [0x09])), as: UTF8.self)
    return "\(text)\t\(ContentHash(text))\n"
  }

  /// The fields of a line without its end; nil when its checksum does not hold.
  private static func fields(_ line: Data) -> [String]? {
    guard let tab = line.lastIndex(of: 0x09),
      ContentHash(hexadecimal: String(decoding: line[line.index(after: tab)...], as: UTF8.self))
        == ContentHash(String(decoding: line[..<tab], as: UTF8.self))
    else { return nil }
    return line[..<tab].split(separator: 0x09, omittingEmptySubsequences: false).map(unescaped)
  }

  private static let escapes: [(byte: UInt8, letter: UInt8)] = [
    (0x5C, 0x5C), (0x09, 0x74), (0x0A, 0x6E), (0x0D, 0x72),
  ]

  private static func escaped(_ text: String) -> [UInt8] {
    text.utf8.flatMap { byte in
      escapes.first { $0.byte == byte }.map { [0x5C, $0.letter] } ?? [byte]
    }
  }

  private static func unescaped(_ text: Data) -> String {
    var (result, isEscaped): ([UInt8], Bool) = ([], false)
    for byte in text {
      if isEscaped {
        result.append(escapes.first { $0.letter == byte }?.byte ?? byte)
        isEscaped = false
      } else if byte == 0x5C {
        isEscaped = true
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
