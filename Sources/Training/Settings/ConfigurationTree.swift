import Files
import Foundation

/// Settings as a tree of values: the way from a `Codable` struct to single keys and back.
struct ConfigurationTree: Sendable {
  private(set) var root: SettingValue

  /// The tree of a plan with all defaults.
  static let defaults = (try? ConfigurationTree(of: TrainingPlan())) ?? ConfigurationTree(root: .mapping([:]))

  private init(root: SettingValue) {
    self.root = root
  }

  /// The values of a struct. A number that is not finite becomes a text, which no numeric key takes.
  init(of value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    root = try JSONDecoder().decode(SettingValue.self, from: encoder.encode(value))
  }

  /// The struct that has these values.
  func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(JSONDocument.encodeVerbatim(root)))
  }

  /// The value at a key's path; nil when there is none (a property that is nil may be left out).
  func value(at path: [String]) -> SettingValue? {
    var value = root
    for name in path {
      guard case .mapping(let fields) = value, let next = fields[name] else { return nil }
      value = next
    }
    return value
  }

  /// Sets the value at a key's path, whose parents become mappings where they are none.
  mutating func set(_ path: [String], to value: SettingValue) {
    root = Self.setting(root, path[...], to: value)
  }

  private static func setting(
    _ base: SettingValue, _ path: ArraySlice<String>, to value: SettingValue
  ) -> SettingValue {
    guard let name = path.first else { return value }
    var fields: [String: SettingValue] = [:]
    if case .mapping(let known) = base { fields = known }
    fields[name] = setting(fields[name] ?? .none, path.dropFirst(), to: value)
    return .mapping(fields)
  }
}
