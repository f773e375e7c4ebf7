extension TrainingPlan {
  /// The plan as a YAML file that ``init(path:)`` reads: every key, in the order of ``ConfigurationKey/all``. Features that were
  /// never set are commented out, so the file makes no statement about a feature file's maps.
  ///
  /// - Parameters:
  ///   - comments: whether each key is explained above it.
  ///   - frontEnds: whether the keys of other programs' front ends, and of pictures, are there although they are not used.
  public func yaml(comments: Bool = false, frontEnds: Bool = false) throws -> String {
    let tree = try ConfigurationTree(of: self)
    var lines: [String] = []
    var open = ""
    let unused =
      frontEnds
      ? []
      : (ConfigurationKey.frontEnds + ConfigurationKey.pictures).filter { tree.value(at: $0.path) == nil }
        .map(\.name)
    for key in ConfigurationKey.all where !unused.contains(key.name) {
      let parent = key.path.dropLast().joined(separator: ".")
      let isUnset = key.path[0] == "features" && !statesFeatures
      if isUnset, !comments { continue }
      let mark = isUnset ? "#" : ""
      if parent != open, !parent.isEmpty {
        if comments { lines.append("") }
        if isUnset {
          lines.append(
            "# Of sound. A feature file says itself what its maps are; set here, they must be these.")
        }
        lines.append("\(mark)\(parent):")
      }
      open = parent
      let indentation = parent.isEmpty ? "" : "\(mark)  "
      if comments {
        if parent.isEmpty { lines.append("") }
        lines += key.explanation.wrapped(at: 98).map { "\(indentation)# \($0)" }
      }
      let value = tree.value(at: key.path) ?? .none
      lines.append("\(indentation)\(key.path.last ?? ""): \(value.yaml)")
    }
    let head =
      "# Settings of a GenreLens training, for genrelens train --config. A key that is left out keeps its default.\n"
    return (comments ? head : "") + lines.joined(separator: "\n") + "\n"
  }

  /// Key and value, as in YAML, of all that differs from the defaults.
  package func changes() -> [(key: ConfigurationKey, value: String)] {
    guard let tree = try? ConfigurationTree(of: self) else { return [] }
    return ConfigurationKey.all.compactMap { key in
      let value = tree.value(at: key.path) ?? .none
      let initial = ConfigurationTree.defaults.value(at: key.path) ?? .none
      return value == initial ? nil : (key, value.yaml)
    }
  }
}

extension ConfigurationKey {
  /// The summary; in brackets what the value may be, its unit and its option.
  var explanation: String {
    let unit = unit.isEmpty ? "" : ", in \(unit)"
    let option = option.map { "; --\($0)" } ?? ""
    return "\(summary) [\(kind.words)\(unit)\(option)]"
  }
}

extension String {
  /// Lines of at most `width` characters, broken at spaces.
  fileprivate func wrapped(at width: Int) -> [String] {
    var lines: [String] = []
    for word in split(separator: " ") {
      if let last = lines.last, last.count + word.count < width {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
