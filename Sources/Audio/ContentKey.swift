public import Files
import Foundation

/// Which parts of a sound file were read, and a hash of them: a file that still matches the key decodes to the same samples,
/// whatever its name and date.
///
/// The parts are blocks of 64 KiB. For a long file of which only the first seconds were decoded, the key covers the first blocks
/// (and those with tags), so checking it is cheap; the length of the file is always included.
public struct ContentKey: Sendable, Hashable, LosslessStringConvertible {
  /// The parts of the file, and its length.
  public struct Layout: Sendable, Hashable {
    /// Size of the whole file in bytes.
    public let byteCount: Int
    /// Ascending block numbers, as ranges that neither touch nor overlap.
    let blocks: [Range<Int>]
  }

  /// Bytes of a block.
  static let blockByteCount = 1 << 16
  public let layout: Layout
  public let hash: ContentHash

  /// The key of blocks that were hashed one by one.
  init(byteCount: Int, blockHashes: [Int: ContentHash]) {
    var ranges: [Range<Int>] = []
    var words: [UInt64] = [UInt64(byteCount)]
    for (block, hash) in blockHashes.sorted(by: { $0.key < $1.key }) {
      if let last = ranges.last, last.upperBound == block {
        ranges[ranges.count - 1] = last.lowerBound..<block + 1
      } else {
        ranges.append(block..<block + 1)
      }
      words += [UInt64(block), hash.high, hash.low]
    }
    layout = Layout(byteCount: byteCount, blocks: ranges)
    hash = unsafe words.withUnsafeBytes { unsafe ContentHash($0) }
  }

  /// The key of these parts of a file; nil if the file has a different length or cannot be read. Cost: reads and
  /// hashes the parts.
  public init?(ofFile path: String, layout: Layout) {
    guard let source = try? ByteSource(path: path, recordsContent: true), source.count == layout.byteCount
    else {
      return nil
    }
    for range in layout.blocks {
      for block in range where !source.touch(block: block) { return nil }
    }
    guard let key = source.contentKey, key.layout == layout else { return nil }
    self = key
  }

  /// The key of a whole file; nil when it cannot be read. Cost: reads and hashes all of it.
  public init?(ofWholeFile path: String) {
    guard let source = try? ByteSource(path: path) else { return nil }
    let blocks = 0..<(source.count - 1) / Self.blockByteCount + 1
    self.init(ofFile: path, layout: Layout(byteCount: source.count, blocks: [blocks]))
  }

  /// Reads what ``description`` writes; nil for anything else.
  public init?(_ description: String) {
    let parts = description.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, let byteCount = Int(parts[0]), byteCount > 0,
      let hash = ContentHash(hexadecimal: parts[2])
    else { return nil }
    let blockCount = (byteCount - 1) / Self.blockByteCount + 1
    var ranges: [Range<Int>] = []
    for part in parts[1].split(separator: " ") {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
        first > ranges.last?.upperBound ?? -1, last < blockCount
      else { return nil }
      ranges.append(first..<last + 1)
    }
    layout = Layout(byteCount: byteCount, blocks: ranges)
    self.hash = hash
  }

  /// For example `961306/0-4 14/0f…`: length, blocks, hash.
  public var description: String {
    let ranges = layout.blocks.map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound - 1)"
    }
    return "\(layout.byteCount)/\(ranges.joined(separator: " "))/\(hash)"
  }
}
