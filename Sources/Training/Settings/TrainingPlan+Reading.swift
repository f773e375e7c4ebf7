public import Features
public import Files

extension TrainingPlan {
  /// The defaults with the changes from a YAML file and then those from the command line.
  ///
  /// - Parameters:
  ///   - path: a YAML file; nil is none.
  ///   - spec: features that replace all `features` keys of the file.
  ///   - settings: settings that override the file; each key may be given once.
  ///
  /// Throws ``CodedError``: `badInput` with file and line, `usage` with the option, for a key that is unknown or given
  /// twice, a value of the wrong kind or out of range, and values that conflict with each other.
  public init(
    path: String?, spec: FeatureSpec? = nil, settings: [ConfigurationSetting] = []
  ) throws(CodedError) {
    var given: [GivenValue] = []
    if let path {
      let reader = ConfigurationReader(keys: ConfigurationKey.all, source: .file(path))
      given = try reader.values(in: YAMLDocument(path: path).root)
    }
    var base = TrainingPlan()
    if let spec {
      base.features = spec
      given.removeAll { $0.key.path[0] == "features" }
    }
    given += try Self.values(settings)
    self = try given.applied(to: base)
    if given.contains(where: { $0.key.path[0] == "features" }) { stateFeatures() }
    if let problem = firstProblem() { throw given.error(problem) }
  }

  /// The defaults with the changes from a YAML file. Throws as ``init(path:spec:settings:)``.
  public init(path: String) throws(CodedError) {
    try self.init(path: path, settings: [])
  }

  /// Sets one key from text as it would be written in a file. ``validate()`` checks whether values conflict.
  ///
  /// Throws ``CodedError`` `usage` for an unknown key, a value of the wrong kind or out of range.
  public mutating func set(_ key: String, to text: String) throws(CodedError) {
    self = try Self.values([.init(key: key, text: text, option: key)]).applied(to: self)
    if key.hasPrefix("features.") { stateFeatures() }
  }

  private static func values(_ settings: [ConfigurationSetting]) throws(CodedError) -> [GivenValue] {
    var result: [GivenValue] = []
    var options: [String: String] = [:]
    for setting in settings {
      guard let key = ConfigurationKey.named(setting.key) else {
        let message = ConfigurationReader.unknown(setting.key, among: ConfigurationKey.all)
        throw CodedError(.usage, "\(setting.option): \(message)")
      }
      if let other = options[key.name] {
        let both = other == setting.option ? "\(other) is" : "\(other) and \(setting.option) are"
        throw CodedError(.usage, "\(both) given together: \(key.name) can have one value only")
      }
      options[key.name] = setting.option
      let reader = ConfigurationReader(keys: [key], source: .option(setting.option))
      result.append(try reader.value(setting.text, for: key))
    }
    return result
  }
}

extension [GivenValue] {
  /// The struct that `defaults` becomes with these values, the later ones over the earlier.
  package func applied<Value: Codable>(to defaults: Value) throws(CodedError) -> Value {
    do {
      var tree = try ConfigurationTree(of: defaults)
      for given in self { tree.set(given.key.path, to: given.value) }
      return try tree.decoded(as: Value.self)
    } catch {
      throw self.error(.init(in: error))
    }
  }

  /// A problem as an error of whoever gave its value last; of nobody when all are defaults.
  package func error(_ problem: ConfigurationProblem) -> CodedError {
    // Of several keys that do not fit each other the first one that was given.
    for name in problem.keys {
      if let given = last(where: { $0.key.name == name || $0.key.path.last == name }) {
        return given.error(problem.message, items: problem.items)
      }
    }
    let subject = problem.keys.first.map { $0 + " " } ?? ""
    return CodedError(.usage, subject + problem.message)
  }
}

extension FeatureSpec {
  /// A spec by its name (`names`), or from a YAML file of changes to `mfcc128`; its keys are the properties' names.
  ///
  /// Throws ``CodedError`` for an unknown name, a missing file, or an unknown key or value (with its line).
  public static func resolved(_ nameOrPath: String) throws(CodedError) -> FeatureSpec {
    if let known = named(nameOrPath) { return known }
    guard hasEnding(nameOrPath, ".yaml") || hasEnding(nameOrPath, ".yml") else {
      let known = names.joined(separator: ", ")
      throw CodedError(.usage, "unknown feature spec \"\(nameOrPath)\": choose \(known) or a .yaml file")
    }
    let reader = ConfigurationReader(keys: ConfigurationKey.all(in: "features"), source: .file(nameOrPath))
    return try reader.values(in: YAMLDocument(path: nameOrPath).root).applied(to: .mfcc128)
  }
}
