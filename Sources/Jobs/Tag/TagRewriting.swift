import Audio
import Files
import Foundation

/// A sound file whose tags are changed: a whole new file takes its place, and its sound is the same.
struct TagRewriting: ~Copyable {
  /// The file's own name, links followed.
  let path: String
  /// SHA-1 of the file as it is.
  let hash: String
  let byteCount: Int
  private let named: String
  private let original: RegularFile
  private let status: stat
  private let lock: OutputLock

  /// Opens a file that may be replaced. Throws ``CodedError`` for one that cannot be, or has further names (hard links): they
  /// would stay with the old file.
  init(_ path: String) throws {
    let target = try requireReplaceable(path)
    // What a killed process left of this file goes.
    let lock = try OutputLock(file: target)
    AtomicFile.removeLeftovers(of: target)
    let file = try Self.open(target, named: path)
    let hash = try Self.hash(of: file)
    var status = stat()
    guard unsafe fstat(file.descriptor, &status) == 0 else {
      throw CodedError(.inputOutput, SystemCallError("read").description, path: path)
    }
    (named, self.path, self.hash, self.status, self.lock) = (path, target, hash, status, lock)
    byteCount = file.byteCount
    original = file
  }

  private static func open(_ path: String, named: String) throws(CodedError) -> RegularFile {
    do throws(SystemCallError) { return try RegularFile(path: path) } catch {
      throw CodedError(error.isMissing ? .missing : .inputOutput, error.description, path: named)
    }
  }

  private static func hash(of file: borrowing RegularFile) throws -> String {
    var digest = try SHA1()
    try TagEdit([.kept(offset: 0, count: file.byteCount)]).forEachBlock(of: file) { digest.update($0) }
    return digest.finish()
  }

  /// What takes an edit back.
  func reversed(_ edit: TagEdit) throws -> TagEdit { try edit.reversed(of: original) }

  /// Writes the edited file beside the old one, looks at it, and puts it in its place.
  ///
  /// - Parameters:
  ///   - check: gets the new file's temporary name and SHA-1 when all its bytes are on the disk; what it throws leaves the old
  ///     file as it is.
  func replace(by edit: TagEdit, _ check: (String, String) throws -> Void) throws {
    do {
      var file = try AtomicFile(path: path)
      var digest = try SHA1()
      try edit.forEachBlock(of: original) { block throws(SystemCallError) in
        digest.update(block)
        try file.append(block)
      }
      try file.takeAttributes(of: original)
      try file.seal()
      try check(file.temporaryPath, digest.finish())
      guard let now = FileSystem.status(path), now.st_ino == status.st_ino, now.st_dev == status.st_dev,
        now.st_size == status.st_size, now.st_mtim.tv_sec == status.st_mtim.tv_sec,
        now.st_mtim.tv_nsec == status.st_mtim.tv_nsec
      else { throw wasChanged }
      try file.publish()
    } catch let error as SystemCallError {
      throw CodedError(.inputOutput, error.description, path: named)
    }
  }

  /// What is thrown where another program has changed the file since it was read.
  var wasChanged: CodedError {
    CodedError(.badInput, "was changed by another program meanwhile: not written", path: named)
  }

  /// Throws unless both files decode to the same samples.
  func requireSameSound(at other: String) throws {
    guard try soundHash(of: path) == soundHash(of: other) else {
      throw CodedError(
        .badInput, "its sound would not be the same with other tags: not written", path: named)
    }
  }
}

/// Where a file is that may be replaced, links followed. Throws for one that must not be.
func requireReplaceable(_ path: String) throws -> String {
  guard let target = FileSystem.resolved(path), let status = FileSystem.status(target) else {
    throw CodedError(.missing, "no such file", path: path)
  }
  if let error = SystemCallError.wrongKind(status.st_mode, for: "write") {
    throw CodedError(.badInput, error.description, path: path)
  }
  guard status.st_nlink == 1 else {
    throw CodedError(
      .badInput,
      "has \(status.st_nlink) names (hard links), and only one of them would get the new tags: not written; replace it by a copy first",
      path: path)
  }
  // A file that nobody may write is meant to stay, also by who may do everything.
  guard status.st_mode & 0o222 != 0, FileSystem.isWritable(target) else {
    throw CodedError(.inputOutput, "is write-protected: not written", path: path)
  }
  let folder = folder(of: target)
  guard FileSystem.isWritable(folder) else {
    throw CodedError(.inputOutput, "the folder cannot be written to", path: path)
  }
  return target
}

/// SHA-1 of all samples of a file, with its rate and channels.
private func soundHash(of path: String) throws -> String {
  var reader = try AudioReader(path: path)
  var digest = try SHA1()
  digest.update("\(reader.sampleRateHz) \(reader.channelCount) ")
  var block = [Float](repeating: 0, count: 1 << 16)
  while true {
    var span = block.mutableSpan
    let frames = try reader.readInterleaved(into: &span)
    if frames == 0 { return digest.finish() }
    unsafe block.withUnsafeBytes { buffer in
      unsafe digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<(4 * frames * reader.channelCount)]))
    }
  }
}

extension SHA1 {
  mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }
}
