import Foundation

/// The package's root, by this file's place.
public let packageRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// A new folder; all of a test run are removed when it ends.
public func temporaryFolder() throws -> String {
  let path = temporaryRoot + "/\(UUID())"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  return path
}

/// Holds all folders of a test run.
private let temporaryRoot: String = {
  let path = FileManager.default.temporaryDirectory.appending(path: "genrelens-test-\(UUID())").path
  atexit { try? FileManager.default.removeItem(atPath: temporaryRoot) }
  return path
}()
