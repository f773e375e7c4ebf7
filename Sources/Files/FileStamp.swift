import Foundation

/// Size and time of the last change of a file: what tells that it is still the same.
package struct FileStamp: Codable, Equatable, CustomStringConvertible {
  package let bytes: Int
  /// Seconds since 1970, with nine decimals: as text, which no reader rounds.
  package let modified: String

  /// nil where there is no file.
  package init?(path: String) {
    guard let status = FileSystem.status(path) else { return nil }
    bytes = Int(status.st_size)
    let fraction = String(status.st_mtim.tv_nsec)
    modified =
      "\(status.st_mtim.tv_sec).\(String(repeating: "0", count: max(0, 9 - fraction.count)))\(fraction)"
  }

  /// Of a file that is still the same the same words; of none "no file".
  package static func words(of path: String) -> String {
    FileStamp(path: path)?.description ?? "no file"
  }

  /// A hash of those of several files.
  package static func words(ofAll paths: [String]) -> String {
    ContentHash(paths.map { "\($0) \(words(of: $0))" }.joined(separator: "\n")).description
  }

  package var description: String { "\(bytes) bytes of \(modified)" }
}
