import Files

/// The decoder that a source's content asks for; file names play no part.
enum Decoder {
  case mp3(MP3Decoder)
  case soundFile(SoundFileDecoder)
  case foreign(ForeignDecoder)

  /// Opens a source. Throws `unknownFormat` if neither library finds sound in it; if only ffmpeg could read it and is not
  /// installed, the error names the format.
  ///
  /// - Parameters:
  ///   - checkingLength: whether lengths in headers are checked against the bytes, for a probe.
  ///   - ffmpeg: the program; nil is none.
  static func open(
    _ source: ByteSource, checkingLength: Bool = false, ffmpeg: String? = FFmpeg.program
  ) throws(CodedError) -> Decoder {
    // Before the decoders: MPEG's frame headers are so short that they are found in pixels too.
    if let picture = PictureMark.name(firstBytes: Array(source.peek(at: 0, count: 16))) {
      throw CodedError(.unknownFormat, "a \(picture) picture, not a sound file", path: source.name)
    }
    return try find(source, checkingLength: checkingLength, ffmpeg: ffmpeg)
  }

  private static func find(
    _ source: ByteSource, checkingLength: Bool, ffmpeg: String?
  ) throws(CodedError) -> Decoder {
    guard let format = ForeignFormat(source) else {
      do { return try openBuiltIn(source, checkingLength) } catch {
        // Containers hold more codecs than libsndfile knows.
        guard error.code == .damaged || error.code == .unknownFormat, let ffmpeg,
          let format = ForeignFormat(source, hasFailed: true)
        else { throw error }
        do { return try openForeign(source, format, ffmpeg) } catch let other {
          throw other.code == .inputOutput ? other : error
        }
      }
    }
    guard let ffmpeg else {
      if format.isOfLibsndfile, let decoder = try? openBuiltIn(source, checkingLength) { return decoder }
      throw CodedError(.unknownFormat, "\(format.title): install ffmpeg to read it", path: source.name)
    }
    return try openForeign(source, format, ffmpeg)
  }

  private static func openForeign(
    _ source: ByteSource, _ format: ForeignFormat, _ ffmpeg: String
  ) throws(CodedError) -> Decoder {
    // What ffmpeg reads of the file is not known here: all of it counts.
    source.touchAll()
    return .foreign(try ForeignDecoder(source, format, program: ffmpeg))
  }

  private static func openBuiltIn(_ source: ByteSource, _ checkingLength: Bool) throws(CodedError) -> Decoder
  {
    var failure: CodedError?
    if startsLikeMPEG(source) {
      do { return .mp3(try MP3Decoder(source)) } catch {
        guard error.code == .unknownFormat else { throw error }
        failure = error
      }
    }
    // MPEG frames in a WAV file are frames as elsewhere.
    if let header = ChunkedHeader(source, at: TagExtents.leadingByteCount(source)), header.holdsMPEG {
      let decoder = try MP3Decoder(source, in: header.sound)
      if let note = header.note { source.notes.add(note) }
      return .mp3(decoder)
    }
    do {
      let decoder = try SoundFileDecoder(source, checkingLength: checkingLength)
      if !decoder.isMPEG { return .soundFile(decoder) }
    } catch {
      let reason = failure ?? error
      // Samples of a known kind of file may look like a few frames.
      if error.code != .unknownFormat { throw reason }
      failure = reason
    }
    // MPEG frames may stand after junk.
    do { return .mp3(try MP3Decoder(source, inARow: 8)) } catch {
      throw failure ?? error
    }
  }

  /// Whether the first bytes, or those after ID3v2 tags, are an MPEG sync word, or nothing that is known to be something
  /// else: other files may carry such tags too.
  private static func startsLikeMPEG(_ source: ByteSource) -> Bool {
    let tagCount = TagExtents.leadingByteCount(source)
    let bytes = source.peek(at: tagCount, count: 4)
    if tagCount > 0 {
      return !["fLaC", "RIFF", "RIFX", "RF64", "riff", "FORM", "OggS", "caff", ".snd"].contains {
        bytes.starts(with: Array($0.utf8))
      }
    }
    return bytes.count == 4 && bytes[0] == 0xFF && bytes[1] & 0xE0 == 0xE0
  }

  var sampleRateHz: Int {
    switch self {
    case .mp3(let decoder): decoder.sampleRateHz
    case .soundFile(let decoder): decoder.sampleRateHz
    case .foreign(let decoder): decoder.sampleRateHz
    }
  }

  var channelCount: Int {
    switch self {
    case .mp3(let decoder): decoder.channelCount
    case .soundFile(let decoder): decoder.channelCount
    case .foreign(let decoder): decoder.channelCount
    }
  }

  /// Moves to a sample frame counted from the start. False when the file ends before it.
  func seek(toFrame frame: Int) -> Bool {
    switch self {
    case .mp3(let decoder): decoder.seek(toFrame: frame)
    case .soundFile(let decoder): decoder.seek(toFrame: frame)
    case .foreign(let decoder): decoder.seek(toFrame: frame)
    }
  }

  /// Decodes interleaved samples; returns sample frames, 0 at the end.
  func read(into target: UnsafeMutableBufferPointer<Float>) throws(CodedError) -> Int {
    switch self {
    case .mp3(let decoder): try unsafe decoder.read(into: target)
    case .soundFile(let decoder): try unsafe decoder.read(into: target)
    case .foreign(let decoder): try unsafe decoder.read(into: target)
    }
  }
}
