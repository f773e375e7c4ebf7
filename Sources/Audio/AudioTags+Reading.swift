import CTags

extension AudioTags {
  /// Reads the tags of a source by TagLib, whatever its name: ID3v1, ID3v2 and APE around any sound; the comments of FLAC
  /// and Ogg; the chunks of WAV and AIFF; MP4 and ASF. Of several kinds of tag in one file the first with a field counts,
  /// ID3v2 before all others.
  ///
  /// Sizes in the file are not trusted: at most 32 MiB are read. A tag that cannot be read counts as none.
  ///
  /// - Parameter isMPEG: says that the sound is MPEG audio, which has no other tags.
  /// - Returns: the tags, and whether there is a picture; nil where the container's pictures are not looked for.
  static func read(_ source: ByteSource, isMPEG: Bool) -> (tags: AudioTags, hasPicture: Bool?) {
    let position = source.offset
    defer { source.seek(to: position) }
    var values = [[String]](repeating: [], count: Int(genrelens_tag_comment.rawValue) + 1)
    var bytes = unsafe source.tagSource
    let picture = unsafe withUnsafeMutablePointer(to: &values) { values in
      unsafe genrelens_read_tags(&bytes, isMPEG ? 1 : 0, values) { context, field, text, count in
        guard let context = unsafe context, let text = unsafe text else { return }
        let values = unsafe context.assumingMemoryBound(to: [[String]].self)
        if let value = unsafe AudioTags.clean(UnsafeRawBufferPointer(start: text, count: count)) {
          unsafe values.pointee[Int(field)].append(value)
        }
      }
    }
    func all(_ field: genrelens_tag_field) -> [String] { values[Int(field.rawValue)] }
    func joined(_ field: genrelens_tag_field) -> String? { clean(all(field).joined(separator: "; ")) }
    var tags = AudioTags()
    tags.title = joined(genrelens_tag_title)
    tags.artist = joined(genrelens_tag_artist)
    tags.album = joined(genrelens_tag_album)
    tags.genres = all(genrelens_tag_genre)
    tags.year = all(genrelens_tag_date).first
    tags.comment = joined(genrelens_tag_comment)
    return (tags, picture < 0 ? nil : picture == 1)
  }
}

extension ByteSource {
  /// The bytes as TagLib's functions read them; valid while the source lives.
  var tagSource: genrelens_tag_source {
    unsafe genrelens_tag_source(
      context: context, byte_count: Int64(count),
      read: { context, offset, target, count in
        guard let source = unsafe ByteSource.from(context), offset >= 0, count >= 0 else { return -1 }
        source.seek(to: Int(offset))
        return Int64(
          unsafe source.read(into: UnsafeMutableRawBufferPointer(start: target, count: Int(count))))
      })
  }
}
