/// Reads a list as Python writes it: `[21, 45]`, `['a', "b's"]`, `[]`. nil for anything else.
///
/// Items are numbers, names without quotes (`None`, `nan`), or strings with the common escapes; lists do not nest.
func pythonList(_ text: some StringProtocol) -> [String]? {
  var rest = Substring(text).drop(while: \.isWhitespace)
  guard rest.popFirst() == "[" else { return nil }
  var items: [String] = []
  rest = rest.drop(while: \.isWhitespace)
  if rest.first == "]" { return rest.dropFirst().allSatisfy(\.isWhitespace) ? [] : nil }
  while true {
    rest = rest.drop(while: \.isWhitespace)
    guard let item = pythonItem(&rest) else { return nil }
    items.append(item)
    rest = rest.drop(while: \.isWhitespace)
    switch rest.popFirst() {
    case "]": return rest.allSatisfy(\.isWhitespace) ? items : nil
    case ",":
      // Python allows a comma after the last item.
      rest = rest.drop(while: \.isWhitespace)
      if rest.first == "]" { return rest.dropFirst().allSatisfy(\.isWhitespace) ? items : nil }
    default: return nil
    }
  }
}

private func pythonItem(_ rest: inout Substring) -> String? {
  guard let quote = rest.first, quote == "'" || quote == "\"" else {
    let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "+" || $0 == "_" }
    rest = rest[word.endIndex...]
    return word.isEmpty ? nil : String(word)
  }
  rest.removeFirst()
  var item = ""
  while let character = rest.popFirst() {
    if character == quote { return item }
    guard character == "\\" else {
      item.append(character)
      continue
    }
    switch rest.popFirst() {
    case "n": item.append("\n")
    case "t": item.append("\t")
    case "r": item.append("\r")
    case let escaped?: item.append(escaped)
    case nil: return nil
    }
  }
  return nil
}
