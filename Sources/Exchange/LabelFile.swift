public import Files

/// Labels of a model, one on each line, in the order of its outputs.
public struct LabelFile: Sendable, Equatable {
  public let labels: [String]

  /// Reads a text file; empty lines and spaces around a label do not count.
  ///
  /// Throws ``CodedError`` for a file that is not UTF-8, has more than 1 MB, no label, or one label twice.
  public init(path: String) throws(CodedError) {
    let bytes: [UInt8]
    do { bytes = try FileSystem.contents(path, limit: 1 << 20) } catch {
      throw CodedError(reading: error, path: path)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CodedError(.damaged, "not a list of labels: it is not UTF-8", path: path)
    }
    labels = text.split(whereSeparator: \.isNewline).map { line in
      String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }.filter { !$0.isEmpty }
    guard !labels.isEmpty else { throw CodedError(.empty, "no label in it", path: path) }
    if let twice = Dictionary(grouping: labels, by: { $0 }).filter({ $0.value.count > 1 }).keys.min() {
      throw CodedError(.damaged, "label \"\(twice)\" occurs twice", path: path)
    }
  }
}
