import Files
import Foundation

/// The program ffmpeg, which decodes formats that libmpg123 and libsndfile do not. It is optional: it is used if it is installed.
public enum FFmpeg {
  /// The program's path: the value of the environment variable `GENRELENS_FFMPEG` (empty: none), otherwise the first `ffmpeg` in
  /// `PATH`; nil if there is none.
  public static let program: String? = find(variable)

  /// A variable of the environment, whose paths need not be UTF-8.
  static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(pathBytes: UnsafeRawBufferPointer(start: value, count: strlen(value)))
  }

  /// - Parameter variable: gives the variables of the environment; nil for one that is not set.
  static func find(_ variable: (String) -> String?) -> String? {
    let path = variable("PATH") ?? ""
    guard let named = variable("GENRELENS_FFMPEG") else { return search("ffmpeg", in: path) }
    // A name without a slash is looked for as a shell does.
    return named.isEmpty ? nil : named.utf8.contains(UInt8(ascii: "/")) ? named : search(named, in: path)
  }

  private static func search(_ name: String, in path: String) -> String? {
    let folders = path.utf8.split(separator: UInt8(ascii: ":")).map { String(decoding: $0, as: UTF8.self) }
    return folders.map { join($0, name) }.first { candidate in
      guard let status = FileSystem.status(candidate) else { return false }
      return isAbsolute(candidate) && status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o111 != 0
    }
  }
}
