package import Files
package import Yams

/// Takes values out of YAML by the description of their keys. Every error names the line, or the option.
package struct ConfigurationReader {
  /// Who gives the values.
  package enum Source {
    case file(String)
    case option(String)
  }

  /// The keys that are known, by their names.
  package let keys: [ConfigurationKey]
  package let source: Source

  package init(keys: [ConfigurationKey], source: Source) {
    (self.keys, self.source) = (keys, source)
  }

  /// The values of a whole document, in the order of its lines.
  ///
  /// Keys may stand in groups (`network:` and below it `dropout:`) or be written in one word (`network.dropout`).
  package func values(in root: Node) throws(CodedError) -> [GivenValue] {
    var result: [GivenValue] = []
    try collect(root, below: "", into: &result)
    var lines: [String: GivenValue.Origin] = [:]
    for given in result {
      if case .file(_, let line)? = lines[given.key.name] {
        throw given.error("is given a second time (first in line \(line))")
      }
      lines[given.key.name] = given.origin
    }
    return result
  }

  /// The value that a text gives a key.
  package func value(_ text: String, for key: ConfigurationKey) throws(CodedError) -> GivenValue {
    let node: Node
    do {
      // Alone in a line a comma separates nothing and a text may hold any character.
      switch key.kind {
      case .list where text.first == "[": node = try YAMLDocument.root(of: text)
      case .optional(.list) where text.first == "[" || text == "null":
        node = try YAMLDocument.root(of: text)
      case .list, .optional(.list):
        node = .sequence(.init(Self.items(text).map { .scalar(.init($0, Tag(.implicit), .plain)) }))
      case .optional(.text), .text: node = .scalar(.init(text, Tag(.implicit), .plain))
      default: node = try YAMLDocument.root(of: text)
      }
    } catch {
      throw GivenValue.error(
        key.name, "must be \(key.kind.words), not \"\(text.prefix(60))\"", origin: origin(nil))
    }
    return try given(node, key)
  }

  private static func items(_ text: String) -> [String] {
    text.allSatisfy(\.isWhitespace)
      ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
  }

  private func collect(
    _ node: Node, below prefix: String, into result: inout [GivenValue]
  ) throws(CodedError) {
    guard let mapping = node.mapping else {
      // A group without lines is a group without changes.
      if prefix.isEmpty || !isNothing(node) { throw notAGroup(node, prefix) }
      return
    }
    for (keyNode, value) in mapping {
      let name = (prefix.isEmpty ? "" : prefix + ".") + (keyNode.string ?? "")
      if let key = keys.first(where: { $0.name == name }) {
        result.append(try given(value, key, at: keyNode))
      } else if keys.contains(where: { $0.name.hasPrefix(name + ".") }), keyNode.string?.isEmpty == false {
        try collect(value, below: name, into: &result)
      } else {
        throw unknown(keyNode, name, below: prefix)
      }
    }
  }

  /// What a node says for a key, checked by the key's kind; `keyNode` names the line where the node has none.
  package func given(_ node: Node, _ key: ConfigurationKey, at keyNode: Node? = nil) throws(CodedError)
    -> GivenValue
  {
    let place = origin(node.mark == nil ? keyNode : node)
    let given = GivenValue(key: key, value: Self.value(node, key.kind), origin: place)
    guard let problem = key.kind.problem(with: given.value) else { return given }
    var item = node
    for place in problem.items {
      if let sequence = item.sequence, let number = Int(place), (1...sequence.count).contains(number) {
        item = sequence[number - 1]
      } else if let entry = item.mapping?.first(where: { $0.key.string == place }) {
        item = entry.value
      }
    }
    throw GivenValue.error(
      key.name, problem.message, items: problem.items, origin: origin(item.mark == nil ? keyNode : item))
  }

  private func origin(_ node: Node?) -> GivenValue.Origin {
    switch source {
    case .file(let path): .file(path: path, line: node?.mark?.line ?? 1)
    case .option(let name): .option(name)
    }
  }

  // MARK: - Messages

  private func notAGroup(_ node: Node, _ prefix: String) -> CodedError {
    let first = keys.first { prefix.isEmpty || $0.name.hasPrefix(prefix + ".") }?.name
    let example = first.map { prefix.isEmpty ? $0 : String($0.dropFirst(prefix.count + 1)) } ?? "key"
    return problem(
      node,
      "\(prefix.isEmpty ? "a configuration" : "\"\(prefix)\"") takes keys and values, such as \(example): ..."
    )
  }

  private func unknown(_ node: Node, _ name: String, below prefix: String) -> CodedError {
    problem(node, Self.unknown(name, below: prefix, among: keys))
  }

  /// The message for a key that is not known: the nearest one in its group, or of that name in another group, or all.
  package static func unknown(_ name: String, below prefix: String = "", among keys: [ConfigurationKey])
    -> String
  {
    let said = name.isEmpty ? "a key that is no text" : "unknown key \"\(name.prefix(80))\""
    let leaf = name.split(separator: ".").last.map(String.init) ?? ""
    let elsewhere = keys.map(\.name).first { $0.hasSuffix("." + leaf) || $0 == leaf }
    if let near = elsewhere ?? nearestName(to: name, among: keys.map(\.name)) {
      return "\(said): did you mean \"\(near)\"?"
    }
    let known = keys.map(\.name).filter { $0.hasPrefix(prefix.isEmpty ? "" : prefix + ".") }
    return "\(said); known are \(known.joined(separator: ", "))"
  }

  private func problem(_ node: Node, _ message: String) -> CodedError {
    switch source {
    case .file(let path):
      CodedError(.badInput, "line \(node.mark?.line ?? 1): \(message)", path: path)
    case .option(let name): CodedError(.usage, "\(name): \(message)")
    }
  }

  // MARK: - Values

  private func isNothing(_ node: Node) -> Bool {
    if case .scalar(let scalar) = node { Self.isNull(scalar) } else { false }
  }

  private static func isNull(_ scalar: Node.Scalar) -> Bool {
    isPlain(scalar) && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  private static func isPlain(_ scalar: Node.Scalar) -> Bool {
    scalar.style == .plain || scalar.style == .any
  }

  /// What a node says where `kind` is expected; a value of another kind stays what it looks like, for the message.
  private static func value(_ node: Node, _ kind: ConfigurationKey.Kind) -> SettingValue {
    switch (node, kind) {
    case (_, .optional(let inner)):
      if case .scalar(let scalar) = node, isNull(scalar) { return .none }
      return value(node, inner)
    case (.scalar(let scalar), _): return value(scalar, kind)
    case (.sequence(let sequence), .list(let item, let count)):
      // What is too long is refused by its count; it need not be read.
      guard sequence.count <= count.upperBound else {
        return .list(Array(repeating: .none, count: sequence.count))
      }
      return .list(sequence.map { value($0, item) })
    case (.mapping(let mapping), .weights), (.mapping(let mapping), .factors):
      let names = mapping.map { $0.key.string ?? "" }
      let values = mapping.map { value($0.value, .number(.atLeast(0))) }
      return .mapping(Dictionary(zip(names, values)) { $1 })
    case (.sequence, _): return .list([])
    default: return .mapping([:])
    }
  }

  private static func value(_ scalar: Node.Scalar, _ kind: ConfigurationKey.Kind) -> SettingValue {
    let text = scalar.string
    switch kind {
    case .choice, .weights: return isNull(scalar) && text.isEmpty ? .none : .text(text)
    case .text: return isNull(scalar) ? .none : .text(text)
    default: break
    }
    guard isPlain(scalar) else { return .text(text) }
    if isNull(scalar) { return .none }
    switch kind {
    case .boolean:
      if ["true", "yes", "on"].contains(text.lowercased()) { return .boolean(true) }
      if ["false", "no", "off"].contains(text.lowercased()) { return .boolean(false) }
    case .integer, .seed, .number:
      if let number = number(text) { return .number(number) }
    default: break
    }
    return .text(text)
  }

  /// The shortest spelling of a decimal number; nil when the text is none.
  private static func number(_ text: String) -> String? {
    guard text.utf8.contains(where: { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      text.utf8.allSatisfy({ "0123456789+-.eE_".utf8.contains($0) })
    else { return nil }
    let digits = text.filter { $0 != "_" }
    if let whole = Int(digits) { return "\(whole)" }
    if let whole = UInt64(digits) { return "\(whole)" }
    guard let value = Double(digits), value.isFinite else { return nil }
    return Int(exactly: value).map(String.init) ?? SettingValue.spelling(value)
  }
}
