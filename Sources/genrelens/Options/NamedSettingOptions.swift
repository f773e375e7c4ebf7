import ArgumentParser
import GenreLens

/// The options that set one key each, as ``ConfigurationKey`` names them; their help is the key's description.
///
/// The parser finds options among a type's stored properties; here they are those that the descriptions name, as in ``MethodOptions``.
struct NamedSettingOptions: ParsableArguments, CustomReflectable {
  /// What the command line sets, in the order of the keys.
  private(set) var settings: [ConfigurationSetting] = []

  init() {}

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Name.self)
    for (key, option) in Self.keys {
      let name = Name(stringValue: option)
      switch key.kind {
      case .list:
        let given = try values.decode(Option<[String]>.self, forKey: name).wrappedValue
        if given.count == 1 {
          settings.append(ConfigurationSetting(key: key.name, text: given[0], option: "--\(option)"))
        } else if !given.isEmpty {
          settings.append(ConfigurationSetting(key: key.name, values: given, option: "--\(option)"))
        }
      default:
        let given = try values.decode(Option<String?>.self, forKey: name).wrappedValue
        if let given {
          settings.append(ConfigurationSetting(key: key.name, text: given, option: "--\(option)"))
        }
      }
    }
  }

  var customMirror: Mirror {
    let options = Self.keys.map { key, option -> (label: String?, value: Any) in
      switch key.kind {
      case .list: (option, Option<[String]>(wrappedValue: [], name: .customLong(option), help: key.help))
      default: (option, Option<String?>(name: .customLong(option), help: key.help))
      }
    }
    return Mirror(self, children: options)
  }

  private static let keys: [(key: ConfigurationKey, option: String)] = ConfigurationKey.all.compactMap {
    key in key.option.map { (key, $0) }
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

extension ConfigurationKey {
  fileprivate var help: ArgumentHelp {
    if name == "genres" {
      return ArgumentHelp(
        "Use only these genres, separated by commas or given by repeating the option, which takes each value whole; '[]' uses all.",
        valueName: "names")
    }
    return ArgumentHelp("\(summary) (\(defaultText))", valueName: kind.valueName)
  }
}

extension ConfigurationKey.Kind {
  fileprivate var valueName: String {
    switch self {
    case .integer, .seed, .number: "number"
    case .boolean: "true|false"
    case .choice(let names): names.count > 8 ? "name" : names.joined(separator: "|")
    case .text: "name"
    case .factors: "{layer: number}"
    case .weights(let names, _): (names + ["{genre: number}"]).joined(separator: "|")
    case .list: "a,b,..."
    case .optional(let kind): kind.valueName
    }
  }
}
