import Foundation

/// What of a FLAC file is read here: where its frames are (RFC 9639). libsndfile ends at the first damaged one.
struct FLACFile {
  let source: ByteSource
  /// The first byte of the marker `fLaC`.
  let start: Int
  /// Where the tags at the end of the file begin, or another file.
  private(set) var end: Int
  let firstFrame: Int
  let sampleRateHz: Int
  let channelCount: Int
  /// Samples of each channel that the header promises; 0 where it does not tell.
  let promisedCount: Int
  /// Samples of a block, where all blocks but the last have as many; 0 otherwise.
  private let blockCount: Int
  private let information: [UInt8]
  private let doubts: Doubts

  /// How many places looked like frames and were none, in this file and those before it: each costs a search. A file made of
  /// such places is no recording.
  private final class Doubts {
    var count = 0
    static let most = 2_000
  }

  /// Reads the metadata at an offset; nil when no FLAC file begins there.
  ///
  /// - Parameter previous: the file before it in the same source.
  init?(_ source: ByteSource, at start: Int, after previous: FLACFile? = nil) {
    guard let head = Self.head(source, at: start) else { return nil }
    (self.source, self.start, doubts) = (source, start, previous?.doubts ?? Doubts())
    end = TagExtents.trailingStart(source, from: start)
    information = Array(head[8...])
    let bits = information[10..<18].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    sampleRateHz = Int(bits >> 44)
    channelCount = Int(bits >> 41 & 7) + 1
    promisedCount = Int(bits & 0xF_FFFF_FFFF)
    let (smallest, largest) = (Int(head[8]) << 8 | Int(head[9]), Int(head[10]) << 8 | Int(head[11]))
    blockCount = smallest == largest ? largest : 0
    var offset = start + 4
    for _ in 0..<4096 {
      let block = source.peek(at: offset, count: 4)
      guard block.count == 4 else { break }
      offset += 4 + block[1...3].reduce(0) { $0 << 8 | Int($1) }
      if block[0] & 0x80 != 0 { break }
    }
    firstFrame = min(offset, end)
    // Frames beyond the promised ones may be those of another file after this one.
    if promisedCount > 0, lastSample ?? 0 > promisedCount,
      case .file(let next) = find(from: firstFrame, sample: .max)
    {
      end = next
    }
  }

  /// The marker and the block of information; nil when they are not there.
  private static func head(_ source: ByteSource, at start: Int) -> [UInt8]? {
    let head = source.peek(at: start, count: 42)
    guard head.count == 42, head.starts(with: Array("fLaC".utf8)), head[4] & 0x7F == 0,
      head[5...7].elementsEqual([0, 0, 34])
    else { return nil }
    return head
  }

  /// Whether all samples that its header promises are in frames whose checksums hold, up to the end of the file. Cost: reads
  /// the file.
  var isWhole: Bool {
    guard promisedCount > 0 else { return false }
    let window = ScanWindow(source, end: end)
    let least = 1 << 12
    var (offset, sample, size) = (firstFrame, 0, least)
    while sample < promisedCount {
      let left = end - offset
      guard let bytes = window.bytes(at: offset, count: min(size, left)),
        let frame = frame(bytes, 0, at: offset), frame.sample == sample
      else { return false }
      let following = sample + frame.count
      let next =
        following >= promisedCount
        ? left
        : bytes.indices.dropFirst().first {
          bytes[$0] == 0xFF && self.frame(bytes, $0, at: offset + $0)?.sample == following
        }
      guard let next, next <= bytes.count else {
        // The frame is longer than what is looked at.
        guard size < Self.searchByteCount, bytes.count < left else { return false }
        size = min(4 * size, Self.searchByteCount)
        continue
      }
      guard Self.frameChecksum(bytes[..<next]) == 0 else { return false }
      (offset, sample, size) = (offset + next, following, max(least, min(2 * next, Self.searchByteCount)))
    }
    return sample == promisedCount && Self.head(source, at: end) == nil
  }

  /// No frame is longer.
  private static let searchByteCount = 1 << 18

  /// CRC-16 with the polynomial 8005 over a frame with its own checksum: 0 where that holds.
  private static func frameChecksum(_ bytes: ArraySlice<UInt8>) -> UInt16 {
    bytes.reduce(0) { $0 << 8 ^ frameTable[Int($0 >> 8) ^ Int($1)] }
  }

  private static let frameTable: [UInt16] = (0..<256).map { index in
    (0..<8).reduce(UInt16(index) << 8) { value, _ in value << 1 ^ (value >> 15) * 0x8005 }
  }

  /// The whole file; where there is more sound than its header promises, with a header that promises nothing.
  var view: ByteView {
    guard promisedCount > 0, lastSample ?? 0 > promisedCount else {
      return ByteView(source, range: start..<end)
    }
    let head = source.peek(at: start, count: 8) + unlimited
    return ByteView(source, prefix: head, range: start + head.count..<end)
  }

  /// The file from a frame on, as one of unknown length.
  func view(from frame: Int) -> ByteView {
    ByteView(source, prefix: Array("fLaC".utf8) + [0x80, 0, 0, 34] + unlimited, range: frame..<end)
  }

  /// The information of the header without the number of samples and the checksum over all of them.
  private var unlimited: [UInt8] {
    var information = information
    information[13] &= 0xF0
    information.replaceSubrange(14..<34, with: repeatElement(0, count: 20))
    return information
  }

  // MARK: - Frames

  struct Frame: Equatable {
    let offset: Int
    /// Its first sample.
    let sample: Int
    let count: Int
  }

  /// What is found between frames.
  enum Found: Equatable {
    case frame(Frame)
    /// Another FLAC file begins.
    case file(Int)
  }

  /// The first frame from an offset on that begins with a sample of at least this number, or the beginning of another file.
  func find(from offset: Int, sample: Int) -> Found? {
    var start = offset
    let window = ScanWindow(source, end: end)
    while start < end {
      let count = min(1 << 17, end - start)
      guard let bytes = window.bytes(at: start, count: min(count + 64, end - start)) else { return nil }
      for index in 0..<count {
        if bytes[index] == 0xFF, let frame = frame(bytes, index, at: start + index), frame.sample >= sample {
          if isConfirmed(frame) { return .frame(frame) }
          doubts.count += 1
          if doubts.count > Doubts.most { return nil }
        }
        if bytes[index] == 0x66, bytes[index...].starts(with: [0x66, 0x4C, 0x61, 0x43]),
          Self.head(source, at: start + index) != nil
        {
          return .file(start + index)
        }
      }
      start += count
    }
    return Self.head(source, at: end) == nil ? nil : .file(end)
  }

  /// Whether a frame is the last that the header promises, or leads to another: five bytes may look like one by chance.
  private func isConfirmed(_ frame: Frame) -> Bool {
    let next = frame.sample + frame.count
    if next == promisedCount { return true }
    let start = frame.offset + 1
    guard
      let bytes = ScanWindow(source, end: end).bytes(at: start, count: min(Self.searchByteCount, end - start))
    else {
      return false
    }
    return bytes.indices.contains {
      bytes[$0] == 0xFF && self.frame(bytes, $0, at: start + $0)?.sample == next
    }
  }

  /// The sample with which the last frame of the file ends; nil where none is found.
  var lastSample: Int? {
    let start = max(firstFrame, end - Self.searchByteCount)
    guard let bytes = ScanWindow(source, end: end).bytes(at: start, count: end - start) else { return nil }
    for index in bytes.indices.reversed() where bytes[index] == 0xFF {
      if let frame = frame(bytes, index, at: start + index) { return frame.sample + frame.count }
    }
    return nil
  }

  /// Bytes after the frame that ends with a sample, which are neither frames nor zeros; 0 where that frame is not found.
  ///
  /// - Parameters:
  ///   - offset: where to look for the frame.
  ///   - end: where the next file begins, or this one ends.
  func junkByteCount(after sample: Int, from offset: Int, to end: Int) -> Int {
    guard
      let frame = lastFrame(endingWith: sample, from: max(offset, end - Self.searchByteCount), to: end)
        ?? lastFrame(endingWith: sample, from: offset, to: end),
      let bytes = ScanWindow(source, end: end)
        .bytes(at: frame.offset, count: min(Self.searchByteCount, end - frame.offset))
    else { return 0 }
    var (checksum, tries) = (UInt16(0), 0)
    for index in bytes.indices where tries < 16 {
      checksum = checksum << 8 ^ Self.frameTable[Int(checksum >> 8) ^ Int(bytes[index])]
      guard checksum == 0 else { continue }
      let place = frame.offset + index + 1
      // The checksum holds by chance in one of 65 536 places; the frame's own end is the first up to which it can be decoded.
      if source.isZero(place..<end) { return 0 }
      tries += 1
      if isDecoded(frame, upTo: place) { return end - place }
    }
    return 0
  }

  private func lastFrame(endingWith sample: Int, from offset: Int, to end: Int) -> Frame? {
    let window = ScanWindow(source, end: end)
    var (start, found) = (offset, Frame?.none)
    while start < end, let bytes = window.bytes(at: start, count: min(1 << 17, end - start)) {
      for index in bytes.indices.dropLast(start + bytes.count < end ? 64 : 0) where bytes[index] == 0xFF {
        if let frame = frame(bytes, index, at: start + index), frame.sample + frame.count == sample {
          found = frame
        }
      }
      if start + bytes.count == end { break }
      start += bytes.count - 64
    }
    return found
  }

  private func isDecoded(_ frame: Frame, upTo end: Int) -> Bool {
    let view = ByteView(source, prefix: view(from: frame.offset).prefix, range: frame.offset..<end)
    guard let handle = try? SoundFileHandle(view) else { return false }
    var samples = [Float](repeating: 0, count: frame.count * handle.channelCount)
    return unsafe samples.withUnsafeMutableBufferPointer { unsafe handle.read(into: $0) } == frame.count
  }

  /// Reads a frame's header; nil when its checksum does not hold or it is of another stream.
  private func frame(_ bytes: [UInt8], _ index: Int, at offset: Int) -> Frame? {
    guard index + 16 <= bytes.count || offset + 6 <= end, index + 6 <= bytes.count,
      bytes[index + 1] & 0xFE == 0xF8
    else { return nil }
    let (sizes, channels) = (bytes[index + 2], bytes[index + 3] >> 4)
    guard sizes >> 4 != 0, sizes & 15 != 15, channels <= 10, bytes[index + 3] & 1 == 0,
      channelCount == (channels < 8 ? Int(channels) + 1 : 2)
    else { return nil }
    // The number is coded as UTF-8 is, up to 36 bits.
    let lead = bytes[index + 4]
    let length = lead < 0x80 ? 1 : (~lead).leadingZeroBitCount
    guard length != 0, length <= 7, lead < 0x80 || length >= 2 else { return nil }
    var next = index + 4 + length
    guard next + 5 <= bytes.count || next < bytes.count else { return nil }
    var number = length == 1 ? Int(lead) : Int(lead) & (0x7F >> length)
    for byte in bytes[(index + 5)..<next] {
      guard byte & 0xC0 == 0x80 else { return nil }
      number = number << 6 | Int(byte & 0x3F)
    }
    func take(_ count: Int) -> Int? {
      guard next + count < bytes.count else { return nil }
      defer { next += count }
      return bytes[next..<next + count].reduce(0) { $0 << 8 | Int($1) }
    }
    let count: Int
    switch Int(sizes >> 4) {
    case 1: count = 192
    case 6:
      guard let value = take(1) else { return nil }
      count = value + 1
    case 7:
      guard let value = take(2) else { return nil }
      count = value + 1
    case let code where code < 6: count = 576 << (code - 2)
    case let code: count = 256 << (code - 8)
    }
    guard take(sizes & 15 == 12 ? 1 : sizes & 15 > 12 ? 2 : 0) != nil, next < bytes.count,
      Self.checksum(bytes[index..<next]) == bytes[next]
    else { return nil }
    let isVariable = bytes[index + 1] & 1 == 1
    return Frame(offset: offset, sample: isVariable ? number : number * max(blockCount, count), count: count)
  }

  /// CRC-8 with the polynomial 07.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt8 {
    bytes.reduce(0) { value, byte in
      (0..<8).reduce(value ^ byte) { value, _ in value << 1 ^ (value >> 7) * 7 }
    }
  }
}
