import Audio
public import Files

/// The sound given by files, folders, patterns, playlists, tables and lists of names.
///
/// Each argument is interpreted as the first of these that applies:
/// - `-`: names on standard input, one per line (or with a zero byte after each);
/// - a folder: the sound files below it, as a data set finds them;
/// - `.m3u`, `.m3u8`: a playlist, whose names are relative to it; `.m3u` has names as bytes, `.m3u8` as UTF-8, which makes no
///   difference here; `file://` addresses are names too;
/// - `.csv`, `.tsv`: a table with a column `path` (``ManifestColumns``), relative to the table, and sections if it has them;
/// - a name with `*`, `?` or `[` that is not an existing file: the matches, as in a shell (`**` is any number of folders);
/// - a sound file, whether it exists or not: a missing one is reported when it is to be heard.
///
/// The order is preserved. A file, or a section of it, that is named more than once, even under different names, is used once.
public struct SoundInputs: Sendable {
  public private(set) var items: [SoundInput] = []
  /// Playlists and tables that were read.
  public private(set) var lists: [String] = []
  /// Notes: files left out, links not followed, names given twice.
  public private(set) var remarks: [String] = []

  private struct Key: Hashable {
    let identity: FileIdentity?
    let place: Spelling?
    let segment: SoundSegment?
  }

  private var seen: Set<Key> = []
  private var repeatedCount = 0
  private var readLists: Set<FileIdentity> = []
  /// Lists that are being read, the inner ones last: one of them that is named again names itself.
  private var openLists: [FileIdentity] = []
  /// Arguments in which there was nothing to hear, and why.
  private var empty: [(path: String, reason: String)] = []
  /// What is searched for in folders.
  private let choice: FileChoice

  /// The most of a playlist or of standard input that is read.
  package static let maximumByteCount = 1 << 28

  /// - Parameters:
  ///   - standardInput: reads all of it; called for `-`.
  ///   - isNullSeparated: names on standard input end with a zero byte instead of a line end.
  ///
  /// Throws ``CodedError`` for a folder or list that cannot be read, a pattern that matches nothing, and if there is nothing at
  /// all to hear (`empty`).
  public init(
    _ arguments: [String],
    standardInput: () throws(CodedError) -> [UInt8] = { () throws(CodedError) in [] },
    isNullSeparated: Bool = false
  ) throws(CodedError) {
    try self.init(
      arguments, choice: FileChoice(), standardInput: standardInput, isNullSeparated: isNullSeparated)
  }

  /// The same for what another choice takes of folders.
  init(
    _ arguments: [String], choice: FileChoice, standardInput: () throws(CodedError) -> [UInt8],
    isNullSeparated: Bool
  ) throws(CodedError) {
    self.choice = choice
    for argument in arguments {
      let before = (items.count, repeatedCount)
      var reason = ""
      if argument == "-" {
        reason = "no name in it"
        for name in Self.names(try standardInput(), isNullSeparated: isNullSeparated) {
          try addListed(name)
        }
      } else if FileSystem.linkStatus(argument) == nil, PathPattern.isPattern(argument) {
        let matches = PathPattern(argument).matches()
        guard !matches.isEmpty else {
          throw CodedError(.missing, "no file matches this pattern", path: argument)
        }
        for path in matches { try add(path) }
      } else {
        reason = try add(argument) ?? ""
      }
      if before == (items.count, repeatedCount) {
        empty.append((argument == "-" ? "standard input" : argument, reason))
      }
    }
    try finish()
  }

  private mutating func finish() throws(CodedError) {
    func said(_ reason: String) -> String { reason.isEmpty ? "no \(choice.noun) in it" : reason }
    guard !items.isEmpty else {
      throw CodedError(
        .empty,
        remarks.isEmpty
          ? said(empty.first?.reason ?? "") : "no \(choice.noun) in it (\(remarks.joined(separator: "; ")))",
        path: empty.first?.path ?? lists.first ?? "no file is named")
    }
    remarks += empty.map { "\($0.path.shown): \(said($0.reason))" }
    if repeatedCount > 0 {
      remarks.append(
        repeatedCount == 1
          ? "1 name of a file that is named already"
          : "\(repeatedCount) names of files that are named already")
    }
  }

  /// The same without the files below a folder into which the work writes, with a note. Throws ``CodedError`` (`empty`) if
  /// nothing remains.
  public func leavingOut(below folder: String) throws(CodedError) -> SoundInputs {
    guard let root = FileSystem.resolved(folder) else { return self }
    var result = self
    result.items = items.filter { item in
      FileSystem.resolved(item.path).flatMap { below($0, root) } == nil
    }
    let count = items.count - result.items.count
    guard count > 0 else { return self }
    guard !result.items.isEmpty else {
      throw CodedError(.empty, "all sound files lie in the folder that is written to", path: folder)
    }
    result.remarks.append(
      "\(folder.shown): \(count == 1 ? "1 sound file is" : "\(count) sound files are") left out: this folder is written to"
    )
    return result
  }

  /// Adds what a name stands for; says why it may be nothing.
  @discardableResult private mutating func add(_ path: String) throws(CodedError) -> String? {
    if FileSystem.isFolder(path) { return try addFolder(path) }
    switch fileExtension(path) {
    case "m3u", "m3u8": try addPlaylist(path)
    case "csv", "tsv": try addTable(path)
    default: append(SoundInput(path: path))
    }
    return "no name in it"
  }

  /// Adds what a name in a list stands for. What is not there (an address never is) is said by who hears it, and the rest is heard, also
  /// where it has the name of a list.
  private mutating func addListed(_ path: String) throws(CodedError) {
    if FileSystem.exists(path) { try add(path) } else { append(SoundInput(path: path)) }
  }

  private mutating func append(_ input: SoundInput) {
    let identity = FileIdentity(path: input.path)
    let key = Key(
      identity: identity, place: identity == nil ? Spelling(absolute(input.path)) : nil,
      segment: input.segment)
    if seen.insert(key).inserted { items.append(input) } else { repeatedCount += 1 }
  }

  private mutating func addFolder(_ folder: String) throws(CodedError) -> String {
    let search = try FolderSearch(folder, choice: choice)
    for path in search.files { append(SoundInput(path: path)) }
    remarks += search.warnings.map(\.message)
    guard !search.files.isEmpty else {
      return "no \(choice.noun) in it" + (search.others.whatElse.map { ": \($0)" } ?? "")
    }
    if let remark = search.others.remark { remarks.append("\(folder.shown): \(remark)") }
    return ""
  }

  /// Whether a list is to be read: lists may name each other.
  private mutating func opens(_ list: String) -> Bool {
    if let identity = FileIdentity(path: list), !readLists.insert(identity).inserted {
      if openLists.contains(identity) {
        remarks.append("\(list.shown): is named in itself, and not read again")
      } else {
        repeatedCount += 1
      }
      return false
    }
    lists.append(list)
    return true
  }

  private mutating func addPlaylist(_ path: String) throws(CodedError) {
    guard opens(path) else { return }
    let bytes: [UInt8]
    do throws(SystemCallError) {
      bytes = try FileSystem.contents(path, limit: Self.maximumByteCount)
    } catch {
      guard error.isMissing else { throw CodedError(error, path: path) }
      throw CodedError(.missing, "no such playlist", path: path)
    }
    let identity = FileIdentity(path: path)
    if let identity { openLists.append(identity) }
    defer { if identity != nil { openLists.removeLast() } }
    for name in Self.names(bytes, isNullSeparated: false) where name.utf8.first != UInt8(ascii: "#") {
      try addListed(Self.place(of: name, in: folder(of: path)))
    }
  }

  /// Where the file is that a playlist in a folder names.
  static func place(of name: String, in folder: String) -> String {
    if let path = Self.path(ofAddress: name) { return path }
    // Another address: there is no such file, which is said by the name that is in the list.
    if name.contains("://") { return name }
    func placed(_ name: String) -> String { isAbsolute(name) ? name : normalized(join(folder, name)) }
    let path = placed(name)
    guard !FileSystem.exists(path), name.utf8.contains(UInt8(ascii: "\\")) else { return path }
    // Playlists from Windows.
    let other = placed(
      String(pathBytes: name.pathBytes.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }))
    return FileSystem.exists(other) ? other : path
  }

  /// The path of a `file://` address on this machine; nil for any other text.
  static func path(ofAddress text: String) -> String? {
    let bytes = text.pathBytes
    guard String(decoding: bytes.prefix(7), as: UTF8.self).lowercased() == "file://" else { return nil }
    let rest = bytes.dropFirst(7)
    guard let slash = rest.firstIndex(of: UInt8(ascii: "/")),
      slash == rest.startIndex
        || String(decoding: rest[..<slash], as: UTF8.self).lowercased() == "localhost"
    else { return nil }
    var (path, place): ([UInt8], Int) = ([], slash)
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count,
        let byte = UInt8(String(decoding: bytes[place + 1...place + 2], as: UTF8.self), radix: 16)
      {
        path.append(byte)
        place += 3
      } else {
        path.append(bytes[place])
        place += 1
      }
    }
    return String(pathBytes: path)
  }

  private mutating func addTable(_ path: String) throws(CodedError) {
    guard opens(path) else { return }
    let table = try CSVTable(path: path)
    guard let column = CSVTable.column(ManifestColumns.path, in: table.header) else {
      throw CodedError(
        .missingColumn,
        "a list of \(choice.noun)s needs a column path; there are \(ManifestColumns.named(table.header))",
        path: path, line: 1)
    }
    let segments = SegmentColumns(manifest: table)
    for record in table.records {
      let file = record.fields[column]
      guard !file.isEmpty else {
        throw CodedError(.missing, "no path on this line", path: path, line: record.line)
      }
      let place = isAbsolute(file) ? file : join(folder(of: path), file)
      append(SoundInput(path: normalized(place), segment: try segments.segment(of: record)))
    }
  }

  /// The names in a list, without a byte order mark, carriage returns before line ends, and empty ones.
  static func names(_ bytes: [UInt8], isNullSeparated: Bool) -> [String] {
    let text = !isNullSeparated && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    let end = isNullSeparated ? 0 : UInt8(ascii: "\n")
    return text.split(separator: end).compactMap { line in
      let name = !isNullSeparated && line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      return name.isEmpty ? nil : String(pathBytes: name)
    }
  }
}
