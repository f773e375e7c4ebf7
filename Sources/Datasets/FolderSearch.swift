import Files
import Foundation

/// The sound files, or the pictures, below a folder, each once, however the folders are linked.
///
/// A link is followed unless it leads to a folder that is searched anyway, or back up: then it is left out and named, and so is
/// a link to nothing. Folders come before links to them, so that a file has the name under which it really stands.
struct FolderSearch {
  /// What is searched by path, folder by folder, in the order of the names' bytes.
  private(set) var files: [String] = []
  /// The folders directly below, without hidden ones.
  private(set) var folders: [String] = []
  private(set) var warnings: [DatasetWarning] = []

  /// What was not taken, by the folder directly below the root; all together where these are no genres.
  private var othersByGenre: [Spelling: FileChoice] = [:]
  private let choice: FileChoice

  private let root: String
  private let ownsGenres: Bool
  private var seen: Set<FileIdentity> = []
  private var folderLinks: [String] = []
  private var fileLinks: [String] = []
  private var places: [Place: String] = [:]

  /// A file under a genre: a second link to it there says nothing new, one under another genre contradicts it.
  private struct Place: Hashable {
    let file: FileIdentity
    let genre: Spelling
  }

  /// Searches. Throws when a folder cannot be read.
  ///
  /// - Parameter ownsGenres: whether the folders directly below are genres: then files beside them do not count, and a file may
  ///   be linked from several of them.
  init(_ root: String, ownsGenres: Bool = false, choice: FileChoice = FileChoice())
    throws(CodedError)
  {
    (self.root, self.ownsGenres, self.choice) = (root, ownsGenres, choice)
    // A link to a folder above would bring in all that is beside this one.
    var above = FileSystem.resolved(root) ?? absolute(root)
    while above != "/", !above.isEmpty {
      above = folder(of: above)
      if let status = FileSystem.status(above) { seen.insert(FileIdentity(status)) }
    }
    if let status = FileSystem.status(root) { seen.insert(FileIdentity(status)) }
    try search(root)
    var next = 0
    while next < folderLinks.count {
      let link = folderLinks[next]
      next += 1
      guard let status = FileSystem.status(link) else { continue }
      if seen.insert(FileIdentity(status)).inserted {
        noteFolder(link)
        try search(link)
      } else {
        leaveOut(link, "a link to a folder that is searched already, or to one above")
      }
    }
    for link in fileLinks { addLinked(link) }
    sort()
  }

  private mutating func search(_ folder: String) throws(CodedError) {
    var open = [folder]
    while let folder = open.popLast() {
      for path in try entries(of: folder) {
        guard let own = FileSystem.linkStatus(path) else { continue }
        switch own.st_mode & S_IFMT {
        case S_IFDIR:
          guard !choice.isOutput(path) else {
            warnings.append(.init(.filesLeftOut, "\(path.shown): what GenreLens wrote; left out"))
            continue
          }
          guard seen.insert(FileIdentity(own)).inserted else {
            leaveOut(path, "a folder that is searched already under another name")
            continue
          }
          noteFolder(path)
          open.append(path)
        case S_IFLNK: noteLink(path)
        default:
          guard isWanted(path) else {
            noteOther(path)
            continue
          }
          places[Place(file: FileIdentity(own), genre: genre(of: path))] = path
          files.append(path)
        }
      }
    }
  }

  private func entries(of folder: String) throws(CodedError) -> [String] {
    do {
      return try FileSystem.names(in: folder).filter { $0.utf8.first != UInt8(ascii: ".") }.map {
        join(folder, $0)
      }
    } catch {
      throw CodedError(
        .inputOutput, "the folder cannot be read: \(error.words)", path: folder,
        underlyingStatus: Int(error.status))
    }
  }

  private mutating func noteLink(_ path: String) {
    guard let target = FileSystem.status(path) else {
      // A clip is missed by name where it is read; whatever else this may have been is told here.
      if isWanted(path) { files.append(path) } else { leaveOut(path, "a link to nothing") }
      return
    }
    if target.st_mode & S_IFMT == S_IFDIR {
      folderLinks.append(path)
    } else if isWanted(path) {
      fileLinks.append(path)
    } else {
      noteOther(path)
    }
  }

  private mutating func noteOther(_ path: String) {
    guard !(ownsGenres && depth(path) == 1) else { return }
    othersByGenre[genre(of: path), default: choice].leaveOut(path)
  }

  /// What was not taken.
  var others: FileChoice { othersByGenre.values.reduce(into: choice) { $0.add($1) } }

  /// What was not taken below one of ``folders``.
  func others(in folder: String) -> FileChoice { othersByGenre[genre(of: folder)] ?? choice }

  private mutating func addLinked(_ link: String) {
    guard let status = FileSystem.status(link) else { return }
    let place = Place(file: FileIdentity(status), genre: genre(of: link))
    if let other = places[place] {
      leaveOut(link, "a link to \(other.shown)")
    } else {
      places[place] = link
      files.append(link)
    }
  }

  private mutating func leaveOut(_ path: String, _ reason: String) {
    warnings.append(.init(.linkLeftOut, "\(path.shown): \(reason); left out"))
  }

  private mutating func noteFolder(_ path: String) {
    if depth(path) == 1 { folders.append(path) }
  }

  private func isWanted(_ path: String) -> Bool {
    choice.takes(path) && !(ownsGenres && depth(path) == 1)
  }

  /// 1 for what stands directly in the folder.
  private func depth(_ path: String) -> Int { pathParts(below(path, root) ?? path).count }

  private func genre(of path: String) -> Spelling {
    Spelling(ownsGenres ? pathParts(below(path, root) ?? path).first ?? "" : "")
  }

  private mutating func sort() {
    func sorted(_ paths: [String]) -> [String] {
      paths.map { (parts: pathParts($0).map(Spelling.init), path: $0) }
        .sorted { $0.parts.lexicographicallyPrecedes($1.parts) }.map(\.path)
    }
    (files, folders) = (sorted(files), sorted(folders))
  }
}
