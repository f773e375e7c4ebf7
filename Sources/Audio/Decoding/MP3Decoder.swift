import CMPG123
import Foundation

/// Owner of one libmpg123 handle: MPEG layers I to III as interleaved float samples, gapless where the
/// encoder wrote how much it padded.
@safe struct MP3Decoder: ~Copyable {
  private let handle: OpaquePointer
  private let source: ByteSource
  /// In Hz.
  let sampleRateHz: Int
  /// 1 or 2.
  let channelCount: Int

  /// Initialises libmpg123 once; harmless where newer versions no longer need it.
  private static let isReady = mpg123_init() == MPG123_OK.rawValue

  /// Opens a source at its first MPEG frame. Throws `unknownFormat` when there is none.
  ///
  /// - Parameter readingTags: ID3v2 tags and their pictures are parsed for a probe, skipped otherwise.
  init(_ source: ByteSource, readingTags: Bool = false) throws(AudioError) {
    source.seek(to: 0)
    guard Self.isReady, let handle = unsafe mpg123_new(nil, nil) else {
      throw AudioError(.inputOutput, "the MP3 decoder cannot start", path: source.name)
    }
    unsafe Self.configure(handle, readingTags: readingTags)
    var (rate, channels, encoding) = (0, Int32(0), Int32(0))
    guard unsafe mpg123_open_handle(handle, source.context) == MPG123_OK.rawValue,
      unsafe mpg123_getformat(handle, &rate, &channels, &encoding) == MPG123_OK.rawValue,
      encoding == Int32(MPG123_ENC_FLOAT_32.rawValue), rate > 0, channels > 0
    else {
      let status = unsafe mpg123_errcode(handle)
      unsafe mpg123_delete(handle)
      throw AudioError(
        .unknownFormat, "no MPEG audio found in it", path: source.name, underlyingStatus: Int(status))
    }
    unsafe self.handle = handle
    self.source = source
    sampleRateHz = rate
    channelCount = Int(channels)
  }

  deinit { unsafe mpg123_delete(handle) }

  private static func configure(_ handle: OpaquePointer, readingTags: Bool) {
    var flags = MPG123_FORCE_FLOAT.rawValue | MPG123_QUIET.rawValue | MPG123_GAPLESS.rawValue
    // Stop where a file of another format was stitched on, as libsndfile does.
    flags |= MPG123_NO_FRANKENSTEIN.rawValue
    flags |= readingTags ? MPG123_PICTURE.rawValue : MPG123_SKIP_ID3V2.rawValue
    unsafe mpg123_param2(handle, Int32(MPG123_REMOVE_FLAGS.rawValue), Int(MPG123_AUTO_RESAMPLE.rawValue), 0)
    unsafe mpg123_param2(handle, Int32(MPG123_ADD_FLAGS.rawValue), Int(flags), 0)
    // Bytes of damage or junk that may be skipped to find the next frame.
    unsafe mpg123_param2(handle, Int32(MPG123_RESYNC_LIMIT.rawValue), 1 << 16, 0)
    // After a seek the bit reservoir must be whole: at the lowest bit rates it reaches back over a dozen
    // frames.
    unsafe mpg123_param2(handle, Int32(MPG123_PREFRAMES.rawValue), 16, 0)
    unsafe mpg123_replace_reader_handle(
      handle,
      { context, target, count in
        guard let source = unsafe ByteSource.from(context) else { return -1 }
        return unsafe source.read(into: UnsafeMutableRawBufferPointer(start: target, count: count))
      },
      { context, offset, whence in
        guard let source = unsafe ByteSource.from(context) else { return -1 }
        return source.seek(by: offset, whence: whence)
      }, nil)
  }

  /// Moves to a sample frame counted from the start, sample-accurate. False when the file ends before it.
  func seek(toFrame frame: Int) -> Bool {
    unsafe mpg123_seek(handle, off_t(frame), SEEK_SET) >= 0
  }

  /// Decodes interleaved samples; returns sample frames, 0 at the end.
  ///
  /// Damage that leaves nothing more to decode ends the sound like its end does; only a read that fails
  /// throws.
  func read(into target: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
    let frameBytes = channelCount * MemoryLayout<Float>.stride
    let wanted = target.count / channelCount * frameBytes
    var filled = 0
    while filled < wanted {
      var done = 0
      let status = unsafe mpg123_read(
        handle, UnsafeMutableRawPointer(target.baseAddress!) + filled, wanted - filled, &done)
      filled += done
      if status == MPG123_OK.rawValue { continue }
      // The first read after opening may announce the format that is known already.
      if status == MPG123_NEW_FORMAT.rawValue, done == 0, unsafe mpg123_tell(handle) == 0, filled == 0 {
        continue
      }
      if status == MPG123_ERR.rawValue, unsafe mpg123_errcode(handle) == MPG123_ERR_READER.rawValue,
        filled == 0
      {
        throw AudioError(.inputOutput, "reading failed", path: source.name, underlyingStatus: Int(status))
      }
      break
    }
    return filled / frameBytes
  }

  /// Sample frames in the file: counted over all frame headers when `scanning`, otherwise what the header or
  /// the file's size suggests; nil when unknown.
  func length(scanning: Bool) -> Int? {
    if scanning { unsafe mpg123_scan(handle) }
    let length = unsafe Int(mpg123_length(handle))
    return length >= 0 ? length : nil
  }

  /// What the first frame's header says.
  var frameInfo: mpg123_frameinfo2? {
    var info = mpg123_frameinfo2()
    return unsafe mpg123_info2(handle, &info) == MPG123_OK.rawValue ? info : nil
  }

  /// ID3 tags, and whether they hold a picture. Needs `readingTags`.
  func tags() -> (tags: AudioTags, hasPicture: Bool) {
    var tags = AudioTags()
    var (v1, v2): (UnsafeMutablePointer<mpg123_id3v1>?, UnsafeMutablePointer<mpg123_id3v2>?) = (nil, nil)
    guard unsafe mpg123_id3(handle, &v1, &v2) == MPG123_OK.rawValue else { return (tags, false) }
    var hasPicture = false
    if let v2 = unsafe v2?.pointee {
      tags.title = unsafe Self.text(v2.title)
      tags.artist = unsafe Self.text(v2.artist)
      tags.album = unsafe Self.text(v2.album)
      tags.year = unsafe Self.text(v2.year)
      tags.genre = unsafe Self.text(v2.genre).flatMap(ID3Genre.name(describedBy:))
      tags.comment = unsafe Self.text(v2.comment)
      hasPicture = unsafe v2.pictures > 0
    }
    if let v1 = unsafe v1 {
      let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: v1, count: 128))
      tags.fill(from: AudioTags(id3v1: bytes))
    }
    return (tags, hasPicture)
  }

  private static func text(_ string: UnsafeMutablePointer<mpg123_string>?) -> String? {
    guard let string = unsafe string?.pointee, let start = unsafe string.p, unsafe string.fill > 0 else {
      return nil
    }
    return unsafe AudioTags.clean(UnsafeRawBufferPointer(start: start, count: string.fill))
  }
}
