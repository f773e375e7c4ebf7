public import Files
import Foundation

/// A list of SHA-1 sums as `sha1sum` writes it and FMA's archives contain it: 40 digits, two spaces, path.
public struct ChecksumList: Sendable, Equatable {
  public let path: String
  /// Sum (lower case) by path, without `./` in front.
  private let sums: [Spelling: String]

  /// Largest list that is read, in bytes.
  static let maximumByteCount = 1 << 28

  /// Reads a list. Throws, with the line, for anything but a sum and a path, for a path that is absolute or leads upwards, and
  /// for a path listed twice with different sums.
  public init(path: String) throws(CodedError) {
    let data: [UInt8]
    do throws(SystemCallError) {
      data = try FileSystem.contents(path, limit: Self.maximumByteCount)
    } catch {
      if error.isMissing { throw CodedError(.missing, "no such file", path: path) }
      if error.isWrongKind {
        throw CodedError(.damaged, "not a list of checksums: \(error.words)", path: path)
      }
      guard error.status != EFBIG else {
        throw CodedError(.damaged, "more than \(Self.maximumByteCount) bytes are not read", path: path)
      }
      throw CodedError(error, path: path)
    }
    var sums: [Spelling: String] = [:]
    for (index, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      func invalid(_ message: String) -> CodedError {
        CodedError(.damaged, message, path: path, line: index + 1)
      }
      let line = line.last == 0x0D ? line.dropLast() : line
      guard !line.isEmpty else { continue }
      guard let entry = Self.entry(line) else {
        throw invalid("not a SHA-1 sum of 40 digits, two spaces and a path")
      }
      let name = normalized(entry.path)
      guard !isAbsolute(entry.path), pathParts(name).first ?? ".." != ".." else {
        throw invalid("a path that leads out of the folder")
      }
      if let earlier = sums.updateValue(entry.sum, forKey: Spelling(name)), earlier != entry.sum {
        throw invalid("'\(name)' is listed already with another sum")
      }
    }
    guard !sums.isEmpty else { throw CodedError(.empty, "no checksum in it", path: path) }
    (self.path, self.sums) = (path, sums)
  }

  /// The published sum of a path; nil if it is not in the list.
  public func sum(of path: String) -> String? { sums[Spelling(path)] }

  private static func entry(_ line: ArraySlice<UInt8>) -> (sum: String, path: String)? {
    let (sum, rest) = (line.prefix(40), line.dropFirst(40))
    // A star in place of the second space says that the file was read as binary.
    guard sum.count == 40, sum.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
      rest.starts(with: "  ".utf8) || rest.starts(with: " *".utf8)
    else {
      return nil
    }
    return (String(decoding: sum, as: UTF8.self).lowercased(), String(pathBytes: rest.dropFirst(2)))
  }
}
