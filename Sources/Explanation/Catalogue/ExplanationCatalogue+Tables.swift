extension ExplanationCatalogue {
  /// The methods that read one source as a table in Markdown: name, formula, passes of the network, options with their defaults,
  /// notes, source.
  public static func table(of source: MethodTraits.Source) -> String {
    let rows = methods.filter { $0.traits.reads == source }.map { method in
      let summary = method.summary
      let notes = [method.traits.isClassBlind ? "flag `class-blind`" : "", summary.note].filter {
        !$0.isEmpty
      }
      return [
        "`\(method.name)`", summary.formula, summary.passes,
        options(of: method).map(\.words).joined(separator: ", "), notes.joined(separator: "; "),
        summary.source,
      ]
    }
    let header = ["Name", "Map", "Passes", "Options", "Note", "Source"]
    let lines = [header, header.map { _ in "---" }] + rows
    return lines.map { "|" + $0.map { $0.isEmpty ? " " : " \($0) " }.joined(separator: "|") + "|\n" }.joined()
  }
}

extension OptionDescription {
  /// As a table says it: the option with its default, or with the form of its value.
  fileprivate var words: String {
    switch kind {
    case .flag: "`--\(name)`"
    case .extents where defaultText.isEmpty: "`--\(name) RxC`"
    default: "`--\(name) \(defaultText)`"
    }
  }
}
