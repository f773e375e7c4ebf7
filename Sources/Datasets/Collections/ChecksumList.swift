import Foundation

/// A list of SHA-1 sums as `sha1sum` writes it and FMA's archives hold it: 40 digits, two spaces, path.
public struct ChecksumList: Sendable, Equatable {
  public let path: String
  /// Sum (lower case) by path, without `./` in front.
  public let sums: [String: String]

  /// Largest list that is read, in bytes.
  static let maximumByteCount = 1 << 28

  /// Reads a list. Throws, with the line: something else than a sum and a path, a path that is absolute or leads up, a
  /// path listed twice with different sums.
  public init(path: String) throws(DatasetError) {
    let data: Data
    guard FileManager.default.fileExists(atPath: path) else {
      throw DatasetError(.missing, "no such file", path: path)
    }
    guard !isFolder(path) else {
      throw DatasetError(.damaged, "a folder, not a list of checksums", path: path)
    }
    do { data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) } catch {
      throw DatasetError(.inputOutput, "cannot be read", path: path)
    }
    guard data.count <= Self.maximumByteCount else {
      throw DatasetError(
        .damaged, "\(data.count) bytes, at most \(Self.maximumByteCount) are read", path: path)
    }
    var sums: [String: String] = [:]
    for (index, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      func invalid(_ message: String) -> DatasetError {
        DatasetError(.damaged, message, path: path, line: index + 1)
      }
      let line = line.last == 0x0D ? line.dropLast() : line
      guard !line.isEmpty else { continue }
      guard let text = String(validating: line, as: UTF8.self), let entry = Self.entry(text) else {
        throw invalid("not a SHA-1 sum of 40 digits, two spaces and a path")
      }
      let name = normalized(entry.path)
      guard !entry.path.hasPrefix("/"), !name.hasPrefix("../"), name != "..", !name.isEmpty else {
        throw invalid("a path that leads out of the folder")
      }
      if let earlier = sums.updateValue(entry.sum, forKey: name), earlier != entry.sum {
        throw invalid("'\(name)' is listed already with another sum")
      }
    }
    guard !sums.isEmpty else { throw DatasetError(.empty, "no checksum in it", path: path) }
    (self.path, self.sums) = (path, sums)
  }

  private static func entry(_ line: String) -> (sum: String, path: String)? {
    let sum = line.prefix(40)
    let rest = line.dropFirst(40)
    // A star in place of the second space says that the file was read as binary.
    guard sum.utf8.count == 40, sum.allSatisfy(\.isHexDigit), rest.hasPrefix("  ") || rest.hasPrefix(" *")
    else {
      return nil
    }
    return (sum.lowercased(), String(rest.dropFirst(2)))
  }
}
