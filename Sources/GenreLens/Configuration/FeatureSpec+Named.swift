public import Features

extension FeatureSpec {
  /// A spec by its name (``names``), or from a YAML file of changes to ``mfcc128``; its keys are the properties' names.
  ///
  /// Throws ``GenreLensError`` for an unknown name, a file that is not there, or an unknown key or value (with its line).
  public static func resolved(_ nameOrPath: String) throws(GenreLensError) -> FeatureSpec {
    if let known = named(nameOrPath) { return known }
    guard nameOrPath.hasSuffix(".yaml") || nameOrPath.hasSuffix(".yml") else {
      let known = names.joined(separator: ", ")
      throw GenreLensError(.usage, "unknown feature spec \"\(nameOrPath)\": choose \(known) or a .yaml file")
    }
    return try YAMLDocument(path: nameOrPath).applied(to: .mfcc128)
  }
}
