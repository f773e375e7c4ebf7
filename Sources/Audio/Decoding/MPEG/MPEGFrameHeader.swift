/// The four bytes at the start of an MPEG audio frame (ISO/IEC 11172-3 and 13818-3, with the unofficial MPEG-2.5).
struct MPEGFrameHeader {
  /// Equal for all frames of one stream: version, layer, sample rate, mono or not, free format or not.
  let kind: UInt32
  /// Bytes of the frame, header included.
  let byteCount: Int
  /// 1 to 3.
  let layer: Int
  /// In Hz.
  let sampleRateHz: Int
  /// 1 or 2.
  let channelCount: Int
  /// Samples of each channel.
  let sampleCount: Int
  private let isMPEG1: Bool
  private let word: UInt32

  /// Reads a header; nil when the bytes are none.
  ///
  /// - Parameter freeByteCount: bytes of a frame of free format, without padding: its header does not tell. Without it such
  ///   a header is none.
  init?(_ word: UInt32, freeByteCount: Int? = nil) {
    let (version, layer) = (Int(word >> 19 & 3), 4 - Int(word >> 17 & 3))
    let (bitRateIndex, rateIndex) = (Int(word >> 12 & 15), Int(word >> 10 & 3))
    guard word >> 21 == 0x7FF, version != 1, layer != 4, bitRateIndex != 15, rateIndex != 3 else {
      return nil
    }
    self.layer = layer
    self.word = word
    isMPEG1 = version == 3
    sampleRateHz = [44_100, 48_000, 32_000][rateIndex] / (isMPEG1 ? 1 : version == 2 ? 2 : 4)
    let isMono = word >> 6 & 3 == 3
    channelCount = isMono ? 1 : 2
    sampleCount = layer == 1 ? 384 : layer == 3 && !isMPEG1 ? 576 : 1152
    let padding = Int(word >> 9 & 1) * (layer == 1 ? 4 : 1)
    if bitRateIndex == 0 {
      guard let freeByteCount else { return nil }
      byteCount = freeByteCount + padding
    } else {
      let bitRate = 1000 * Self.kilobits[isMPEG1 ? layer - 1 : layer == 1 ? 3 : 4][bitRateIndex - 1]
      byteCount =
        layer == 1
        ? 12 * bitRate / sampleRateHz * 4 + padding : sampleCount / 8 * bitRate / sampleRateHz + padding
    }
    kind = word & 0xFFFE_0C00 | (isMono ? 1 : 0) | (bitRateIndex == 0 ? 2 : 0)
  }

  /// Whether the frame length is the same for all frames and not in the header.
  var isFreeFormat: Bool { kind & 2 != 0 }

  /// Its four bytes with the bit rate of another header, and with padding or without.
  func withBitRate(of other: MPEGFrameHeader, isPadded: Bool) -> UInt32 {
    word & ~0xF200 | other.word & 0xF000 | (isPadded ? 0x200 : 0)
  }

  func hasBitRate(of other: MPEGFrameHeader) -> Bool { (word ^ other.word) & 0xF000 == 0 }

  /// Bytes between the header and the main data of layer III without a checksum: where an information frame has its mark.
  var sideInformationByteCount: Int {
    isMPEG1 ? (channelCount == 1 ? 17 : 32) : channelCount == 1 ? 9 : 17
  }

  /// No frame is longer.
  static let largestByteCount = 4096
  /// No frame of free format is shorter.
  static let smallestFreeByteCount = 24

  /// Bit rates in kbit/s: MPEG-1 layers I, II, III, then MPEG-2 layer I, then II and III.
  private static let kilobits = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  ]
}

/// What an encoder wrote into the first frame of a stream (Xing, LAME, Fraunhofer): that frame holds no sound.
struct MPEGInformation {
  /// Frames of sound, the information frame not counted; nil where it does not say.
  var frameCount: Int?
  /// Samples that the encoder put before and after the sound; nil where it does not say.
  var padding: (start: Int, end: Int)?

  /// Delay of the decoder itself, in samples.
  private static let decoderDelay = 529

  /// Samples that a gapless player leaves out at the start.
  var startTrim: Int { frameCount ?? 0 > 0 ? padding.map { $0.start + Self.decoderDelay } ?? 0 : 0 }
  /// The same at the end.
  var endTrim: Int { frameCount ?? 0 > 0 ? padding.map { max(0, $0.end - Self.decoderDelay) } ?? 0 : 0 }

  /// Reads the bytes of a whole frame; nil when it is a frame of sound.
  init?(_ frame: [UInt8], _ header: MPEGFrameHeader) {
    if header.layer == 3, frame.count >= 54, frame[36..<42].elementsEqual(Array("VBRI".utf8) + [0, 1]) {
      // Fraunhofer's is in the same place for all formats, and tells nothing of padding.
      frameCount = frame[50..<54].reduce(0) { $0 << 8 | Int($1) }
      return
    }
    let mark = 4 + header.sideInformationByteCount
    guard header.layer == 3, frame.count >= mark + 8 else { return nil }
    let name = frame[mark..<mark + 4]
    guard name.elementsEqual("Xing".utf8) || name.elementsEqual("Info".utf8),
      frame[4..<mark].allSatisfy({ $0 == 0 })
    else { return nil }
    var offset = mark + 8
    func number() -> Int? {
      guard offset + 4 <= frame.count else { return nil }
      defer { offset += 4 }
      return frame[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let flags = frame[mark + 7]
    if flags & 1 != 0 { frameCount = number() }
    if flags & 2 != 0 { _ = number() }
    if flags & 4 != 0 { offset += 100 }
    if flags & 8 != 0 { _ = number() }
    // The encoder's name and, after its settings, twice twelve bits.
    guard offset + 24 <= frame.count, frame[offset] != 0 else { return }
    let bits = frame[offset + 21..<offset + 24].reduce(0) { $0 << 8 | Int($1) }
    padding = (bits >> 12, bits & 0xFFF)
  }
}
