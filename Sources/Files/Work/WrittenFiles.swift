import Foundation

/// The names of the files that a job writes, to check beforehand that none of them is one of its inputs.
///
/// Every job of the library checks its own inputs. A caller that reads further files for it, such as a configuration, checks them
/// with ``requireApart(from:)`` before calling it.
public struct WrittenFiles: Sendable, Hashable {
  /// Files that may be written, replaced or removed.
  public private(set) var paths: [String]

  package init(_ paths: [String] = []) { self.paths = paths }

  /// One file, for example a report as JSON.
  public static func file(_ path: String) -> WrittenFiles { WrittenFiles([path]) }

  /// Both.
  public static func + (first: WrittenFiles, second: WrittenFiles) -> WrittenFiles {
    WrittenFiles(first.paths + second.paths)
  }

  /// Throws ``CodedError`` `usage`, naming both, if one of the files is an input, or if two of them are the same.
  ///
  /// Files are the same if device and inode are, whatever links and spellings lead to them. Cost: one look-up for each input.
  ///
  /// - Parameter inputs: files and folders, including names for which no file exists.
  public func requireApart(from inputs: [String]) throws(CodedError) {
    guard !paths.isEmpty else { return }
    var (byIdentity, byName): ([FileIdentity: String], [Spelling: String]) = ([:], [:])
    for path in paths {
      if let identity = FileIdentity(path: path) { byIdentity[identity] = path }
      if let other = byName.updateValue(path, forKey: Self.place(of: path)) {
        throw CodedError(
          .usage, "this name is written twice, for two things: choose another name or folder", path: other)
      }
    }
    for input in inputs {
      let output: String?
      if let identity = FileIdentity(path: input) {
        output = byIdentity[identity]
      } else {
        output = byName[Self.place(of: input)]
      }
      if let output {
        throw CodedError(
          .usage, "would replace the input \(input): choose another name or folder", path: output)
      }
    }
  }

  /// Whether something is there that is no link: who puts a link where an output will be wants it to be written through.
  static func isOwnFile(_ path: String) -> Bool {
    FileSystem.linkStatus(path).map { $0.st_mode & S_IFMT != S_IFLNK } ?? false
  }

  /// Throws ``CodedError`` `usage` where a file of one of the names is there and no job wrote it: the job's journal, which is made
  /// before all others, is missing.
  package func requireOwn(journal: String) throws(CodedError) {
    guard FileSystem.linkStatus(journal) == nil else { return }
    for path in paths where Self.isOwnFile(path) {
      throw CodedError(
        .usage, "is not from an earlier run: move it away, or choose another folder", path: path)
    }
  }

  /// Removes what killed processes left half written of them. Only for who has locked the folder.
  package func removeLeftovers() {
    for path in paths { AtomicFile.removeLeftovers(of: path) }
  }

  /// Where a name is, links of its folder and its own followed, whether there is a file or not.
  private static func place(of path: String) -> Spelling {
    let target = absolute((try? linkTarget(of: path)) ?? path)
    let folder = folder(of: target)
    return Spelling(join(FileSystem.resolved(folder) ?? folder, lastName(target)))
  }

  /// Files in a folder whose whole names match.
  package static func files(in folder: String, matching pattern: Regex<Substring>) -> [String] {
    ((try? FileSystem.names(in: folder)) ?? [])
      .filter { $0.wholeMatch(of: pattern) != nil }.map { folder + "/" + $0 }
  }
}
