import Foundation

/// A file that appears under its name whole or not at all.
///
/// The bytes go to a hidden temporary file in the destination's folder. ``publish()`` brings them to the disk (fsync),
/// renames the file over the final name and brings the folder to the disk too. A value that is dropped before that
/// removes its temporary file; a killed process leaves only a hidden file behind. Files in a ``StagedFolder`` are brought to the
/// disk by its publication, all at once.
///
/// A link is written through: the file that it leads to is replaced, or made. Pipes, devices and folders are refused.
package struct AtomicFile: ~Copyable {
  /// The final name, links followed.
  package let path: String
  /// Where the bytes are until they are published.
  package let temporaryPath: String
  /// Open for writing until the file is sealed, for libraries that write to one.
  package private(set) var descriptor: Int32
  /// Whether others bring the bytes and the name to the disk.
  private let isStaged: Bool
  private var isSealed = false
  private var isPublished = false

  /// Creates the temporary file. Throws when the folder is missing or not writable, and where the name stands for something
  /// that is no regular file.
  package init(path: String) throws(SystemCallError) {
    try AtomicFile.requireReplaceable(path)
    let path = try linkTarget(of: path)
    let folder = AtomicFile.folder(of: path)
    let name = lastName(path)
    let random = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    let temporaryPath = "\(folder)/.\(name).\(getpid())-\(random).tmp"
    let descriptor = FileSystem.open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL)
    if descriptor < 0 { throw SystemCallError("create a file in \(folder)") }
    self.path = path
    self.temporaryPath = temporaryPath
    self.descriptor = descriptor
    isStaged = StagedFolder.contains(path)
  }

  /// Throws where a name stands for a folder, a pipe or a device, which a file must not take the place of.
  package static func requireReplaceable(_ path: String) throws(SystemCallError) {
    guard let status = FileSystem.status(path) else { return }
    if let error = SystemCallError.wrongKind(status.st_mode, for: "write") { throw error }
  }

  /// A file that gathers its bytes from run to run: what stands under this very name is opened, cut after its first
  /// `count` bytes, and written on; it is made where there is none, unless it must be there.
  ///
  /// It stays when the value is dropped or the process is killed; ``publish()`` must not be called. Who opens it holds
  /// a lock against others. Throws when it cannot be opened, is a link, or is shorter.
  package init(
    workingPath path: String, keeping count: Int = 0, isThere: Bool = false
  ) throws(SystemCallError) {
    descriptor = try AtomicFile.openWorking(path, keeping: count, isThere: isThere)
    self.path = path
    temporaryPath = path
    (isStaged, isPublished) = (false, true)
  }

  private static func openWorking(
    _ path: String, keeping count: Int, isThere: Bool
  ) throws(SystemCallError) -> Int32 {
    // No link is followed: the name is known beforehand, and others may write to the folder.
    let flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | (isThere ? 0 : O_CREAT)
    let descriptor = FileSystem.open(path, flags)
    if descriptor < 0 { throw SystemCallError(isThere ? "write on \(path)" : "create \(path)") }
    var status = stat()
    let isFit =
      unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size >= count
    if !isFit || ftruncate(descriptor, count) != 0 || lseek(descriptor, count, SEEK_SET) < 0 {
      let failure = SystemCallError("write on \(path)", status: isFit ? errno : EINVAL)
      close(descriptor)
      throw failure
    }
    return descriptor
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isPublished { FileSystem.remove(temporaryPath) }
  }

  /// Adds bytes at the end.
  package mutating func append(_ bytes: [UInt8]) throws(SystemCallError) {
    let failure = unsafe bytes.withUnsafeBytes { unsafe AtomicFile.writeAll($0, to: descriptor) }
    if let failure { throw failure }
  }

  /// Adds numbers at the end, as they stand in memory.
  package mutating func append(_ values: Span<Float>) throws(SystemCallError) {
    let failure = unsafe values.withUnsafeBytes { unsafe AtomicFile.writeAll($0, to: descriptor) }
    if let failure { throw failure }
  }

  /// Adds bytes at the end.
  package mutating func append(_ bytes: RawSpan) throws(SystemCallError) {
    let failure = unsafe bytes.withUnsafeBytes { unsafe AtomicFile.writeAll($0, to: descriptor) }
    if let failure { throw failure }
  }

  private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> SystemCallError? {
    var offset = 0
    while offset < bytes.count {
      let written = unsafe Foundation.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
      if written < 0 {
        if errno == EINTR { continue }
        return SystemCallError("write")
      }
      offset += written
    }
    return nil
  }

  /// Adds the UTF-8 bytes of a text at the end.
  package mutating func append(_ text: String) throws(SystemCallError) {
    try append(Array(text.utf8))
  }

  /// Replaces bytes that were written before; the end stays where it is.
  package mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(SystemCallError) {
    let written = unsafe pwrite(descriptor, bytes, bytes.count, offset)
    if written != bytes.count { throw SystemCallError("write") }
  }

  /// Drops everything after `count` bytes.
  package mutating func truncate(toByteCount count: Int) throws(SystemCallError) {
    if ftruncate(descriptor, count) != 0 || lseek(descriptor, count, SEEK_SET) < 0 {
      throw SystemCallError("truncate")
    }
  }

  /// Brings the bytes to the disk; more may follow.
  package mutating func synchronize() throws(SystemCallError) {
    if fsync(descriptor) != 0 { throw SystemCallError("write") }
  }

  /// Whether the file still has its name: false when it or its folder was removed meanwhile.
  package var isInPlace: Bool {
    FileIdentity(descriptor: descriptor) == FileIdentity(path: temporaryPath)
  }

  /// Brings the bytes to the disk, still under the temporary name: what can fail has happened when several files are
  /// to appear together.
  package mutating func seal() throws(SystemCallError) {
    guard !isSealed else { return }
    if !isStaged, fsync(descriptor) != 0 { throw SystemCallError("write") }
    let status = close(descriptor)
    descriptor = -1
    if status != 0 { throw SystemCallError("write") }
    isSealed = true
  }

  /// Seals the file and gives it its final name, replacing what was there.
  package mutating func publish() throws(SystemCallError) {
    try seal()
    if FileSystem.rename(temporaryPath, to: path) != 0 { throw SystemCallError("rename") }
    isPublished = true
    if !isStaged { AtomicFile.syncFolder(of: path) }
  }

  /// Brings the names in a file's folder to the disk.
  package static func syncFolder(of path: String) {
    let folder = FileSystem.open(AtomicFile.folder(of: path), O_RDONLY)
    if folder >= 0 {
      // Some file systems refuse to sync a folder; the file itself is safe by then.
      fsync(folder)
      close(folder)
    }
  }

  /// Removes the temporary files that killed processes left of a file. Only for who knows that nobody is writing it.
  package static func removeLeftovers(of path: String) {
    guard let path = try? linkTarget(of: path) else { return }
    let folder = folder(of: path)
    let prefix = ".\(lastName(path)).".utf8
    for found in (try? FileSystem.names(in: folder)) ?? [] {
      guard found.utf8.starts(with: prefix), hasEnding(found, ".tmp") else { continue }
      // `.NAME.PID-RANDOM.tmp` and nothing that belongs to a longer name.
      let middle = found.utf8.dropFirst(prefix.count).dropLast(4)
      if middle.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit || $0 == UInt8(ascii: "-") }) {
        FileSystem.remove("\(folder)/\(found)")
      }
    }
  }

  /// Writes a file at once.
  package static func write(_ bytes: [UInt8], to path: String) throws(SystemCallError) {
    var file = try AtomicFile(path: path)
    try file.append(bytes)
    try file.publish()
  }

  private static func folder(of path: String) -> String {
    let folder = Files.folder(of: path)
    return folder.isEmpty ? "." : folder
  }
}
