import Audio
public import Files
import Foundation

/// Any folder of genre folders, read into a ``Catalog``, with a rule for which files belong to one artist.
public struct FolderCollection: Sendable {
  /// The group of a file.
  public enum Grouping: Sendable, Equatable {
    /// Nothing is known.
    case none
    /// The folder directly below the genre's: `Folk/Artist/Album/one.mp3` belongs to `Artist`.
    case parent
    /// A tag of the file, ignoring case and spacing.
    case artistTag
    case albumTag
    /// A regular expression on the path below the folder: its first capture group, or the whole match.
    case pattern(String)

    /// Reads `parent`, `tag:artist`, `tag:album`; nil for anything else.
    public init?(name: String) {
      switch name {
      case "none": self = .none
      case "parent": self = .parent
      case "tag:artist": self = .artistTag
      case "tag:album": self = .albumTag
      default: return nil
      }
    }
  }

  public var folder: String
  public var grouping = Grouping.none
  /// The requested genres; nil is all.
  public var genres: [String]?
  /// Number of files processed in parallel if tags are read.
  public var threads = ProcessInfo.processInfo.activeProcessorCount

  public init(folder: String) { self.folder = folder }

  /// Columns of the manifest after path, label, split and group, if tags are read.
  public static let tagColumns = ["title", "artist", "album", "date"]

  /// Finds the files. A `manifest.csv` in the folder is ignored. If tags are read, a file that cannot be read is left out.
  ///
  /// Throws if there are no genre folders, a genre does not exist, the pattern is invalid, or the work was cancelled.
  public func catalog(
    job: Job = Job()
  ) throws(CodedError) -> Catalog {
    guard FileSystem.isFolder(folder) else { throw CodedError(.missing, "no such folder", path: folder) }
    var dataset = try Dataset.loadFolder(folder)
    if let genres { dataset = try dataset.restricted(to: genres) }
    var catalog = Catalog(dataset: dataset)
    catalog.notes = dataset.warnings.map(\.message)
    catalog.leaveOutMissing()
    let lost = catalog.leftOut.count
    if lost > 0 {
      catalog.notes.append("\(lost.counted("file")) \(lost == 1 ? "is a link" : "are links") to nothing")
    }
    switch grouping {
    case .none: break
    case .parent: catalog.group { [folder] in Self.parent(of: $0, below: folder) }
    case .pattern(let pattern): try groupByPattern(pattern, &catalog)
    case .artistTag, .albumTag: try groupByTag(&catalog, job)
    }
    if grouping != .none {
      let bare = catalog.dataset.clips.count { $0.group == nil }
      let files = catalog.dataset.clips.count.counted("file")
      if bare > 0 { catalog.notes.append("\(bare) of \(files) \(bare == 1 ? "has" : "have") no group") }
    }
    try catalog.requireClips()
    return catalog
  }

  /// `Artist` of `root/Folk/Artist/Album/one.mp3`; nil for a file directly in the genre's folder.
  static func parent(of path: String, below root: String) -> String? {
    let parts = pathParts(below(path, root) ?? path)
    return parts.count > 2 ? parts[1] : nil
  }

  private func groupByPattern(_ pattern: String, _ catalog: inout Catalog) throws(CodedError) {
    let expression: Regex<AnyRegexOutput>
    // By scalars: a slash with an accent after it is a slash.
    do { expression = try Regex(pattern).matchingSemantics(.unicodeScalar) } catch {
      throw CodedError(.badOption, "the pattern '\(pattern)' is no regular expression", path: folder)
    }
    catalog.group { path in
      let text = pathParts(below(path, folder) ?? path).joined(separator: "/")
      guard let match = try? expression.firstMatch(in: text) else { return nil }
      let part = match.output.count > 1 ? match.output[1].substring : match.output[0].substring
      return part.flatMap { $0.isEmpty ? nil : String($0) }
    }
  }

  private func groupByTag(
    _ catalog: inout Catalog, _ job: Job
  ) throws(CodedError) {
    let paths = catalog.dataset.clips.map { $0.path ?? "" }
    var results = [Result<AudioTags, CodedError>?](repeating: nil, count: paths.count)
    var done = 0
    try ParallelWork(threads: threads, path: folder).run(
      paths.count, job: job,
      { index, _ -> Result<AudioTags, CodedError> in
        do throws(CodedError) {
          return .success(try AudioProbe(path: paths[index], countedBytes: 0).tags)
        } catch {
          return .failure(error)
        }
      },
      collect: { index, result throws(CodedError) in
        results[index] = result
        done += 1
        job.tell("tags", done, of: paths.count)
      })
    catalog.columns = Self.tagColumns
    catalog.values = results.indices.map { index in
      guard case .success(let tags)? = results[index] else { return ["", "", "", ""] }
      let tag = grouping == .artistTag ? tags.artist : tags.album
      catalog.dataset.clips[index].group = tag.flatMap(Self.folded)
      return [tags.title, tags.artist, tags.album, tags.year].map { $0 ?? "" }
    }
    let earlier = catalog.leftOut.count
    catalog.leaveOut { index in
      guard case .failure(let error)? = results[index] else { return nil }
      return .init(path: paths[index], code: error.code.rawValue, reason: error.message)
    }
    let unread = catalog.leftOut.count - earlier
    if unread > 0 {
      catalog.notes.append(
        "\(unread.counted("file")) cannot be read and \(unread == 1 ? "is" : "are") left out")
    }
  }

  /// A name as it is compared: lower case, single spaces; nil when nothing is left.
  static func folded(_ name: String) -> String? {
    let words = name.lowercased().split(whereSeparator: \.isWhitespace)
    return words.isEmpty ? nil : words.joined(separator: " ")
  }
}

extension Catalog {
  mutating func group(by rule: (String) -> String?) {
    for index in dataset.clips.indices {
      dataset.clips[index].group = dataset.clips[index].path.flatMap(rule)
    }
  }
}
