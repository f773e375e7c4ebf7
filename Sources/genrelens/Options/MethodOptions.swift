import ArgumentParser
import GenreLens

/// The options of single explanation methods, as ``ExplanationCatalogue`` lists them. One that the chosen method does not read is
/// refused.
///
/// The parser finds options among a type's stored properties; here they are those that the catalogue has, so that a method's
/// options are in its own file alone.
struct MethodOptions: ParsableArguments, CustomReflectable {
  /// What was given, by the option's name.
  var given: [String: String] = [:]

  init() {}

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for (option, _) in ExplanationCatalogue.options {
      if case .flag = option.kind {
        if try container.decode(Flag<Bool>.self, forKey: Key(option.name)).wrappedValue {
          given[option.name] = "true"
        }
      } else {
        given[option.name] = try container.decode(Option<String?>.self, forKey: Key(option.name)).wrappedValue
      }
    }
  }

  var customMirror: Mirror {
    Mirror(
      self,
      children: ExplanationCatalogue.options.map { option, methods -> Mirror.Child in
        let help = ArgumentHelp(stringLiteral: Self.help(option, methods))
        if case .flag = option.kind {
          return (option.name, Flag(wrappedValue: false, name: .customLong(option.name), help: help))
        }
        return (option.name, Option<String?>(name: .customLong(option.name), help: Self.named(help, option)))
      })
  }

  private static func named(_ help: ArgumentHelp, _ option: OptionDescription) -> ArgumentHelp {
    var help = help
    help.valueName =
      switch option.kind {
      case .name: "name"
      case .extents: "RxC"
      default: option.name
      }
    return help
  }

  /// `rise: random masks (2000).`; an option of several methods that means the same is said once.
  private static func help(_ option: OptionDescription, _ methods: [String]) -> String {
    let all = ExplanationCatalogue.methods.filter { methods.contains($0.name) }
    let own = all.compactMap { method in
      ExplanationCatalogue.options(of: method).first { $0.name == option.name }.map { (method.name, $0) }
    }
    func said(_ option: OptionDescription) -> String {
      var text = option.help
      if case .name(let names) = option.kind, !names.allSatisfy(text.contains) {
        text += ": " + names.joined(separator: ", ")
      }
      return option.defaultText.isEmpty ? text : text + " (\(option.defaultText))"
    }
    let words = own.map { said($0.1) }
    if Set(words).count == 1, let first = words.first {
      return "\(methods.joined(separator: ", ")): \(first)."
    }
    return zip(own, words).map { "\($0.0): \($1)" }.joined(separator: "; ") + "."
  }
}
