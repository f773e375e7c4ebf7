/// Where the tags around the sound of a file begin and end: ID3v2, ID3v1, APEv2, Lyrics3. Their bytes are no sound, and nothing is
/// lost with them. What the tags say is read by ``AudioTags``.
enum TagExtents {
  /// Bytes of the tags in front; ID3v2 tags may follow each other.
  static func leadingByteCount(_ source: ByteSource) -> Int {
    var offset = 0
    for _ in 0..<64 {
      let count = id3v2(source, at: offset)
      guard count > 0, offset + count < source.count else { break }
      offset += count
    }
    return offset
  }

  /// Bytes of a tag that begins at an offset; 0 when none does.
  static func byteCount(_ source: ByteSource, at offset: Int) -> Int {
    guard let word = source.word(at: offset) else { return 0 }
    switch word >> 8 {
    case 0x49_4433: return id3v2(source, at: offset)
    // "TAG+" has 227 bytes; another one comes after it.
    case 0x54_4147: return word & 0xFF == 0x2B ? 227 : 128
    default: break
    }
    switch word {
    case 0x4150_4554: return ape(source.peek(at: offset, count: 32)) ?? 0
    case 0x4C59_5249: return lyrics(source, at: offset)
    default: return 0
    }
  }

  /// Where the tags at the end begin. Those that tell their length at their end must begin where it says: a wrong length would
  /// take sound for a tag.
  static func trailingStart(_ source: ByteSource, from start: Int) -> Int {
    let start = min(start, source.count)
    var end = source.count
    for _ in 0..<16 {
      let tail = source.scan(max(start, end - 227)..<end)
      func starts(_ text: String, at distance: Int) -> Bool {
        distance <= tail.count && tail[(tail.count - distance)...].starts(with: Array(text.utf8))
      }
      var count = 0
      func begins(_ text: String) -> Bool {
        end - count >= start
          && source.scan(end - count..<end - count + text.utf8.count).elementsEqual(text.utf8)
      }
      if starts("TAG", at: 128) {
        count = 128
      } else if starts("TAG+", at: 227) {
        count = 227
      } else if starts("APETAGEX", at: 32) {
        let footer = Array(tail.suffix(32))
        count = ape(footer, isFooter: true) ?? 0
        let hasHeader = footer[23] & 0x80 != 0
        if hasHeader ? !begins("APETAGEX") : count > 32 && !isItem(source, at: end - count) { break }
      } else if starts("LYRICS200", at: 9), tail.count >= 15,
        let size = Int(String(decoding: tail[(tail.count - 15)..<(tail.count - 9)], as: UTF8.self))
      {
        count = size + 15
        if !begins("LYRICSBEGIN") { break }
      } else if starts("3DI", at: 10) {
        count = tail.suffix(4).reduce(0) { $0 << 7 | Int($1 & 0x7F) } + 20
        if !begins("ID3") { break }
      }
      guard count > 0, end - count >= start else { break }
      end -= count
    }
    return end
  }

  private static func id3v2(_ source: ByteSource, at offset: Int) -> Int {
    let head = source.peek(at: offset, count: 10)
    guard head.count == 10, head.starts(with: Array("ID3".utf8)), head[3] < 0xFF,
      head[6...9].allSatisfy({ $0 < 0x80 })
    else { return 0 }
    let footer = head[5] & 0x10 != 0 ? 10 : 0
    return 10 + footer + head[6...9].reduce(0) { $0 << 7 | Int($1) }
  }

  /// Bytes of an APE tag from its header on; of a footer, of the whole tag before its end.
  private static func ape(_ mark: [UInt8], isFooter: Bool = false) -> Int? {
    guard mark.count == 32, mark.starts(with: Array("APETAGEX".utf8)) else { return nil }
    let size = mark[12..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
    let hasHeader = mark[23] & 0x80 != 0
    guard size >= 32, size < 1 << 28 else { return nil }
    return isFooter && !hasHeader ? size : size + 32
  }

  /// Whether an item of an APE tag begins at an offset: a length, flags, and a name that ends with a zero.
  private static func isItem(_ source: ByteSource, at offset: Int) -> Bool {
    guard offset >= 0, offset + 10 < source.count else { return false }
    let name = source.scan(offset + 8..<offset + 264).prefix { (0x20..<0x7F).contains($0) }
    return (2..<256).contains(name.count)
      && source.scan(offset + 8 + name.count..<offset + 9 + name.count) == [0]
  }

  /// A Lyrics3 tag ends with its own size, or with a word.
  private static func lyrics(_ source: ByteSource, at offset: Int) -> Int {
    let bytes = source.peek(at: offset, count: 1 << 14)
    guard bytes.starts(with: Array("LYRICSBEGIN".utf8)) else { return 0 }
    for (ending, length) in [("LYRICS200", 9), ("LYRICSEND", 9)] {
      let word = Array(ending.utf8)
      if let found = bytes.indices.first(where: { bytes[$0...].starts(with: word) }) { return found + length }
    }
    return 0
  }
}
