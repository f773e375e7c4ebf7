import Analysis
import Audio
import Files
import Foundation

/// What was done to a file's tags and takes it back: a line of the log.
struct TagLogEntry: Codable {
  /// From the log's folder, or absolute where the file is elsewhere.
  let path: String
  let genresBefore: [String]
  let genresAfter: [String]
  /// SHA-1 of the whole file.
  let hashBefore: String
  let hashAfter: String
  /// Bytes of the whole file before.
  let bytesBefore: Int
  /// The file as it was, from the file as it is now.
  let restore: Pieces
  /// The version of this form.
  var tagLog = 1
  /// What the file was to the model that heard it; nil in lines of an earlier version.
  var training: TrainingRole?

  /// `[offset, count]` stands for bytes of the file as it is now, a text for other bytes, in base64.
  struct Pieces: Codable {
    let edit: TagEdit

    init(_ edit: TagEdit) { self.edit = edit }

    func encode(to encoder: any Encoder) throws {
      var list = encoder.unkeyedContainer()
      for piece in edit.pieces {
        switch piece {
        case .kept(let offset, let count): try list.encode([offset, count])
        case .added(let bytes): try list.encode(Data(bytes).base64EncodedString())
        }
      }
    }

    init(from decoder: any Swift.Decoder) throws {
      var (list, pieces) = (try decoder.unkeyedContainer(), [TagEdit.Piece]())
      while !list.isAtEnd {
        if let range = try? list.decode([Int].self) {
          guard range.count == 2, range[0] >= 0, range[1] >= 0,
            !range[0].addingReportingOverflow(range[1]).overflow
          else {
            throw DecodingError.dataCorruptedError(in: list, debugDescription: "a range")
          }
          pieces.append(.kept(offset: range[0], count: range[1]))
        } else {
          guard let bytes = Data(base64Encoded: try list.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: list, debugDescription: "base64")
          }
          pieces.append(.added([UInt8](bytes)))
        }
      }
      edit = TagEdit(pieces)
    }
  }
}

/// A log that grows by a line for each file, on the disk before the file is replaced.
struct TagLog {
  let path: String
  let folder: String
  private var byteCount = 0

  /// Opens a log, or plans one: its file is made with the first line. Throws `usage` for a file that is no such log.
  init(path: String) throws {
    // Its folder's own name counts, and a log that is a link is written through it.
    self.path = (try? linkTarget(of: path)) ?? path
    folder = Self.folder(of: path)
    guard FileSystem.exists(path) else { return }
    byteCount = try Self.lines(path).reduce(0) { $0 + $1.count + 1 }
    _ = try Self.read(path, limit: 1)
  }

  /// The name of a file in a log.
  func name(of path: String) -> String { below(path, folder) ?? path }

  /// Adds a line and brings it to the disk. A line without an end, which a killed process left, is cut off.
  mutating func append(_ entry: TagLogEntry) throws {
    let line = try JSONDocument.encodeLine(entry) + [UInt8(ascii: "\n")]
    do throws(SystemCallError) {
      let isNew = !FileSystem.exists(path)
      var file = try AtomicFile(workingPath: path, keeping: byteCount)
      do throws(SystemCallError) {
        try file.append(line)
        try file.synchronize()
      } catch {
        try? file.truncate(toByteCount: byteCount)
        throw error
      }
      if isNew { AtomicFile.syncFolder(of: path) }
    } catch {
      throw CodedError(.inputOutput, "the log: \(error.description)", path: path)
    }
    byteCount += line.count
  }

  /// The entries of a log, each with the path of its file.
  static func read(_ path: String, limit: Int = .max) throws -> [(path: String, entry: TagLogEntry)] {
    let folder = folder(of: path)
    return try lines(path).prefix(limit).enumerated().map { index, line in
      guard let entry = try? JSONDocument.decode(TagLogEntry.self, from: line), entry.tagLog == 1 else {
        throw CodedError(.badInput, "line \(index + 1) is none of a log of genrelens tag", path: path)
      }
      return (isAbsolute(entry.path) ? entry.path : join(folder, entry.path), entry)
    }
  }

  /// Lines that have an end.
  private static func lines(_ path: String) throws -> [[UInt8]] {
    do throws(SystemCallError) {
      let bytes = try FileSystem.contents(path)
      let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      return bytes[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        .map(
          Array.init)
    } catch {
      throw CodedError(error.isMissing ? .missing : .inputOutput, error.description, path: path)
    }
  }

  /// The folder of a log, links followed.
  private static func folder(of path: String) -> String {
    let folder = Files.folder(of: absolute((try? linkTarget(of: path)) ?? path))
    return FileSystem.resolved(folder) ?? folder
  }
}
