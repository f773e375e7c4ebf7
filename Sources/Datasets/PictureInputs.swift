public import Files

/// The pictures given by files, folders, patterns, tables and lists of names, as ``SoundInputs`` finds sound.
///
/// ```swift
/// let inputs = try PictureInputs(["photographs", "cat.jpg"])
/// for path in inputs.paths { print(try Picture(path: path).width) }
/// ```
///
/// In folders pictures are found by their endings; a file that is named is taken, and its content decides what it is.
public struct PictureInputs: Sendable {
  /// In the order in which they are named, each once.
  public let paths: [String]
  /// Lists and tables that were read.
  public let lists: [String]
  /// Notes: files left out, links not followed, names given twice.
  public let remarks: [String]

  /// Throws as ``SoundInputs`` does, and ``CodedError`` `usage` for a table that names sections of files.
  public init(
    _ arguments: [String],
    standardInput: () throws(CodedError) -> [UInt8] = { () throws(CodedError) in [] },
    isNullSeparated: Bool = false
  ) throws(CodedError) {
    let found = try SoundInputs(
      arguments, choice: .pictures, standardInput: standardInput, isNullSeparated: isNullSeparated)
    if let section = found.items.first(where: { $0.segment != nil }) {
      throw CodedError(.usage, "a section of a picture (\(section.name.shown)): only sound has them")
    }
    (paths, lists, remarks) = (found.items.map(\.path), found.lists, found.remarks)
  }
}
