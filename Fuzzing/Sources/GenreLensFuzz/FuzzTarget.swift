import Foundation

/// A reader of what comes from outside, and how it is fed.
struct FuzzTarget: Sendable {
  let name: String
  /// Ending of the file that the bytes are put into; nil where the reader takes bytes.
  let fileExtension: String?
  /// Reads the bytes, or the file at the path. An error that it throws is a good answer.
  let read: @Sendable (_ bytes: [UInt8], _ path: String) throws -> Void

  nonisolated(unsafe) static var current = all[0]

  /// The folder of this process, in memory where there is such a place.
  private static let folder: String = {
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
    let folder = "\(parent)/genrelens-fuzz-\(getpid())"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: FuzzTarget.folder) }
    return folder
  }()

  /// Feeds the chosen reader.
  static func run(_ bytes: [UInt8]) {
    guard let fileExtension = current.fileExtension else {
      try? current.read(bytes, "")
      return
    }
    let path = "\(folder)/input.\(fileExtension)"
    guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { return }
    try? current.read(bytes, path)
  }
}
