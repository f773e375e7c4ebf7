import Files
import Foundation

/// The program ffmpeg, which decodes what libmpg123 and libsndfile do not: it is used where it is installed and needed
/// nowhere.
public enum FFmpeg {
  /// The program's path: what the environment variable `GENRELENS_FFMPEG` says (empty: none), else the first `ffmpeg` in
  /// `PATH`; nil when there is none.
  public static let program: String? = find(in: ProcessInfo.processInfo.environment)

  static func find(in environment: [String: String]) -> String? {
    if let named = environment["GENRELENS_FFMPEG"] {
      // A name without a slash is looked for as a shell does.
      return named.isEmpty ? nil : named.contains("/") ? named : search(named, in: environment["PATH"])
    }
    return search("ffmpeg", in: environment["PATH"])
  }

  private static func search(_ name: String, in path: String?) -> String? {
    let folders = (path ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { candidate in
      guard let status = FileSystem.status(candidate) else { return false }
      return isAbsolute(candidate) && status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o111 != 0
    }
  }
}
