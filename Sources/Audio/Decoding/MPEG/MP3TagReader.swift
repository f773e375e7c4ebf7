import CMPG123
import Foundation

/// Reads the ID3 tags of a file through libmpg123.
@safe struct MP3TagReader: ~Copyable {
  private let handle: OpaquePointer
  private let source: ByteSource

  init(_ source: ByteSource) throws(AudioError) {
    source.seek(to: 0)
    guard let handle = unsafe mpg123_new(nil, nil) else {
      throw AudioError(.inputOutput, "the MP3 decoder cannot start", path: source.name)
    }
    unsafe self.handle = handle
    self.source = source
    let flags = MPG123_QUIET.rawValue | MPG123_PICTURE.rawValue
    unsafe mpg123_param2(handle, Int32(MPG123_ADD_FLAGS.rawValue), Int(flags), 0)
    unsafe mpg123_param2(handle, Int32(MPG123_RESYNC_LIMIT.rawValue), 1 << 16, 0)
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
    unsafe mpg123_open_handle(handle, source.context)
    var (rate, channels, encoding) = (0, Int32(0), Int32(0))
    unsafe mpg123_getformat(handle, &rate, &channels, &encoding)
  }

  deinit { unsafe mpg123_delete(handle) }

  /// ID3 tags, and whether they hold a picture.
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
