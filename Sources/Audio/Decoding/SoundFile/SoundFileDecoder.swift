import CSndfile
import Files
import Foundation

/// WAV, FLAC, Ogg, AIFF and what else libsndfile reads, as interleaved float samples.
///
/// libsndfile sees each recording of a file by itself, without tags in front and with lengths that are right; what was
/// wrong with the file is noted.
final class SoundFileDecoder {
  private let sound: JoinedSound
  private let handle: SoundFileHandle
  /// Whether the length in the header need not be that of the sound: it must be counted.
  private let isSuspect: Bool

  /// Opens a source by its content. Throws `unknownFormat` when libsndfile does not know it, `damaged` when
  /// it knows the container but cannot read it.
  ///
  /// - Parameter checkingLength: for a probe: looks where damage can be seen without decoding.
  init(_ source: ByteSource, checkingLength: Bool = false) throws(CodedError) {
    let start = TagExtents.leadingByteCount(source)
    if let header = ChunkedHeader(source, at: start) {
      let part = try SoundFilePart(header.view)
      (sound, handle, isSuspect) = (JoinedSound(part, of: source), part.handle, false)
      if let note = header.note { source.notes.add(note) }
    } else if let ogg = OggLinks(source, from: start, verifying: checkingLength) {
      let part = try OggPart(source, ogg.links, 0, startSeconds: 0)
      (sound, handle) = (JoinedSound(part, of: source), part.handle)
      isSuspect =
        ogg.links.count > 1 || part.handle.frameCount == nil
        || ogg.links.contains { !$0.hasEnd || !$0.gaps.isEmpty || $0.rest > 0 }
    } else if let flac = FLACFile(source, at: start) {
      let part = try FLACPart(flac)
      (sound, handle) = (JoinedSound(part, of: source), part.handle)
      isSuspect = checkingLength && !flac.isWhole
    } else {
      let part = try SoundFilePart(ByteView(source, range: start..<source.count))
      (sound, handle, isSuspect) = (JoinedSound(part, of: source), part.handle, part.handle.frameCount == nil)
    }
  }

  var sampleRateHz: Int { sound.sampleRateHz }
  var channelCount: Int { sound.channelCount }
  /// libsndfile's format word.
  var format: Int32 { handle.format }
  /// Sample frames according to the header; nil where it does not tell, or is not to be believed.
  var frameCount: Int? { isSuspect ? nil : handle.frameCount }

  /// Whether libsndfile took the source for MPEG audio, which is libmpg123's to decode here.
  var isMPEG: Bool { format & Int32(SF_FORMAT_TYPEMASK) == Int32(SF_FORMAT_MPEG) }

  /// Moves to a sample frame counted from the start. False when the file ends before it.
  func seek(toFrame frame: Int) -> Bool { sound.seek(toFrame: frame) }

  /// Decodes interleaved samples; returns sample frames, 0 at the end.
  func read(into target: UnsafeMutableBufferPointer<Float>) throws(CodedError) -> Int {
    try unsafe sound.read(into: target)
  }

  /// The strings of a container: for CAF, W64, AU and the text chunks of AIFF, which TagLib does not read.
  func strings() -> AudioTags {
    var tags = AudioTags()
    tags.title = handle.text(Int32(SF_STR_TITLE))
    tags.artist = handle.text(Int32(SF_STR_ARTIST))
    tags.album = handle.text(Int32(SF_STR_ALBUM))
    tags.year = handle.text(Int32(SF_STR_DATE))
    tags.genres = handle.text(Int32(SF_STR_GENRE)).map { [$0] } ?? []
    tags.comment = handle.text(Int32(SF_STR_COMMENT))
    return tags
  }
}
