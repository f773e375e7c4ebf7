import Foundation

/// The recordings of an Ogg file: a chain of links, each with streams of its own. libsndfile ends with the first one.
///
/// Pages are walked by their headers (RFC 3533). Bytes between pages are passed over, as libogg does.
struct OggLinks {
  struct Link {
    var range: Range<Int>
    /// Whether its last page says that it is the last.
    var hasEnd = false
    /// Bytes between pages, and pages whose checksum does not hold where it was looked at; with the granule position before
    /// them.
    var gaps: [(offset: Int, byteCount: Int, granule: Int)] = []
    /// Bytes after the last page of the file that are neither a cut page nor zeros.
    var rest = 0
  }

  private(set) var links: [Link] = []

  /// Walks the pages from an offset on; nil when no page begins there. Cost: reads the file once.
  ///
  /// - Parameters:
  ///   - limit: nil is the end of the file without its tags.
  ///   - verifying: whether checksums are computed.
  init?(_ source: ByteSource, from start: Int, to limit: Int? = nil, verifying: Bool = false) {
    let end = limit ?? TagExtents.trailingStart(source, from: start)
    let window = ScanWindow(source, end: end)
    guard Self.page(window, at: start) != nil else { return nil }
    var (offset, wasFirst, granule) = (start, false, 0)
    while offset < end {
      guard let page = Self.page(window, at: offset), offset + page.byteCount <= end else {
        let next = Self.nextPage(window, from: offset + 1) ?? end
        // A page that is cut at the end of the file is no damage inside.
        if next == end, links.last?.hasEnd == true, !source.isZero(offset..<end) {
          links[links.count - 1].rest = end - offset
        }
        if next < end { addGap((offset, next - offset, granule)) }
        offset = next
        continue
      }
      if page.isFirst, !wasFirst {
        if links.count > JoinedSound.mostParts { break }
        if !links.isEmpty { links[links.count - 1].range = links[links.count - 1].range.lowerBound..<offset }
        links.append(Link(range: offset..<end))
        granule = 0
      }
      guard !links.isEmpty else { return nil }
      wasFirst = page.isFirst
      if page.isLast { links[links.count - 1].hasEnd = true }
      if verifying, !Self.isIntact(window, offset, page.byteCount) {
        addGap((offset, page.byteCount, granule))
      } else if page.granule > 0 {
        granule = page.granule
      }
      offset += page.byteCount
    }
    if links.isEmpty { return nil }
  }

  /// Remembers a gap of the link at hand: a hostile file has millions, of which the last then stands for the rest.
  private mutating func addGap(_ gap: (offset: Int, byteCount: Int, granule: Int)) {
    guard let link = links.indices.last else { return }
    if links[link].gaps.count < 10_000 {
      links[link].gaps.append(gap)
    } else {
      links[link].gaps[9_999].byteCount += gap.byteCount
    }
  }

  private struct Page {
    let byteCount: Int
    let granule: Int
    let isFirst: Bool
    let isLast: Bool
  }

  private static func page(_ window: ScanWindow, at offset: Int) -> Page? {
    guard let head = window.bytes(at: offset, count: 27), head.starts(with: Array("OggS".utf8)), head[4] == 0,
      let table = window.bytes(at: offset + 27, count: Int(head[26]))
    else { return nil }
    let granule = head[6..<14].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Page(
      byteCount: 27 + table.count + table.reduce(0) { $0 + Int($1) },
      granule: Int(Int64(bitPattern: granule)),
      isFirst: head[5] & 2 != 0, isLast: head[5] & 4 != 0)
  }

  /// Where the next whole page begins.
  private static func nextPage(_ window: ScanWindow, from start: Int) -> Int? {
    var offset = start
    while let found = window.find(0x4F, from: offset) {
      if let page = page(window, at: found), found + page.byteCount <= window.end { return found }
      offset = found + 1
    }
    return nil
  }

  /// Whether a page's checksum holds: CRC-32 with the polynomial 04C11DB7, not reflected, its own field as zeros.
  private static func isIntact(_ window: ScanWindow, _ offset: Int, _ count: Int) -> Bool {
    guard var bytes = window.bytes(at: offset, count: count) else { return false }
    let stored = bytes[22..<26].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    bytes.replaceSubrange(22..<26, with: [0, 0, 0, 0])
    return bytes.reduce(UInt32(0)) { $0 << 8 ^ table[Int($0 >> 24) ^ Int($1)] } == stored
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index) << 24) { value, _ in value << 1 ^ (value >> 31) * 0x04C1_1DB7 }
  }
}

/// Bytes of a source for a walk through all of it, block by block, past the source's own buffer.
///
/// What is only walked through does not decide which samples come of the file: it does not count for its content key.
final class ScanWindow {
  private let source: ByteSource
  /// Nothing after it is seen.
  let end: Int
  private var start = 0
  private var block: [UInt8] = []
  private static let blockByteCount = 1 << 18

  init(_ source: ByteSource, end: Int) { (self.source, self.end) = (source, end) }

  /// So many bytes; nil when they are not all there.
  func bytes(at offset: Int, count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset + count <= end, fill(offset, count) else { return nil }
    return Array(block[offset - start..<offset - start + count])
  }

  private func fill(_ offset: Int, _ count: Int) -> Bool {
    if offset < start || offset + count > start + block.count {
      block = source.scan(offset..<min(end, offset + max(count, Self.blockByteCount)))
      start = offset
    }
    return offset + count <= start + block.count
  }

  /// Where a byte is next; nil when it is nowhere.
  func find(_ byte: UInt8, from offset: Int) -> Int? {
    var offset = offset
    while offset < end {
      guard fill(offset, 1) else { return nil }
      let place = unsafe block.withUnsafeBytes { block in
        unsafe memchr(block.baseAddress! + (offset - start), Int32(byte), block.count - (offset - start)).map
        {
          unsafe UnsafeRawPointer($0) - UnsafeRawPointer(block.baseAddress!)
        }
      }
      if let place { return start + place }
      offset = start + block.count
    }
    return nil
  }
}
