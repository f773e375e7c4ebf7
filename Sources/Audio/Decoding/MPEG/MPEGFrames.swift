import Foundation

/// The frames of MPEG audio in a file, one by one, as a player finds them: bytes between them that are no sound are passed
/// over, tags too, and where a second stream begins it continues with that.
///
/// A frame counts when it follows the one before, or when its own length leads to another frame. Where a damaged header
/// gives a wrong length, a frame that begins before its end rules it out. Copies are independent: a copy is a place to
/// come back to.
struct MPEGFrames {
  struct Frame {
    let offset: Int
    let header: MPEGFrameHeader
    /// Bytes before it that are neither sound nor a tag.
    let skipped: Int
    /// Whether it begins a stream of its own: the first of the file, one of another format, or one with an information
    /// frame of its own.
    let startsPart: Bool
    let information: MPEGInformation?
    /// Bytes of the stream's frames without padding, where their headers do not tell.
    let freeByteCount: Int?
  }

  /// What comes after the last frame.
  struct Rest {
    /// Bytes that are neither sound, nor a tag, nor zeros.
    var junk = 0
    /// Whether the file ends in the middle of a frame.
    var isCut = false
  }

  private let source: ByteSource
  /// Where the tags at the end of the file begin.
  let end: Int
  private(set) var position: Int
  /// The format of the stream at hand.
  private var kind: UInt32 = 0
  private var freeByteCount: Int?
  /// The frame before the position.
  private var last: MPEGFrameHeader?
  private var isFirst = true
  /// Bytes before the first frame that are neither a tag nor zeros.
  private var junkInFront = 0
  /// Known once ``next()`` gave nil.
  private(set) var rest = Rest()

  /// Bytes from the first one or the end of a tag and zeros on in which the first frame must be.
  private static let searchByteCount = 1 << 16
  /// Bytes that are looked at together after a frame that leads nowhere, at first and later: mostly the next is near.
  private static let (firstChunkByteCount, chunkByteCount) = (1 << 11, 1 << 16)

  /// Finds the first frame; nil when there is none.
  ///
  /// - Parameters:
  ///   - range: the bytes that hold the frames; nil is the whole file without its tags.
  ///   - count: frames that must follow each other there, up to 8.
  init?(_ source: ByteSource, in range: Range<Int>? = nil, inARow count: Int) {
    self.source = source
    let first = range?.lowerBound ?? TagExtents.leadingByteCount(source)
    position = first
    end = range?.upperBound ?? TagExtents.trailingStart(source, from: first)
    var found: (Int, UInt32, Int?)?
    if range == nil, Self.framesLead(source, to: first, from: 0) {
      // The tag in front says that it is longer than it is.
      position = 0
      found = start(count)
      if found == nil { position = first }
    }
    // However many zeros there are, a player passes over them.
    if found == nil { position += source.zeroCount(position..<max(position, end)) }
    guard let start = found ?? start(count) else { return nil }
    if !source.isZero(position..<start.0) { junkInFront = start.0 - position }
    (position, kind, freeByteCount) = start
  }

  /// The first place with frames that follow each other.
  private func start(_ count: Int) -> (Int, UInt32, Int?)? {
    let bytes = source.peek(at: position, count: min(Self.searchByteCount, end - position) + 8 * 4096)
    for index in bytes.indices.prefix(Self.searchByteCount) where bytes[index] == 0xFF {
      let at = position + index
      if let header = Self.header(bytes, index, nil) {
        if chain(bytes, index, header, nil, atLeast: count) { return (at, header.kind, nil) }
      } else if let free = Self.freeByteCount(bytes, index), let header = Self.header(bytes, index, free),
        chain(bytes, index, header, free, atLeast: count)
      {
        return (at, header.kind, free)
      }
    }
    return nil
  }

  /// Bytes of a frame of free format at an index: the distance to the next header of its kind.
  private static func freeByteCount(_ bytes: [UInt8], _ index: Int) -> Int? {
    guard let first = header(bytes, index, 0), first.isFreeFormat else { return nil }
    let range = MPEGFrameHeader.smallestFreeByteCount..<MPEGFrameHeader.largestByteCount
    for distance in range where index + distance + 4 <= bytes.count && bytes[index + distance] == 0xFF {
      // The header's own padding is its byte count where the rest of it counts as nothing.
      if header(bytes, index + distance, 0)?.kind == first.kind { return distance - first.byteCount }
    }
    return nil
  }

  private static func header(_ bytes: [UInt8], _ index: Int, _ freeByteCount: Int?) -> MPEGFrameHeader? {
    guard index + 4 <= bytes.count else { return nil }
    let word = bytes[index..<index + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return MPEGFrameHeader(word, freeByteCount: freeByteCount)
  }

  /// Whether a header at an index leads to others of its kind, `count` in all, or to the end of the sound.
  private func chain(
    _ bytes: [UInt8], _ index: Int, _ first: MPEGFrameHeader, _ freeByteCount: Int?, atLeast count: Int,
    endIndex: Int? = nil
  ) -> Bool {
    let last = endIndex ?? end - position
    var (at, header) = (index, first)
    for _ in 1..<count {
      at += header.byteCount
      if at == last { return true }
      guard let next = Self.header(bytes, at, freeByteCount), next.kind == first.kind else { return false }
      header = next
    }
    return true
  }

  // MARK: - Frame by frame

  /// The next frame; nil after the last, when ``rest`` is known.
  mutating func next() -> Frame? {
    var (skipped, information, startsPart) = (isFirst ? junkInFront : 0, MPEGInformation?.none, isFirst)
    while position < end {
      let header = header(at: position).flatMap { $0.kind == kind ? $0 : nil }
      if let header, holds(header, at: position) {
        if header.layer == 3, let found = self.information(of: header) {
          (information, startsPart) = (found, true)
          position += header.byteCount
          continue
        }
        defer { position += header.byteCount }
        (isFirst, last) = (false, header)
        return Frame(
          offset: position, header: header, skipped: skipped, startsPart: startsPart,
          information: information,
          freeByteCount: freeByteCount)
      }
      let tag = TagExtents.byteCount(source, at: position)
      if tag > 0, canTagEnd(at: position + tag) {
        position += tag
        continue
      }
      guard let (found, header) = resynchronized(from: position + (header == nil ? 0 : 1)) else { break }
      skipped += found - position
      position = found
      if header.kind != kind { (kind, startsPart, freeByteCount) = (header.kind, true, nil) }
    }
    close(skipped)
    return nil
  }

  /// Whether a tag that begins at the position may end at a place: with a wrong length it would end in the middle of sound, or
  /// after all of it.
  private func canTagEnd(at place: Int) -> Bool {
    guard place < end else { return place == end }
    if source.word(at: place).flatMap({ MPEGFrameHeader($0, freeByteCount: freeByteCount ?? 0) }) != nil {
      return !Self.framesLead(source, to: place, from: position)
    }
    return TagExtents.byteCount(source, at: place) > 0 || source.isZero(place..<end)
  }

  /// Whether two frames lead to a third of their kind at a place.
  private static func framesLead(_ source: ByteSource, to place: Int, from start: Int) -> Bool {
    guard place > start, let kind = source.word(at: place).flatMap({ MPEGFrameHeader($0) })?.kind else {
      return false
    }
    let first = max(start, place - 2 * MPEGFrameHeader.largestByteCount)
    let bytes = source.peek(at: first, count: place - first)
    func frame(endingAt end: Int) -> Int? {
      (0..<max(0, end - 3)).last { index in
        guard bytes[index] == 0xFF, let header = header(bytes, index, nil) else { return false }
        return header.kind == kind && index + header.byteCount == end
      }
    }
    return frame(endingAt: bytes.count).flatMap { frame(endingAt: $0) } != nil
  }

  private func header(at offset: Int) -> MPEGFrameHeader? {
    source.word(at: offset).flatMap { MPEGFrameHeader($0, freeByteCount: freeByteCount) }
  }

  /// Whether a frame is whole, and no other one begins before its end.
  private func holds(_ header: MPEGFrameHeader, at offset: Int) -> Bool {
    let next = offset + header.byteCount
    guard next <= end else { return false }
    if next + 4 > end { return true }
    if self.header(at: next) != nil { return !hidesFrames(header, at: offset) }
    if TagExtents.byteCount(source, at: next) > 0 { return true }
    // Its length may be what is damaged.
    let bytes = source.peek(at: offset, count: header.byteCount + 3 * MPEGFrameHeader.largestByteCount)
    for index in 4..<header.byteCount where bytes[index] == 0xFF {
      guard let other = Self.header(bytes, index, freeByteCount), other.kind == kind else { continue }
      if chain(bytes, index, other, freeByteCount, atLeast: 3, endIndex: end - offset) { return false }
    }
    return true
  }

  /// Whether a frame of another bit rate than the one before covers frames of that rate: in a stream of constant rate a
  /// damaged rate may give several times the length, which ends where a frame begins too.
  private func hidesFrames(_ header: MPEGFrameHeader, at offset: Int) -> Bool {
    guard let last, last.kind == header.kind, !last.hasBitRate(of: header) else { return false }
    for isPadded in [false, true] {
      let word = header.withBitRate(of: last, isPadded: isPadded)
      guard let usual = MPEGFrameHeader(word, freeByteCount: freeByteCount),
        usual.byteCount < header.byteCount
      else { continue }
      var place = offset + usual.byteCount
      while place < offset + header.byteCount, let inner = self.header(at: place), inner.kind == header.kind,
        inner.hasBitRate(of: last)
      {
        place += inner.byteCount
      }
      if place == offset + header.byteCount { return true }
    }
    return false
  }

  private func information(of header: MPEGFrameHeader) -> MPEGInformation? {
    // Most frames are sound: four bytes tell.
    let mark = source.word(at: position + 4 + header.sideInformationByteCount)
    guard mark == 0x5869_6E67 || mark == 0x496E_666F || source.word(at: position + 36) == 0x5642_5249 else {
      return nil
    }
    return MPEGInformation(source.peek(at: position, count: header.byteCount), header)
  }

  /// Where frames go on from the position: two of the format at hand, or three of another.
  private func resynchronized(from place: Int) -> (Int, MPEGFrameHeader)? {
    var (start, chunk) = (place, Self.firstChunkByteCount)
    while start < end {
      let bytes = source.peek(at: start, count: chunk + 4 * MPEGFrameHeader.largestByteCount)
      let count = min(chunk, end - start, bytes.count)
      chunk = Self.chunkByteCount
      var index = 0
      while index < count {
        guard let found = firstSync(bytes, from: index, below: count) else { break }
        if let header = Self.header(bytes, found, freeByteCount),
          chain(
            bytes, found, header, header.isFreeFormat ? freeByteCount : nil,
            atLeast: header.kind == kind ? 2 : 3,
            endIndex: end - start), start + found + header.byteCount <= end
        {
          return (start + found, header)
        }
        index = found + 1
      }
      start += max(1, count)
    }
    return nil
  }

  private func firstSync(_ bytes: [UInt8], from start: Int, below end: Int) -> Int? {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < end,
        let found = unsafe memchr(base + start, 0xFF, end - start)
      else { return nil }
      return unsafe UnsafeRawPointer(found) - base
    }
  }

  /// Looks at what comes after the last frame.
  private mutating func close(_ skipped: Int) {
    rest.junk = skipped
    guard position < end else { return }
    if let header = header(at: position), header.kind == kind, position + header.byteCount > end {
      rest.isCut = true
    } else if !source.isZero(position..<end) {
      rest.junk += end - position
    }
    position = end
  }
}
