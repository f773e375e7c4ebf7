/// The decoder that a source's content asks for; file names play no part.
enum Decoder: ~Copyable {
  case mp3(MP3Decoder)
  case soundFile(SoundFileDecoder)

  /// Opens a source. Throws `unknownFormat` when neither library finds sound in it.
  static func open(_ source: ByteSource, readingTags: Bool = false) throws(AudioError) -> Decoder {
    var failure: AudioError?
    if startsLikeMPEG(source) {
      do { return .mp3(try MP3Decoder(source, readingTags: readingTags)) } catch {
        guard error.code == .unknownFormat else { throw error }
        failure = error
      }
    }
    do {
      let decoder = try SoundFileDecoder(source)
      if !decoder.isMPEG { return .soundFile(decoder) }
    } catch { failure = failure ?? error }
    // MPEG frames may stand behind junk.
    if MPEGFrameHeader.chainExists(in: source.peek(at: 0, count: 1 << 16)) {
      return .mp3(try MP3Decoder(source, readingTags: readingTags))
    }
    throw failure ?? AudioError(.unknownFormat, "no MPEG audio found in it", path: source.name)
  }

  /// Whether the first bytes, or those behind an ID3v2 tag, are an MPEG sync word. FLAC may carry ID3v2 too.
  private static func startsLikeMPEG(_ source: ByteSource) -> Bool {
    let tagCount = id3v2ByteCount(source)
    let bytes = source.peek(at: tagCount, count: 4)
    if tagCount > 0 { return !bytes.starts(with: Array("fLaC".utf8)) }
    return bytes.count == 4 && bytes[0] == 0xFF && bytes[1] & 0xE0 == 0xE0
  }

  /// Bytes of an ID3v2 tag in front, header included; 0 when there is none.
  static func id3v2ByteCount(_ source: ByteSource) -> Int {
    let head = source.peek(at: 0, count: 10)
    guard head.count == 10, head.starts(with: Array("ID3".utf8)), head[6...9].allSatisfy({ $0 < 0x80 }) else {
      return 0
    }
    return 10 + head[6...9].reduce(0) { $0 << 7 | Int($1) }
  }

  var sampleRateHz: Int {
    switch self {
    case .mp3(let decoder): decoder.sampleRateHz
    case .soundFile(let decoder): decoder.sampleRateHz
    }
  }

  var channelCount: Int {
    switch self {
    case .mp3(let decoder): decoder.channelCount
    case .soundFile(let decoder): decoder.channelCount
    }
  }

  /// Moves to a sample frame counted from the start. False when the file ends before it.
  func seek(toFrame frame: Int) -> Bool {
    switch self {
    case .mp3(let decoder): decoder.seek(toFrame: frame)
    case .soundFile(let decoder): decoder.seek(toFrame: frame)
    }
  }

  /// Decodes interleaved samples; returns sample frames, 0 at the end.
  func read(into target: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
    switch self {
    case .mp3(let decoder): try unsafe decoder.read(into: target)
    case .soundFile(let decoder): unsafe decoder.read(into: target)
    }
  }
}
