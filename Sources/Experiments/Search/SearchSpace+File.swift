public import Files
import Foundation
public import Training
import Yams

extension SearchSpace {
  /// Reads a space from a YAML file: keys of the configuration, each with a list of values, with `{min, max}` (and
  /// `log: true`), or with `{min, max, step}`.
  ///
  /// Every value is checked on `base`. Throws ``CodedError`` with file and line for an unknown key, a value of the wrong type or
  /// an invalid one, and for keys that define what is compared rather than how it is trained: `seed`, `genres`, `split`,
  /// `features`.
  public init(path: String, base: TrainingPlan) throws(CodedError) {
    let document = try YAMLDocument(path: path)
    var reader = SpaceReader(document: document, base: base)
    try reader.read(document.root, below: "")
    guard !reader.dimensions.isEmpty else {
      throw CodedError(.badInput, "no key with values to choose from", path: path)
    }
    self.init(reader.dimensions)
  }
}

/// Walks through a space file beside the configuration it is about.
private struct SpaceReader {
  let document: YAMLDocument
  let base: TrainingPlan
  private(set) var dimensions: [SearchSpace.Dimension] = []
  private let reader: ConfigurationReader

  /// Keys, and groups of keys, that cannot be searched over.
  private static let fixed = [
    "seed": "it would choose luck, not settings", "genres": "figures of other genres cannot be compared",
    "split": "figures on other clips cannot be compared",
    "features": "make a feature file for each and search in it",
  ]
  /// Most values of a stepped range.
  private static let stepLimit = 10_000

  init(document: YAMLDocument, base: TrainingPlan) {
    (self.document, self.base) = (document, base)
    reader = ConfigurationReader(keys: ConfigurationKey.all, source: .file(document.path))
  }

  mutating func read(_ node: Node, below prefix: String) throws(CodedError) {
    guard let mapping = node.mapping else {
      throw document.problem(node, "a search space is keys with their values, such as batchSize: [32, 64]")
    }
    for (keyNode, value) in mapping {
      let name = (prefix.isEmpty ? "" : prefix + ".") + (keyNode.string ?? "")
      let group = name.split(separator: ".").first.map(String.init) ?? ""
      if let reason = Self.fixed[group] {
        throw document.problem(keyNode, "\"\(group)\" cannot be searched over: \(reason)")
      }
      if let key = ConfigurationKey.named(name) {
        guard !dimensions.contains(where: { $0.key == name }) else {
          throw document.problem(keyNode, "\"\(name)\" is given a second time")
        }
        dimensions.append(SearchSpace.Dimension(key: name, choice: try choice(value, key, at: keyNode)))
      } else if ConfigurationKey.all.contains(where: { $0.name.hasPrefix(name + ".") }), name != prefix + "."
      {
        try read(value, below: name)
      } else {
        throw document.problem(
          keyNode, ConfigurationReader.unknown(name, below: prefix, among: ConfigurationKey.all))
      }
    }
  }

  private func choice(
    _ node: Node, _ key: ConfigurationKey, at keyNode: Node
  ) throws(CodedError) -> SearchSpace.Choice {
    if let sequence = node.sequence {
      var values: [String] = []
      for item in sequence { values.append(try checked(reader.given(item, key, at: keyNode)).yaml) }
      guard !values.isEmpty else { throw document.problem(keyNode, "\"\(key.name)\": the list is empty") }
      guard Set(values).count == values.count else {
        throw document.problem(keyNode, "\"\(key.name)\": a value is there twice")
      }
      return .values(values)
    }
    guard let mapping = node.mapping else {
      throw document.problem(
        keyNode, "\"\(key.name)\" needs a list of values, {min: a, max: b} or {min: a, max: b, step: c}")
    }
    guard key.kind.isNumeric else {
      throw document.problem(keyNode, "\"\(key.name)\" needs a list of values: it is \(key.kind.words)")
    }
    for (name, _) in mapping where !["min", "max", "log", "step"].contains(name.string ?? "") {
      throw document.problem(
        name, "\"\(key.name)\": unknown \"\(name.string ?? "")\"; known are min, max, log, step")
    }
    return try range(mapping, key, at: keyNode)
  }

  private func range(
    _ mapping: Node.Mapping, _ key: ConfigurationKey, at keyNode: Node
  ) throws(CodedError) -> SearchSpace.Choice {
    let low = try bound(mapping["min"], "min", key, keyNode)
    let high = try bound(mapping["max"], "max", key, keyNode)
    guard low < high else { throw document.problem(keyNode, "\"\(key.name)\": min must be below max") }
    if let step = mapping["step"] {
      guard mapping["log"] == nil else {
        throw document.problem(keyNode, "\"\(key.name)\": step and log do not go together")
      }
      return .values(try steps(low, high, step, key))
    }
    var isLogarithmic = false
    if let log = mapping["log"] {
      guard let value = log.bool else {
        throw document.problem(log, "\"\(key.name)\": log must be true or false")
      }
      isLogarithmic = value
    }
    guard !isLogarithmic || low > 0 else {
      throw document.problem(keyNode, "\"\(key.name)\": min must be above 0 for log")
    }
    return .range(low...high, logarithmic: isLogarithmic, whole: key.kind.isWhole)
  }

  /// In decimal numbers, so that 0.1 + 0.1 + 0.1 is 0.3.
  private func steps(
    _ low: Double, _ high: Double, _ node: Node, _ key: ConfigurationKey
  ) throws(CodedError) -> [String] {
    guard let step = node.float ?? node.int.map(Double.init), step > 0, step.isFinite,
      (high - low) / step < Double(Self.stepLimit), !key.kind.isWhole || step == step.rounded(),
      let start = Decimal(string: "\(low)"), let end = Decimal(string: "\(high)"),
      let width = Decimal(string: "\(step)")
    else {
      let whole = key.kind.isWhole ? "a whole number" : "a number"
      throw document.problem(
        node, "\"\(key.name)\": step must be \(whole) above 0 that gives at most \(Self.stepLimit) values")
    }
    var values: [String] = []
    var value = start
    while value <= end {
      let number = NSDecimalNumber(decimal: value).doubleValue
      let text = Int(exactly: number).map(String.init) ?? SettingValue.spelling(number)
      let origin = GivenValue.Origin.file(path: document.path, line: node.mark?.line ?? 1)
      values.append(try checked(GivenValue(key: key, value: .number(text), origin: origin)).yaml)
      value += width
    }
    return values
  }

  /// One end of a range, which must be a value of the key itself.
  private func bound(
    _ node: Node?, _ name: String, _ key: ConfigurationKey, _ keyNode: Node
  ) throws(CodedError) -> Double {
    guard let node else { throw document.problem(keyNode, "\"\(key.name)\": \(name) is missing") }
    guard case .number(let text) = try checked(reader.given(node, key, at: keyNode)), let value = Double(text)
    else { throw document.problem(node, "\"\(key.name)\": \(name) must be a number") }
    return value
  }

  /// The value, when a training can use it.
  private func checked(_ given: GivenValue) throws(CodedError) -> SettingValue {
    if let problem = given.key.kind.problem(with: given.value) {
      throw given.error(problem.message, items: problem.items)
    }
    let plan = try [given].applied(to: base)
    if let problem = plan.firstProblem() { throw [given].error(problem) }
    do { try plan.validate() } catch { throw given.error("cannot be \(given.value.shown): \(error.message)") }
    return given.value
  }
}

extension ConfigurationKey.Kind {
  /// Whether values are numbers, which have a range.
  fileprivate var isNumeric: Bool {
    switch self {
    case .integer, .number: true
    case .optional(let kind): kind.isNumeric
    default: false
    }
  }

  fileprivate var isWhole: Bool {
    switch self {
    case .integer: true
    case .optional(let kind): kind.isWhole
    default: false
    }
  }
}
