/// The decoder that a source's content asks for; file names play no part.
enum Decoder {
  case mp3(MP3Decoder)
  case soundFile(SoundFileDecoder)

  /// Opens a source. Throws `unknownFormat` when neither library finds sound in it.
  ///
  /// - Parameters:
  ///   - readingTags: tags and pictures are parsed for a probe, skipped otherwise.
  ///   - checkingLength: whether lengths in headers are held against the bytes, for a probe.
  static func open(
    _ source: ByteSource, readingTags: Bool = false, checkingLength: Bool = false
  ) throws(AudioError) -> Decoder {
    var failure: AudioError?
    if startsLikeMPEG(source) {
      do { return .mp3(try MP3Decoder(source, readingTags: readingTags)) } catch {
        guard error.code == .unknownFormat else { throw error }
        failure = error
      }
    }
    // MPEG frames in a WAV file are frames as elsewhere.
    if let header = ChunkedHeader(source, at: SoundTags.leadingByteCount(source)), header.holdsMPEG {
      let decoder = try MP3Decoder(source, in: header.sound, readingTags: readingTags)
      if let note = header.note { source.notes.add(note) }
      return .mp3(decoder)
    }
    do {
      let decoder = try SoundFileDecoder(source, checkingLength: checkingLength)
      if !decoder.isMPEG { return .soundFile(decoder) }
    } catch { failure = failure ?? error }
    // MPEG frames may stand behind junk.
    do { return .mp3(try MP3Decoder(source, readingTags: readingTags)) } catch {
      throw failure ?? error
    }
  }

  /// Whether the first bytes, or those behind ID3v2 tags, are an MPEG sync word, or nothing that is known to be something
  /// else: other files may carry such tags too.
  private static func startsLikeMPEG(_ source: ByteSource) -> Bool {
    let tagCount = SoundTags.leadingByteCount(source)
    let bytes = source.peek(at: tagCount, count: 4)
    if tagCount > 0 {
      return !["fLaC", "RIFF", "FORM", "OggS", ".snd"].contains { bytes.starts(with: Array($0.utf8)) }
    }
    return bytes.count == 4 && bytes[0] == 0xFF && bytes[1] & 0xE0 == 0xE0
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
    case .soundFile(let decoder): try unsafe decoder.read(into: target)
    }
  }
}
