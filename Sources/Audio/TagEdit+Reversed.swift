package import Files

extension TagEdit {
  /// The change that takes this one back. It holds the bytes of the file as it is that the new one does not have.
  ///
  /// Bytes that TagLib wrote again, pictures for example, are looked for among the new ones: only what is found nowhere is held.
  package func reversed(of file: borrowing RegularFile) throws(SystemCallError) -> TagEdit {
    var kept: [(old: Int, new: Int, count: Int)] = []
    var (position, written) = (0, WrittenBytes())
    for piece in pieces {
      switch piece {
      case .added(let bytes):
        written.add(bytes, at: position)
        position += bytes.count
      case .kept(let offset, let count):
        kept.append((offset, position, count))
        position += count
      }
    }
    var (back, end): ([Piece], Int) = ([], 0)
    for part in kept.sorted(by: { $0.old < $1.old }) where part.old + part.count > end {
      if part.old > end { back += written.pieces(of: try file.bytes(at: end, count: part.old - end)) }
      let skipped = max(0, end - part.old)
      back.append(.kept(offset: part.new + skipped, count: part.count - skipped))
      end = part.old + part.count
    }
    if end < file.byteCount {
      back += written.pieces(of: try file.bytes(at: end, count: file.byteCount - end))
    }
    return TagEdit(back)
  }
}

/// The bytes that a change adds to a file, and where: the way of rsync (A. Tridgell, 1999) to find old bytes among them.
private struct WrittenBytes {
  private static let blockSize = 64
  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
  /// The factor of the byte that leaves a block.
  private static let leaving = (1..<blockSize).reduce(UInt64(1)) { power, _ in power &* factor }

  private var parts: [(bytes: [UInt8], offset: Int)] = []
  /// By hash: a part and a place in it.
  private var blocks: [UInt64: (part: Int, place: Int)] = [:]

  mutating func add(_ bytes: [UInt8], at offset: Int) {
    for place in stride(from: 0, through: bytes.count - Self.blockSize, by: Self.blockSize) {
      let hash = Self.hash(bytes, place)
      if blocks[hash] == nil { blocks[hash] = (parts.count, place) }
    }
    parts.append((bytes, offset))
  }

  /// Old bytes as pieces of the new file.
  func pieces(of old: [UInt8]) -> [TagEdit.Piece] {
    var (found, start, place): ([TagEdit.Piece], Int, Int) = ([], 0, 0)
    var hash = old.count >= Self.blockSize ? Self.hash(old, 0) : 0
    while place + Self.blockSize <= old.count {
      if let (part, from) = blocks[hash] {
        let (bytes, offset) = parts[part]
        let count = zip(old[place...], bytes[from...]).prefix { $0 == $1 }.count
        if count >= Self.blockSize {
          if place > start { found.append(.added(Array(old[start..<place]))) }
          found.append(.kept(offset: offset + from, count: count))
          place += count
          start = place
          if place + Self.blockSize <= old.count { hash = Self.hash(old, place) }
          continue
        }
      }
      let next = place + Self.blockSize
      if next < old.count {
        hash = (hash &- UInt64(old[place]) &* Self.leaving) &* Self.factor &+ UInt64(old[next])
      }
      place += 1
    }
    if start < old.count { found.append(.added(Array(old[start...]))) }
    return found
  }

  private static func hash(_ bytes: [UInt8], _ place: Int) -> UInt64 {
    bytes[place..<place + blockSize].reduce(0) { $0 &* factor &+ UInt64($1) }
  }
}
