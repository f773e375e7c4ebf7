import CTags
public import Files
import Foundation

/// The genres in the tags of a sound file, and the edit that would change them.
public struct GenreTags {
  public let genres: [String]
  /// The other fields, without the genres.
  public let others: AudioTags
  /// Whether there is a picture; nil if that is unknown.
  public let hasPicture: Bool?
  private let source: ByteSource
  private let isMPEG: Bool

  /// Opens a file by its content. Throws as ``AudioReader``.
  public init(path: String) throws(CodedError) {
    source = try ByteSource(path: path)
    if case .mp3(let decoder) = try Decoder.open(source) {
      isMPEG = !decoder.isEmbedded
    } else {
      isMPEG = false
    }
    var (tags, hasPicture) = AudioTags.read(source, isMPEG: isMPEG)
    genres = tags.genres
    tags.genres = []
    (others, self.hasPicture) = (tags, hasPicture)
  }

  /// The edit that gives the file these genres, at least one: in each kind of tag that it has and that supports genres, and in
  /// the kind that its format calls for. TagLib computes it; nothing is written.
  ///
  /// MP3: ID3v2, and an APE tag and ID3v1 if present; FLAC, Ogg, Opus and Speex: Vorbis comments; WAV: an ID3v2 and an INFO
  /// chunk; AIFF: an ID3v2 chunk; MP4: the atom `©gen`. Throws `unsupported` for other formats and for tags that cannot be
  /// rewritten.
  public func edit(genres: [String]) throws(CodedError) -> TagEdit {
    try Self.edit(source, isMPEG: isMPEG, genres: genres)
  }

  static func edit(_ source: ByteSource, isMPEG: Bool, genres: [String]) throws(CodedError) -> TagEdit {
    demand(!genres.isEmpty, "no genre")
    final class Made {
      var pieces: [TagEdit.Piece] = []
      var words = ""
    }
    let made = Made()
    var bytes = unsafe source.tagSource
    let names = unsafe genres.map { unsafe UnsafePointer<CChar>(strdup($0)) }
    defer {
      for index in genres.indices { unsafe free(UnsafeMutablePointer(mutating: names[index])) }
    }
    let isDone = unsafe genrelens_write_genres(
      &bytes, isMPEG ? 1 : 0, names, Int32(names.count), Unmanaged.passUnretained(made).toOpaque(),
      { context, offset, bytes, count in
        let made = unsafe Unmanaged<Made>.fromOpaque(context!).takeUnretainedValue()
        if let bytes = unsafe bytes {
          unsafe made.pieces.append(
            .added([UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(count)))))
        } else {
          made.pieces.append(.kept(offset: Int(offset), count: Int(count)))
        }
      },
      { context, text, count in
        let made = unsafe Unmanaged<Made>.fromOpaque(context!).takeUnretainedValue()
        made.words = unsafe String(
          decoding: UnsafeRawBufferPointer(start: text, count: count), as: UTF8.self)
      })
    guard isDone == 1 else {
      throw CodedError(.unsupported, "its tags are not written: \(made.words)", path: source.name)
    }
    return TagEdit(made.pieces)
  }
}
