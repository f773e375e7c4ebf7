/// The four bytes in front of an MPEG audio frame (ISO/IEC 11172-3 and 13818-3, with the unofficial
/// MPEG-2.5), read to tell MPEG audio behind some junk from files that are no sound at all.
struct MPEGFrameHeader {
  /// Bits that all frames of one stream share: version, layer, sample rate.
  let kind: UInt32
  /// Bytes of the frame, header included.
  let byteCount: Int

  /// Reads a header; nil when the bytes are none, or of free format, whose frame length it does not tell.
  init?(_ b0: UInt8, _ b1: UInt8, _ b2: UInt8, _ b3: UInt8) {
    let word = UInt32(b0) << 24 | UInt32(b1) << 16 | UInt32(b2) << 8 | UInt32(b3)
    let (version, layer) = (Int(word >> 19 & 3), 4 - Int(word >> 17 & 3))
    let (bitRateIndex, rateIndex) = (Int(word >> 12 & 15), Int(word >> 10 & 3))
    guard word >> 21 == 0x7FF, version != 1, layer != 4, (1...14).contains(bitRateIndex), rateIndex != 3
    else {
      return nil
    }
    let isMPEG1 = version == 3
    let rate = [44_100, 48_000, 32_000][rateIndex] / (isMPEG1 ? 1 : version == 2 ? 2 : 4)
    let bitRate = 1000 * Self.kilobits[isMPEG1 ? layer - 1 : layer == 1 ? 3 : 4][bitRateIndex - 1]
    let padding = Int(word >> 9 & 1)
    byteCount =
      switch (layer, isMPEG1) {
      case (1, _): (12 * bitRate / rate + padding) * 4
      case (3, false): 72 * bitRate / rate + padding
      default: 144 * bitRate / rate + padding
      }
    kind = word & 0xFFFE_0C00
  }

  /// Bit rates in kbit/s: MPEG-1 layers I, II, III, then MPEG-2 layer I, then II and III.
  private static let kilobits = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  ]

  /// Whether three frames of one kind follow each other somewhere in the bytes.
  static func chainExists(in bytes: [UInt8]) -> Bool {
    func header(at offset: Int) -> MPEGFrameHeader? {
      guard offset + 4 <= bytes.count else { return nil }
      return MPEGFrameHeader(bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3])
    }
    return bytes.indices.contains { start in
      guard bytes[start] == 0xFF, let first = header(at: start),
        let second = header(at: start + first.byteCount), second.kind == first.kind,
        let third = header(at: start + first.byteCount + second.byteCount)
      else { return false }
      return third.kind == first.kind
    }
  }
}
