import Files
import Foundation

/// A hash of the sound in a file, independent of its name and tags: equal for copies, even if title, artist, genre, pictures or
/// padding were rewritten.
///
/// The hash is over the file's own bytes, not decoded: for FLAC the stream information and the frames, for Ogg the pages with
/// samples, for WAV and AIFF the format and the samples, for MP4 the media data, and for anything else (MP3) the bytes between
/// the tags at the beginning and the end. So the same sound in another encoding, cut differently or at another level has a
/// different hash.
public struct SoundHash: Sendable, Hashable, Comparable, LosslessStringConvertible {
  /// The first half of a ``ContentHash``.
  public let value: UInt64

  public init(_ value: UInt64) { self.value = value }

  /// The hash of a file's sound; nil if it cannot be read. Cost: reads the file once.
  public init?(ofFile path: String) {
    guard let source = try? ByteSource(path: path) else { return nil }
    var hasher = BlockHasher()
    SoundBytes(source).read { hasher.add($0) }
    guard !source.hasFailed, hasher.byteCount > 0 else { return nil }
    value = hasher.finish()
  }

  /// Reads 16 hexadecimal digits; nil for anything else.
  public init?(_ description: String) {
    guard description.utf8.count == 16,
      description.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt64(description, radix: 16)
    else { return nil }
    self.value = value
  }

  /// 16 hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  public static func < (first: SoundHash, second: SoundHash) -> Bool { first.value < second.value }
}

/// Hashes bytes block by block, so that a file needs no more memory than a block.
private struct BlockHasher {
  private static let blockByteCount = 1 << 16
  private(set) var byteCount = 0
  private var words: [UInt64] = []
  private var waiting: [UInt8] = []

  mutating func add(_ bytes: [UInt8]) {
    byteCount += bytes.count
    waiting += bytes
    while waiting.count >= Self.blockByteCount {
      note(waiting[..<Self.blockByteCount])
      waiting.removeFirst(Self.blockByteCount)
    }
  }

  private mutating func note(_ block: ArraySlice<UInt8>) {
    let hash = unsafe block.withUnsafeBytes { unsafe ContentHash($0) }
    words += [hash.high, hash.low]
  }

  mutating func finish() -> UInt64 {
    note(waiting[...])
    words.append(UInt64(byteCount))
    return unsafe words.map(\.littleEndian).withUnsafeBytes { unsafe ContentHash($0).high }
  }
}

/// The bytes of a file that are sound. What a damaged file says of its parts is not trusted: every length is held against
/// the file's, and where nothing is found all of it counts.
private struct SoundBytes {
  private let source: ByteSource
  private let start: Int
  private let end: Int

  init(_ source: ByteSource) {
    self.source = source
    let leading = TagExtents.leadingByteCount(source)
    start = leading < source.count ? leading : 0
    end = max(start, TagExtents.trailingStart(source, from: start))
  }

  /// Gives the bytes in order, at most a block at once.
  func read(_ body: ([UInt8]) -> Void) {
    let found = ranges
    let length = found.reduce(0) { $0 + $1.count }
    for range in length > 0 ? found : [start < end ? start..<end : 0..<source.count] {
      for from in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 16) {
        body(source.scan(from..<min(range.upperBound, from + 1 << 16)))
      }
    }
  }

  private var ranges: [Range<Int>] {
    let head = source.scan(start..<start + 12)
    func word(_ at: Int) -> String { String(decoding: head.dropFirst(at).prefix(4), as: UTF8.self) }
    switch word(0) {
    case "fLaC": return flac
    case "OggS": return ogg
    case "RIFF", "RF64": return chunks(["fmt ", "data"], isBigEndian: false)
    case "FORM": return chunks(["COMM", "SSND"], isBigEndian: true)
    default: return word(4) == "ftyp" ? boxes : []
    }
  }

  private func number(_ at: Int, _ count: Int, isBigEndian: Bool = true) -> Int? {
    let bytes = source.scan(at..<at + count)
    guard bytes.count == count else { return nil }
    let value = (isBigEndian ? bytes : bytes.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(exactly: value)
  }

  /// The description of the stream, and everything after the last block of metadata.
  private var flac: [Range<Int>] {
    var (offset, found): (Int, [Range<Int>]) = (start + 4, [])
    while let head = number(offset, 4), offset < end {
      let (kind, length) = (head >> 24 & 0x7F, head & 0xFF_FFFF)
      let next = min(end, offset + 4 + length)
      if kind == 0 { found.append(offset + 4..<next) }
      offset = next
      if head >> 31 != 0 { break }
    }
    return offset < end ? found + [offset..<end] : []
  }

  /// The contents of pages that end a packet of samples or lie within one: headers have the position 0.
  private var ogg: [Range<Int>] {
    var (offset, found): (Int, [Range<Int>]) = (start, [])
    while offset + 27 <= end {
      let head = source.scan(offset..<min(end, offset + 27 + 255))
      guard head.count >= 27, head.starts(with: Array("OggS".utf8)) else { break }
      let segments = Int(head[26])
      guard head.count >= 27 + segments else { break }
      let body = offset + 27 + segments
      let next = min(end, body + head[27..<27 + segments].reduce(0) { $0 + Int($1) })
      let position = head[6..<14]
      // A page of a long header on which no packet ends has the position -1, as has one within a long packet of samples.
      let isHeader = position.allSatisfy { $0 == 0 } || (found.isEmpty && position.allSatisfy { $0 == 0xFF })
      if !isHeader, body < next { found.append(body..<next) }
      offset = next
    }
    return found
  }

  /// The contents of chunks with these names.
  private func chunks(_ names: [String], isBigEndian: Bool) -> [Range<Int>] {
    var (offset, found): (Int, [Range<Int>]) = (start + 12, [])
    while offset + 8 <= end, let length = number(offset + 4, 4, isBigEndian: isBigEndian) {
      let name = String(decoding: source.scan(offset..<offset + 4), as: UTF8.self)
      // RF64 and unfinished files say more than there is.
      let next = length > end - offset - 8 ? end : offset + 8 + length
      if names.contains(name), offset + 8 < next { found.append(offset + 8..<next) }
      offset = next + length % 2
    }
    return found
  }

  /// The media data of an MP4 file.
  private var boxes: [Range<Int>] {
    var (offset, found): (Int, [Range<Int>]) = (start, [])
    while offset + 8 <= end, var length = number(offset, 4) {
      var head = 8
      if length == 1 {
        guard let large = number(offset + 8, 8) else { break }
        (length, head) = (large, 16)
      }
      let next = length == 0 || length > end - offset ? end : offset + length
      guard next >= offset + head else { break }
      if source.scan(offset + 4..<offset + 8) == Array("mdat".utf8), offset + head < next {
        found.append(offset + head..<next)
      }
      offset = next
    }
    return found
  }
}
