import Files

/// The accepted names for the columns that a manifest calls `path` and `label`; case does not matter. If there are several
/// columns, the first name in the list is used.
public enum ManifestColumns {
  public static let path = [
    "path", "file", "filename", "filepath", "file_path", "file_name", "audio", "audio_path", "audio_file",
    "track",
  ]
  public static let label = [
    "label", "genre", "genre_top", "track.genre_top", "class", "category", "top_genre",
  ]

  /// What is missing of a manifest in a table with this header, and what could be done; nil when nothing is.
  static func problem(_ header: [String]) -> String? {
    var missing: [String] = []
    if CSVTable.column(path, in: header) == nil { missing.append("of paths (\(shown(path)))") }
    if CSVTable.column(label, in: header) == nil { missing.append("of labels (\(shown(label)))") }
    guard !missing.isEmpty else { return nil }
    let names = header.count { !$0.isEmpty } == 0 ? "none with a name" : named(header)
    let hint =
      header.count == 1
      ? ": are its fields separated by something else than commas, semicolons or tabs?"
      : "; 'genrelens data csv' takes other names by --path-column and --label-column"
    return "a manifest needs a column \(missing.joined(separator: " and one ")); there are \(names)\(hint)"
  }

  private static func shown(_ names: [String]) -> String {
    names.prefix(4).joined(separator: ", ") + ", ..."
  }

  /// The names of a header as a message lists them.
  static func named(_ header: [String]) -> String { listed(header.filter { !$0.isEmpty }) }
}

/// Names in a message: the first forty, and how many more there are.
func listed(_ names: [String]) -> String {
  let rest = names.count - 40
  return names.prefix(40).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
}
