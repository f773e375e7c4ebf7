package import Files
import Foundation
package import Yams

/// A configuration file, parsed, with errors that name the line.
package struct YAMLDocument {
  /// Larger files are refused.
  static let maximumByteCount = 1_000_000
  /// Deeper nesting is refused: the parser would run out of stack.
  static let maximumDepth = 64

  package let root: Node
  package let path: String

  /// Reads and parses a file. An empty one is an empty mapping.
  package init(path: String) throws(CodedError) {
    let text = try Self.text(at: path)
    do {
      root = try Self.root(of: text)
    } catch {
      throw CodedError(.badInput, error.message, path: path)
    }
    self.path = path
  }

  /// An error that names the line of a node.
  package func problem(_ node: Node, _ message: String) -> CodedError {
    CodedError(.badInput, "line \(node.mark?.line ?? 1): \(message)", path: path)
  }

  /// Parses a text. The error's message names the line.
  static func root(of text: String) throws(CodedError) -> Node {
    if let line = lineOfDeepNesting(in: text) {
      throw CodedError(.badInput, "line \(line): nested deeper than \(maximumDepth)")
    }
    do {
      return try Yams.compose(yaml: text) ?? Node.mapping([:])
    } catch {
      throw CodedError(.badInput, explain(error, in: text))
    }
  }

  private static func text(at path: String) throws(CodedError) -> String {
    let data: [UInt8]
    do throws(SystemCallError) { data = try FileSystem.contents(path, limit: maximumByteCount) } catch {
      if error.isMissing { throw CodedError(.missing, "no such configuration file", path: path) }
      if error.isWrongKind {
        throw CodedError(.badInput, "not a configuration: \(error.words)", path: path)
      }
      guard error.status == EFBIG else { throw CodedError(.inputOutput, "\(error)", path: path) }
      throw CodedError(.badInput, "a configuration is UTF-8 text of at most 1 MB", path: path)
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw CodedError(.badInput, "a configuration is UTF-8 text of at most 1 MB", path: path)
    }
    return text
  }

  /// The first line at which brackets, indentation or `- - -` could nest too deep; nil when none can.
  ///
  /// Counts more than there may be (brackets in texts and comments too), never less.
  private static func lineOfDeepNesting(in text: String) -> Int? {
    var (brackets, line, indentation, isInIndentation) = (0, 1, 0, true)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        if byte == UInt8(ascii: "\n") { line += 1 }
        (indentation, isInIndentation) = (0, true)
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        (brackets, isInIndentation) = (brackets + 1, false)
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        (brackets, isInIndentation) = (max(0, brackets - 1), false)
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
        if isInIndentation { indentation += 1 }
      default: isInIndentation = false
      }
      // A level takes at least one column.
      if brackets > maximumDepth || indentation > maximumDepth { return line }
    }
    return nil
  }

  private static func explain(_ error: any Error, in text: String) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
      .composer(_, let problem, let mark, _)?:
      return "line \(mark.line): not valid YAML: \(problem)"
    case .duplicatedKeysInMapping(let names, let context)?:
      return duplicate(names.first ?? "", at: context.mark, in: text)
    default: return "not valid YAML: \(oneLine(error))"
    }
  }

  /// The parser names the place of the first of two equal keys; the second stands in the same column below it.
  private static func duplicate(_ name: String, at mark: Mark, in text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where index >= mark.line {
      let rest = line.dropFirst(max(0, mark.column - 1)).drop { $0 == "\"" || $0 == "'" }
      let isIndented = line.prefix(max(0, mark.column - 1)).allSatisfy { $0 == " " }
      let tail = rest.dropFirst(name.count).drop { $0 == "\"" || $0 == "'" || $0 == " " }
      if isIndented, rest.hasPrefix(name), tail.hasPrefix(":") {
        return "line \(index + 1): \"\(name)\" is given a second time (first in line \(mark.line))"
      }
    }
    return "line \(mark.line): \"\(name)\" is given twice"
  }

  private static func oneLine(_ error: Any) -> String {
    String(describing: error).split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
