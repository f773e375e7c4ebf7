import Foundation
import Yams

/// A configuration file: a YAML mapping whose keys are all known.
///
/// A configuration is a set of changes to defaults. The defaults' own coding says which keys there are; a key that is
/// not among them is an error that names its line, so that a typing error never passes as "default".
struct YAMLDocument {
  private let root: Node
  private let path: String

  /// Reads and parses a file of at most 1 MB. An empty file changes nothing.
  init(path: String) throws(GenreLensError) {
    let text = try Self.text(at: path)
    do {
      root = try Yams.compose(yaml: text) ?? Node.mapping([:])
    } catch {
      throw GenreLensError(.badInput, "not valid YAML: \(Self.oneLine(error))", path: path)
    }
    self.path = path
  }

  /// The value that `defaults` becomes with this file's changes.
  func applied<Value: Codable>(to defaults: Value) throws(GenreLensError) -> Value {
    do {
      return try decoded(root, over: defaults)
    } catch let error as GenreLensError {
      throw error
    } catch let error as DecodingError {
      throw GenreLensError(.badInput, explain(error, over: defaults), path: path)
    } catch {
      throw GenreLensError(.badInput, Self.oneLine(error), path: path)
    }
  }

  /// The line where a key stands, by its path (`plateau.factor`), or the nearest one above it; nil when the file does not
  /// name it.
  func line(of path: String) -> Int? {
    var node: Node? = root
    var line: Int?
    for name in path.split(separator: ".") {
      guard let pair = node?.mapping?.first(where: { $0.key.string == String(name) }) else { break }
      (node, line) = (pair.value, pair.key.mark?.line ?? line)
    }
    return line
  }

  private func decoded<Value: Codable>(_ node: Node, over defaults: Value) throws -> Value {
    let base = try JSONSerialization.jsonObject(with: JSONEncoder().encode(defaults))
    let merged = try merge(node, into: base, key: "")
    return try JSONDecoder().decode(Value.self, from: JSONSerialization.data(withJSONObject: merged))
  }

  private static func text(at path: String) throws(GenreLensError) -> String {
    guard FileManager.default.fileExists(atPath: path) else {
      throw GenreLensError(.missing, "no such configuration file", path: path)
    }
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw GenreLensError(.inputOutput, "cannot be opened", path: path)
    }
    let data: Data
    do { data = try file.read(upToCount: 1_000_001) ?? Data() } catch {
      throw GenreLensError(.inputOutput, "cannot be read: \(oneLine(error))", path: path)
    }
    guard data.count <= 1_000_000, let text = String(validating: data, as: UTF8.self) else {
      throw GenreLensError(.badInput, "a configuration is UTF-8 text of at most 1 MB", path: path)
    }
    return text
  }

  private func merge(
    _ node: Node, into base: Any, key: String
  ) throws(GenreLensError) -> Any {
    guard let fields = base as? [String: Any] else { return try plain(node) }
    guard let mapping = node.mapping else {
      let name = key.isEmpty ? "a configuration" : "\"\(key)\""
      throw problem(
        node, "\(name) takes keys and values, such as \(fields.keys.sorted().first ?? "key"): ...")
    }
    var result = fields
    for (keyNode, value) in mapping {
      let name = keyNode.string ?? ""
      guard let old = fields[name] else {
        let known = fields.keys.sorted().joined(separator: ", ")
        throw problem(keyNode, "unknown key \"\(name)\"; known are \(known)")
      }
      result[name] = try merge(value, into: old, key: name)
    }
    return result
  }

  private func plain(_ node: Node) throws(GenreLensError) -> Any {
    if let sequence = node.sequence {
      return try sequence.map { (item) throws(GenreLensError) in try plain(item) }
    }
    if let mapping = node.mapping {
      var result: [String: Any] = [:]
      for (key, value) in mapping { result[key.string ?? ""] = try plain(value) }
      return result
    }
    if let value = node.int { return value }
    if let value = node.bool { return value }
    if let value = node.float, value.isFinite { return value }
    if node.null != nil { return NSNull() }
    guard let text = node.string else { throw problem(node, "cannot be read") }
    return text
  }

  private func problem(_ node: Node, _ message: String) -> GenreLensError {
    GenreLensError(.badInput, "line \(node.mark?.line ?? 1): \(message)", path: path)
  }

  private func explain<Value: Codable>(_ error: DecodingError, over defaults: Value) -> String {
    let (context, what): (DecodingError.Context, String) =
      switch error {
      case .typeMismatch(let type, let context): (context, "a value of kind \(type) is needed")
      case .valueNotFound(let type, let context): (context, "a value of kind \(type) is needed")
      case .keyNotFound(let key, let context): (context, "\"\(key.stringValue)\" is missing")
      case .dataCorrupted(let context): (context, context.debugDescription)
      @unknown default: (.init(codingPath: [], debugDescription: ""), "cannot be read")
      }
    // For a number that does not fit its type Foundation does not say which: each key is tried alone.
    if context.codingPath.isEmpty, let mapping = root.mapping {
      for (key, value) in mapping {
        let alone = Node.mapping([key: value])
        do { _ = try decoded(alone, over: defaults) } catch {
          return
            "line \(key.mark?.line ?? 1): \"\(key.string ?? "")\": a number in it is out of range or not whole"
        }
      }
    }
    var node: Node? = root
    var line = 1
    for key in context.codingPath {
      node =
        key.intValue.flatMap { index in node?.sequence.map { $0[index] } } ?? node?.mapping?[key.stringValue]
      line = node?.mark?.line ?? line
    }
    let name = context.codingPath.map(\.stringValue).joined(separator: ".")
    return "line \(line): \(name.isEmpty ? "" : "\"\(name)\": ")\(Self.oneLine(what))"
  }

  private static func oneLine(_ error: Any) -> String {
    String(describing: error).split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
