import CSndfile
import Foundation
import Synchronization

/// Owner of one libsndfile handle: WAV, FLAC, OGG, AIFF and what else libsndfile reads, as interleaved float
/// samples.
@safe struct SoundFileDecoder: ~Copyable {
  private let handle: OpaquePointer
  private let source: ByteSource
  /// In Hz.
  let sampleRateHz: Int
  let channelCount: Int
  /// Sample frames according to the header.
  let frameCount: Int
  /// libsndfile's format word.
  let format: Int32

  /// Opens a source by its content. Throws `unknownFormat` when libsndfile does not know it, `damaged` when
  /// it knows the container but cannot read it.
  init(_ source: ByteSource) throws(AudioError) {
    source.seek(to: 0)
    var info = SF_INFO()
    var callbacks = Self.callbacks
    var (opened, status, reason): (OpaquePointer?, Int32, String?)
    unsafe (opened, status, reason) = (nil, 0, nil)
    Self.opening.withLock { _ in
      unsafe opened = sf_open_virtual(&callbacks, Int32(SFM_READ), &info, source.context)
      guard unsafe opened == nil else { return }
      status = sf_error(nil)
      reason = unsafe AudioTags.clean(String(cString: sf_strerror(nil)))
    }
    guard let handle = unsafe opened else {
      let unknown = Int(status) == Int(SF_ERR_UNRECOGNISED_FORMAT)
      throw AudioError(
        unknown ? .unknownFormat : .damaged,
        unknown
          ? "not a sound file of a known kind" : "cannot be decoded: \(reason ?? "unknown error")",
        path: source.name, underlyingStatus: Int(status))
    }
    guard info.samplerate > 0, info.channels > 0 else {
      unsafe sf_close(handle)
      throw AudioError(
        .damaged, "its header says \(info.channels) channels at \(info.samplerate) Hz", path: source.name)
    }
    unsafe self.handle = handle
    self.source = source
    sampleRateHz = Int(info.samplerate)
    channelCount = Int(info.channels)
    frameCount = Int(info.frames)
    format = info.format
  }

  deinit { unsafe sf_close(handle) }

  /// What kept libsndfile from opening a file stands in one place for the whole process, and opening another file clears
  /// it: one is opened at a time, so that each gets its own reason.
  static let opening = Mutex(())

  private static var callbacks: SF_VIRTUAL_IO {
    unsafe SF_VIRTUAL_IO(
      get_filelen: { sf_count_t(unsafe ByteSource.from($0)?.count ?? -1) },
      seek: { offset, whence, context in
        guard let source = unsafe ByteSource.from(context) else { return -1 }
        return sf_count_t(source.seek(by: Int(offset), whence: whence))
      },
      read: { target, count, context in
        guard let source = unsafe ByteSource.from(context), count > 0 else { return 0 }
        let bytes = unsafe source.read(into: UnsafeMutableRawBufferPointer(start: target, count: Int(count)))
        return sf_count_t(max(0, bytes))
      },
      write: { _, _, _ in 0 },
      tell: { sf_count_t(unsafe ByteSource.from($0)?.offset ?? -1) })
  }

  /// Whether libsndfile took the source for MPEG audio, which is libmpg123's to decode here.
  var isMPEG: Bool { format & Int32(SF_FORMAT_TYPEMASK) == Int32(SF_FORMAT_MPEG) }

  /// Moves to a sample frame counted from the start. False when the file ends before it.
  func seek(toFrame frame: Int) -> Bool {
    unsafe sf_seek(handle, sf_count_t(frame), Int32(SEEK_SET)) >= 0
  }

  /// Decodes interleaved samples; returns sample frames, 0 at the end. A truncated file gives what it has.
  func read(into target: UnsafeMutableBufferPointer<Float>) -> Int {
    let frames = unsafe sf_readf_float(handle, target.baseAddress, sf_count_t(target.count / channelCount))
    return max(0, Int(frames))
  }

  /// The strings of the container.
  func tags() -> AudioTags {
    var tags = AudioTags()
    tags.title = text(Int32(SF_STR_TITLE))
    tags.artist = text(Int32(SF_STR_ARTIST))
    tags.album = text(Int32(SF_STR_ALBUM))
    tags.year = text(Int32(SF_STR_DATE))
    tags.genre = text(Int32(SF_STR_GENRE))
    tags.comment = text(Int32(SF_STR_COMMENT))
    return tags
  }

  private func text(_ kind: Int32) -> String? {
    guard let start = unsafe sf_get_string(handle, kind) else { return nil }
    // A bounded length: the string comes from the file.
    let length = unsafe strnlen(start, AudioTags.maximumBytes)
    return unsafe AudioTags.clean(UnsafeRawBufferPointer(start: start, count: length))
  }
}
