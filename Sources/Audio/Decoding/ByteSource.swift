import Files
import Foundation

/// The bytes of one sound, from a file or from memory, through one read buffer.
///
/// Decoders ask for a frame header of 4 bytes, then for a few hundred bytes: the buffer makes few system
/// calls of it, a block of ``ContentKey`` each. The codec libraries hold an unmanaged reference while they are
/// open, so their owners keep the source alive.
@safe final class ByteSource {
  private enum Storage {
    case file(Int32)
    case bytes([UInt8])
  }

  /// The path, or a name for bytes in memory: what errors show.
  let name: String
  /// Bytes in all.
  let count: Int
  private let storage: Storage
  private var position = 0
  /// One block of the file, from a multiple of its size on.
  private let buffer: UnsafeMutableRawBufferPointer
  private var bufferStart = 0
  private var bufferCount = 0
  /// Hashes of the blocks that were read; nil when they are not wanted.
  private var blockHashes: [Int: ContentHash]?
  /// What the decoders noticed about these bytes.
  var notes = AudioNotes()
  /// Whether the file could not be read somewhere: then an end is none.
  private(set) var hasFailed = false

  /// Opens a file for reading; `recordsContent` makes ``contentKey``.
  init(path: String, recordsContent: Bool = false) throws(CodedError) {
    name = path
    blockHashes = recordsContent ? [:] : nil
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    let descriptor = FileSystem.open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.openError(errno, path: path) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw Self.openError(code, path: path)
    }
    unsafe buffer = .allocate(byteCount: ContentKey.blockByteCount, alignment: 64)
    count = Int(status.st_size)
    storage = .file(descriptor)
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else {
      let what = kind == S_IFDIR ? "a folder" : "a device or pipe"
      throw CodedError(.unknownFormat, "this is \(what), not a sound file", path: path)
    }
    guard count > 0 else { throw CodedError(.empty, "the file is empty", path: path) }
  }

  /// Reads from memory; `name` stands for the path in errors.
  init(bytes: [UInt8], name: String) throws(CodedError) {
    self.name = name
    count = bytes.count
    storage = .bytes(bytes)
    unsafe buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    guard count > 0 else { throw CodedError(.empty, "there are no bytes", path: name) }
  }

  deinit {
    if case .file(let descriptor) = storage { close(descriptor) }
    unsafe buffer.deallocate()
  }

  private static func openError(_ code: Int32, path: String) -> CodedError {
    let reason = unsafe String(cString: strerror(code))
    let missing = code == ENOENT || code == ENOTDIR
    return CodedError(
      missing ? .missing : .inputOutput, missing ? "no such file" : "cannot be read: \(reason)", path: path,
      underlyingStatus: Int(code))
  }

  /// Offset of the next byte to read.
  var offset: Int { position }

  /// Moves to an offset from the start, limited to the source.
  func seek(to offset: Int) { position = min(max(0, offset), count) }

  /// `lseek` for the codec libraries: the new offset, or -1 outside the source.
  func seek(by offset: Int, whence: Int32) -> Int {
    let base =
      switch whence {
      case SEEK_SET: 0
      case SEEK_CUR: position
      case SEEK_END: count
      default: -1
      }
    let (target, overflow) = base.addingReportingOverflow(offset)
    guard base >= 0, !overflow, (0...count).contains(target) else { return -1 }
    position = target
    return target
  }

  /// Copies the next bytes; returns how many, 0 at the end, -1 when the file cannot be read.
  func read(into target: UnsafeMutableRawBufferPointer) -> Int {
    switch storage {
    case .bytes(let bytes):
      let length = min(target.count, count - position)
      unsafe bytes.withUnsafeBytes {
        unsafe target.copyMemory(from: .init(rebasing: $0[position..<position + length]))
      }
      position += length
      return length
    case .file(let descriptor):
      return unsafe read(from: descriptor, into: target)
    }
  }

  private func read(from descriptor: Int32, into target: UnsafeMutableRawBufferPointer) -> Int {
    var copied = 0
    while copied < target.count {
      if position < bufferStart || position >= bufferStart + bufferCount {
        guard fill(from: descriptor) else { return copied > 0 ? copied : -1 }
        if position >= bufferStart + bufferCount { break }
      }
      let start = position - bufferStart
      let length = min(target.count - copied, bufferCount - start)
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[copied...])
        .copyMemory(from: .init(rebasing: buffer[start..<start + length]))
      copied += length
      position += length
    }
    return copied
  }

  /// Refills the buffer with the block around the position; false when the read fails.
  private func fill(from descriptor: Int32) -> Bool {
    bufferStart = position & ~(ContentKey.blockByteCount - 1)
    bufferCount = 0
    let wanted = unsafe max(0, min(buffer.count, count - bufferStart))
    while bufferCount < wanted {
      let got = unsafe pread(
        descriptor, buffer.baseAddress! + bufferCount, wanted - bufferCount,
        off_t(bufferStart + bufferCount))
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else {
        hasFailed = true
        return false
      }
      if got == 0 { break }
      bufferCount += got
    }
    let block = bufferStart / ContentKey.blockByteCount
    if blockHashes != nil, blockHashes?[block] == nil {
      blockHashes?[block] = unsafe ContentHash(UnsafeRawBufferPointer(rebasing: buffer[..<bufferCount]))
    }
    return true
  }

  /// Reads a block, so that it counts for ``contentKey``; false when that fails.
  func touch(block: Int) -> Bool {
    guard case .file(let descriptor) = storage else { return false }
    seek(to: block * ContentKey.blockByteCount)
    return fill(from: descriptor)
  }

  /// Reads all blocks, so that they count for ``contentKey``, where that is asked for.
  func touchAll() {
    guard blockHashes != nil else { return }
    let position = position
    defer { self.position = position }
    for block in 0...(count - 1) / ContentKey.blockByteCount where !touch(block: block) { return }
  }

  /// A descriptor of the bytes for another program, and whether the caller closes it: bytes in memory become a file
  /// without a name.
  func descriptorForReading() throws(CodedError) -> (descriptor: Int32, isOwn: Bool) {
    switch storage {
    case .file(let descriptor): return (descriptor, false)
    case .bytes(let bytes): return (try Self.namelessFile(bytes, name: name), true)
    }
  }

  private static func namelessFile(_ bytes: [UInt8], name: String) throws(CodedError) -> Int32 {
    func failure() -> CodedError {
      CodedError(
        .inputOutput, "a temporary file cannot be written: \(unsafe String(cString: strerror(errno)))",
        path: name,
        underlyingStatus: Int(errno))
    }
    let template = join(FileSystem.temporaryFolder, "genrelens-XXXXXX")
    var path = template.pathBytes.map { CChar(bitPattern: $0) } + [0]
    let descriptor = unsafe mkstemp(&path)
    guard descriptor >= 0 else { throw failure() }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    FileSystem.remove(String(pathBytes: path.dropLast().map { UInt8(bitPattern: $0) }))
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress! + done, $0.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let error = failure()
        close(descriptor)
        throw error
      }
      done += count
    }
    return descriptor
  }

  /// The key of what was read so far; nil unless it was asked for and the source is a file.
  var contentKey: ContentKey? {
    blockHashes.map { ContentKey(byteCount: count, blockHashes: $0) }
  }

  /// The bytes at an offset, fewer at the end. Does not move the position.
  func peek(at offset: Int, count length: Int) -> [UInt8] {
    let previous = position
    defer { position = previous }
    seek(to: offset)
    return unsafe [UInt8](unsafeUninitializedCapacity: length) { target, filled in
      filled = max(0, unsafe read(into: UnsafeMutableRawBufferPointer(target)))
    }
  }

  /// Four bytes at an offset as a number, the first the highest; nil at the end. Does not move the position.
  func word(at offset: Int) -> UInt32? {
    guard offset >= 0, offset + 4 <= count else { return nil }
    let previous = position
    defer { position = previous }
    position = offset
    var word: UInt32 = 0
    let got = unsafe withUnsafeMutableBytes(of: &word) { unsafe read(into: $0) }
    return got == 4 ? UInt32(bigEndian: word) : nil
  }

  /// Whether all bytes of a range are zeros.
  func isZero(_ range: Range<Int>) -> Bool { zeroCount(range) >= range.count }

  /// How many zeros a range begins with.
  func zeroCount(_ range: Range<Int>) -> Int {
    var start = range.lowerBound
    while start < range.upperBound {
      let bytes = scan(start..<min(range.upperBound, start + 1 << 16))
      let zeros = bytes.firstIndex { $0 != 0 } ?? bytes.count
      start += zeros
      if zeros < bytes.count || bytes.isEmpty { break }
    }
    return start - range.lowerBound
  }

  /// Bytes that are looked at but decide nothing about the samples: past the buffer, and not in ``contentKey``.
  func scan(_ range: Range<Int>) -> [UInt8] {
    let range = range.clamped(to: 0..<count)
    guard case .file(let descriptor) = storage else { return peek(at: range.lowerBound, count: range.count) }
    return unsafe [UInt8](unsafeUninitializedCapacity: range.count) { target, filled in
      while filled < range.count {
        let got = unsafe pread(
          descriptor, target.baseAddress! + filled, range.count - filled, off_t(range.lowerBound + filled))
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else { return }
        filled += got
      }
    }
  }
}

extension ByteSource {
  /// The reference that C callbacks carry; valid while the source lives.
  var context: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

  /// The source that a callback's reference stands for.
  static func from(_ context: UnsafeMutableRawPointer?) -> ByteSource? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<ByteSource>.fromOpaque(context).takeUnretainedValue()
  }
}
