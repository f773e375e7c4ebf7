public import Files

/// Labels of a model, one on each line, in the order of its outputs.
public struct LabelFile: Sendable, Equatable {
  public let labels: [String]
  /// Labels that the file has several times, if they are numbered.
  public let repeated: [String]

  /// Reads a text file; empty lines and spaces around a label do not count.
  ///
  /// Throws ``CodedError`` for a file that is not UTF-8, has more than 1 MB, no label, or, unless they are numbered, one label
  /// twice.
  ///
  /// - Parameter numbersRepeats: whether the second of equal labels is called `crane (2)`: of ImageNet's classes, one crane is a bird.
  public init(path: String, numbersRepeats: Bool = false) throws(CodedError) {
    let bytes: [UInt8]
    do { bytes = try FileSystem.contents(path, limit: 1 << 20) } catch {
      throw CodedError(reading: error, path: path)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CodedError(.damaged, "not a list of labels: it is not UTF-8", path: path)
    }
    let lines = text.split(whereSeparator: \.isNewline).map { line in
      String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }.filter { !$0.isEmpty }
    guard !lines.isEmpty else { throw CodedError(.empty, "no label in it", path: path) }
    repeated = Dictionary(grouping: lines, by: { $0 }).filter { $0.value.count > 1 }.keys.sorted()
    labels = Self.numbered(lines)
    let isUnique = repeated.isEmpty || (numbersRepeats && Set(labels).count == labels.count)
    guard isUnique else {
      throw CodedError(.damaged, "label \"\(repeated[0])\" occurs twice", path: path)
    }
  }

  private static func numbered(_ lines: [String]) -> [String] {
    var counts: [String: Int] = [:]
    return lines.map { line in
      counts[line, default: 0] += 1
      let count = counts[line] ?? 1
      return count == 1 ? line : "\(line) (\(count))"
    }
  }
}
