import Files

extension ConfigurationKey.Kind {
  /// The requirement, for example "a whole number of 1 to 100000".
  public var words: String {
    switch self {
    case .integer(let range): "a whole number of \(Self.words(range))"
    case .seed: "a whole number of 0 to \(UInt64.max)"
    case .number(let bounds): bounds.words.isEmpty ? "a number" : "a number \(bounds.phrase)"
    case .boolean: "true or false"
    case .choice(let names): names.count == 1 ? names[0] : "one of \(names.joined(separator: ", "))"
    case .text: "a name"
    case .list(let item, let count): "a list of \(Self.words(count)) \(item.plural)"
    case .weights(let names, let bounds):
      "\(names.joined(separator: ", ")), or a number \(bounds.phrase) for each genre, such as {Folk: 1.5}"
    case .factors(let bounds): "a number \(bounds.phrase) for each of some layers, such as {conv1: 0.1}"
    case .optional(let kind): "\(kind.words), or null"
    }
  }

  /// Several of it, for example "whole numbers of 1 to 8".
  private var plural: String {
    switch self {
    case .integer(let range): "whole numbers of \(Self.words(range))"
    case .seed: "whole numbers"
    case .number(let bounds): bounds.words.isEmpty ? "numbers" : "numbers \(bounds.phrase)"
    case .boolean: "values that are true or false"
    case .choice(let names): "names out of \(names.joined(separator: ", "))"
    case .text: "names"
    case .list(let item, let count): "lists of \(Self.words(count)) \(item.plural)"
    case .weights, .factors, .optional: "values, each \(words)"
    }
  }

  private static func words(_ range: ClosedRange<Int>) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }

  /// What is wrong with a value, as the end of a sentence ("must be 1 to 8, not 9") and the places that
  /// lead to it (numbers of list items from 1, names); nil when nothing is.
  package func problem(with value: SettingValue) -> (items: [String], message: String)? {
    let wrongKind = ([String](), "must be \(words), not \(value.shown)")
    switch (self, value) {
    case (.optional, .none): return nil
    case (.optional(let kind), _): return kind.problem(with: value)
    case (.integer(let range), .number(let text)):
      guard let number = Int(text) else { return wrongKind }
      if range.contains(number) { return nil }
      return ([], "must be \(Self.words(range)), not \(text)")
    case (.seed, .number(let text)): return UInt64(text) == nil ? wrongKind : nil
    case (.number(let bounds), .number(let text)):
      guard let number = Double(text), number.isFinite else { return wrongKind }
      guard bounds.contains(number) else { return ([], "must be \(bounds.words), not \(text)") }
      let single = Float(number)
      let fits = single.isFinite && (single != 0) == (number != 0)
      return fits ? nil : ([], "must be a number that single precision can hold, not \(text)")
    case (.boolean, .boolean): return nil
    case (.choice(let names), .text(let text)): return names.contains(text) ? nil : wrongKind
    case (.text, .text(let text)): return text.isEmpty ? ([], "must not be empty") : nil
    case (.list(let item, let count), .list(let values)):
      guard count.contains(values.count) else {
        return ([], "must be \(words), not \(values.count) values")
      }
      for (index, value) in values.enumerated() {
        if let inner = item.problem(with: value) { return (["\(index + 1)"] + inner.items, inner.message) }
      }
      return nil
    case (.weights(let names, _), .text(let text)): return names.contains(text) ? nil : wrongKind
    case (.weights(_, let bounds), .mapping(let values)), (.factors(let bounds), .mapping(let values)):
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        if let inner = Self.number(bounds).problem(with: value) { return ([name], inner.message) }
      }
      return nil
    default: return wrongKind
    }
  }
}

extension ConfigurationKey.Bounds {
  func contains(_ number: Double) -> Bool {
    (includesLow ? number >= low : number > low) && (includesHigh ? number <= high : number < high)
  }

  /// For example "above 0 and at most 10"; empty for any number.
  var words: String {
    if includesLow, includesHigh, low.isFinite, high.isFinite { return "\(spelled(low)) to \(spelled(high))" }
    var parts: [String] = []
    if low.isFinite { parts.append("\(includesLow ? "at least" : "above") \(spelled(low))") }
    if high.isFinite { parts.append("\(includesHigh ? "at most" : "below") \(spelled(high))") }
    return parts.joined(separator: " and ")
  }

  /// After "a number": "of 0 to 1", "above 0".
  var phrase: String { (includesLow && low.isFinite ? "of " : "") + words }

  private func spelled(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? SettingValue.spelling(number)
  }
}
