public import Files

/// A setting given on the command line.
public struct ConfigurationSetting: Sendable, Hashable {
  /// The key, for example `network.dropout`.
  public var key: String
  /// Its value as it would be written in a file; a list may omit the brackets.
  public var text: String
  /// The option for messages, for example `--epochs`.
  public var option: String

  /// For a separate option.
  public init(key: String, text: String, option: String) {
    (self.key, self.text, self.option) = (key, text, option)
  }

  /// For an option that was given several times: a list of its values, each taken whole, including any commas.
  public init(key: String, values: [String], option: String) {
    self.init(key: key, text: SettingValue.list(values.map { .text($0) }).yaml, option: option)
  }

  /// From `KEY=VALUE`. Throws ``CodedError`` if it does not have that form.
  public init(assignment: String, option: String = "--set") throws(CodedError) {
    let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].allSatisfy(\.isWhitespace) else {
      throw CodedError(
        .usage, "\(option) \(assignment): it must be KEY=VALUE, such as network.dropout=0.2")
    }
    key = parts[0].trimmed
    text = parts[1].trimmed
    self.option = "\(option) \(key)"
  }
}

extension Substring {
  /// Without white space at both ends.
  var trimmed: String {
    var rest = drop(while: \.isWhitespace)
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}

/// A value on its way into the settings, and who gave it.
package struct GivenValue {
  package enum Origin: Equatable {
    case file(path: String, line: Int)
    case option(String)
  }

  package let key: ConfigurationKey
  package let value: SettingValue
  let origin: Origin

  package init(key: ConfigurationKey, value: SettingValue, origin: Origin) {
    (self.key, self.value, self.origin) = (key, value, origin)
  }

  /// The error that says what is wrong with this value.
  package func error(_ message: String, items: [String] = []) -> CodedError {
    Self.error(key.name, message, items: items, origin: origin)
  }

  static func error(
    _ key: String, _ message: String, items: [String] = [], origin: Origin
  ) -> CodedError {
    let place = items.map { ".\($0)" }.joined()
    switch origin {
    case .file(let path, let line):
      return CodedError(.badInput, "line \(line): \"\(key)\(place)\" \(message)", path: path)
    case .option(let name): return CodedError(.usage, "\(name)\(place) \(message)")
    }
  }
}
