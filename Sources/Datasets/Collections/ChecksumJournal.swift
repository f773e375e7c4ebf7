import Files
import Foundation

/// What was hashed already, so that a long verification continues where it stopped: a text file to which a line is added
/// for each file.
///
/// A line is the sum, the file's length in bytes, its time of change in nanoseconds, and its path. It holds as long as
/// length and time do. A line that was cut off when the process was killed is dropped on opening; what stands before
/// it counts.
@safe final class ChecksumJournal {
  /// What a line stands for.
  struct Stamp: Hashable {
    var byteCount: Int
    var nanoseconds: Int

    /// Of the file there; nil when there is none.
    init?(ofFile path: String) {
      guard let status = FileSystem.status(path), status.st_mode & S_IFMT == S_IFREG else { return nil }
      byteCount = Int(status.st_size)
      nanoseconds = Int(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(status.st_mtim.tv_nsec)
    }

    init(byteCount: Int, nanoseconds: Int) { (self.byteCount, self.nanoseconds) = (byteCount, nanoseconds) }
  }

  let path: String
  private let descriptor: Int32
  private var entries: [Spelling: (stamp: Stamp, sum: String)] = [:]

  /// Opens the journal, or makes it. Throws when it cannot be written, or another run has it open.
  init(path: String) throws(CodedError) {
    self.path = path
    descriptor = FileSystem.open(path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CodedError(SystemCallError("write the journal"), path: path)
    }
    var status = stat()
    _ = unsafe fstat(descriptor, &status)
    if let error = SystemCallError.wrongKind(status.st_mode, for: "write the journal") {
      close(descriptor)
      throw CodedError(error, path: path)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw CodedError(.busy, "another run is writing this journal", path: path)
    }
    do throws(CodedError) { try readEntries() } catch {
      close(descriptor)
      throw error
    }
  }

  deinit {
    // Said, not left to closing: a child process that is being started may hold a copy of the descriptor for a moment.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private func readEntries() throws(CodedError) {
    guard let data = try? FileSystem.contents(path) else {
      throw CodedError(.inputOutput, "cannot be read", path: path)
    }
    let end = data.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    if end < data.count, ftruncate(descriptor, off_t(end)) != 0 {
      throw CodedError(SystemCallError("shorten the journal"), path: path)
    }
    for line in data[..<end].split(separator: 0x0A) {
      let parts = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
      let texts = parts.map { String(pathBytes: $0) }
      guard texts.count == 4, parts[0].count == 40,
        parts[0].allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }), let size = Int(texts[1]),
        let time = Int(texts[2])
      else { continue }
      entries[Spelling(texts[3])] = (Stamp(byteCount: size, nanoseconds: time), texts[0])
    }
  }

  /// The sum of a file that has not changed since; nil when that is not known.
  func sum(of path: String, stamp: Stamp) -> String? {
    guard let entry = entries[Spelling(path)], entry.stamp == stamp else { return nil }
    return entry.sum
  }

  /// Adds a line with one system call, so that it is there whole or cut off, never mixed with another.
  func append(_ path: String, stamp: Stamp, sum: String) throws(CodedError) {
    guard !path.utf8.contains(0x0A) else { return }
    let line = "\(sum) \(stamp.byteCount) \(stamp.nanoseconds) \(path)\n".pathBytes
    let written = unsafe write(descriptor, line, line.count)
    guard written == line.count else {
      throw CodedError(SystemCallError("write the journal"), path: self.path)
    }
    entries[Spelling(path)] = (stamp, sum)
  }
}
