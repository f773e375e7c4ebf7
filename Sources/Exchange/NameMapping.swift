public import Files
import Foundation

/// What the arrays of a file of weights are called where its layers have been renamed: patterns of the file's names, and the names that
/// the network's authors gave.
///
/// ```swift
/// let mapping = try NameMapping(path: "renamed.csv")      // pattern,name / backbone.*.weight,*.weight / optimizer.*,
/// print(mapping.rules.count)
/// ```
///
/// A `*` in a pattern stands for any characters, as few as possible; those of the name stand for the same, in order. The first pattern
/// that fits counts, the others of the file keep their names, and an empty name leaves the array out. Which names a network wants, the
/// error of an import without a mapping says.
public struct NameMapping: Sendable, Equatable {
  /// A pattern of names in the file, and what becomes of them; nil leaves them out.
  public struct Rule: Sendable, Equatable {
    public let pattern: String
    public let name: String?
    /// Its line in the file.
    let line: Int
    fileprivate let parts: [ArraySlice<UInt8>]
    fileprivate let nameParts: [ArraySlice<UInt8>]

    /// Throws ``CodedError`` `badInput` for an empty pattern and a name with more `*` than the pattern has.
    init(_ pattern: String, _ name: String, line: Int, path: String) throws(CodedError) {
      (self.pattern, self.name, self.line) = (pattern, name.isEmpty ? nil : name, line)
      func split(_ text: String) -> [ArraySlice<UInt8>] {
        Array(text.utf8).split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
      }
      (parts, nameParts) = (split(pattern), split(name))
      guard !pattern.isEmpty else {
        throw CodedError(.badInput, "a pattern is empty", path: path, line: line)
      }
      guard nameParts.count <= parts.count else {
        throw CodedError(
          .badInput, "the name \"\(name)\" has more * than the pattern \"\(pattern)\"", path: path, line: line
        )
      }
    }

    /// What a name becomes; nil where the pattern does not fit, and an empty text where the array is left out.
    fileprivate func mapped(_ name: String) -> String? {
      let bytes = Array(name.utf8)
      guard let found = stars(in: bytes) else { return nil }
      var result = Array(nameParts[0])
      for (star, part) in zip(found, nameParts.dropFirst()) { result += Array(star) + part }
      return String(decoding: result, as: UTF8.self)
    }

    /// What the stars stand for, each as short as possible; nil where the pattern does not fit.
    private func stars(in bytes: [UInt8]) -> [ArraySlice<UInt8>]? {
      guard let first = parts.first, let last = parts.last, bytes.starts(with: first) else { return nil }
      guard parts.count > 1 else { return bytes.count == first.count ? [] : nil }
      var (found, place) = ([ArraySlice<UInt8>](), first.count)
      for part in parts.dropFirst().dropLast() {
        guard let range = part.isEmpty ? place..<place : bytes[place...].firstRange(of: part) else {
          return nil
        }
        found.append(bytes[place..<range.lowerBound])
        place = range.upperBound
      }
      let end = bytes.count - last.count
      guard end >= place, bytes[end...].elementsEqual(last) else { return nil }
      return found + [bytes[place..<end]]
    }
  }

  public let rules: [Rule]
  private let path: String

  /// Largest file that is read, in bytes, and the most rules.
  static let (maximumByteCount, maximumRuleCount) = (1 << 20, 10_000)

  /// Reads a CSV table with the columns `pattern` and `name`. Throws ``CodedError``: what ``Files/CSVTable`` throws, `missingColumn`,
  /// `badInput` for an empty pattern, a name with more `*` than its pattern, a table without a rule, or one that is too long.
  public init(path: String) throws(CodedError) {
    let bytes: [UInt8]
    do { bytes = try FileSystem.contents(path, limit: Self.maximumByteCount) } catch {
      throw CodedError(reading: error, path: path)
    }
    let table = try CSVTable(parsing: Data(bytes), path: path)
    guard let pattern = table.column("pattern"), let name = table.column("name") else {
      throw CodedError(.missingColumn, "a mapping has the columns pattern and name", path: path)
    }
    var rules: [Rule] = []
    for record in table.records {
      rules.append(try Rule(record.fields[pattern], record.fields[name], line: record.line, path: path))
    }
    guard (1...Self.maximumRuleCount).contains(rules.count) else {
      throw CodedError(
        .badInput, "\(rules.count) patterns, must be 1 to \(Self.maximumRuleCount)", path: path)
    }
    (self.rules, self.path) = (rules, path)
  }

  /// The file with the names that the mapping gives. Throws ``CodedError`` `badInput` for a pattern that fits nothing, with its line, and
  /// for two arrays of one name.
  func applied(to file: SafeTensorsFile) throws(CodedError) -> SafeTensorsFile {
    var (tensors, origins, used) = ([SafeTensorsFile.Entry](), [String: String](), Set<Int>())
    for entry in file.tensors {
      var name = entry.name
      for (index, rule) in rules.enumerated() {
        guard let mapped = rule.mapped(name) else { continue }
        used.insert(index)
        name = rule.name == nil ? "" : mapped
        break
      }
      guard !name.isEmpty else { continue }
      if let other = origins[name] {
        throw CodedError(.badInput, "\(other) and \(entry.name) both become \(name)", path: path)
      }
      origins[name] = entry.name
      tensors.append(.init(name: name, extents: entry.extents, values: entry.values))
    }
    if let idle = rules.indices.first(where: { !used.contains($0) }) {
      throw CodedError(
        .badInput,
        "no array's name fits the pattern \"\(rules[idle].pattern)\", or earlier ones took them all",
        path: path, line: rules[idle].line)
    }
    return SafeTensorsFile(metadata: file.metadata, tensors: tensors)
  }
}
