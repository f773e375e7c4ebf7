import Foundation

/// What a sound file says about itself. The text comes from outside, so control characters are removed and it is truncated.
/// Several values of one field are joined by "; ".
public struct AudioTags: Sendable, Equatable {
  public var title: String?
  public var artist: String?
  public var album: String?
  /// One name for each genre in the file; ID3 numbers are converted to names.
  public var genres: [String] = []
  /// The date as written in the file: a year, or for example `2004-05-06`.
  public var year: String?
  public var comment: String?

  public init() {}

  /// The genres in one line; nil when there is none.
  public var genre: String? { genres.isEmpty ? nil : genres.joined(separator: "; ") }

  /// Unicode scalars kept of one tag.
  static let maximumLength = 256
  /// Bytes looked at for one tag.
  static let maximumBytes = 4096

  /// Takes the fields that are still missing from another set.
  mutating func fill(from other: AudioTags) {
    title = title ?? other.title
    artist = artist ?? other.artist
    album = album ?? other.album
    genres = genres.isEmpty ? other.genres : genres
    year = year ?? other.year
    comment = comment ?? other.comment
  }

  /// One line of text: control, bidirectional-override and separator characters become blanks, the length is
  /// limited; nil when nothing is left.
  static func clean(_ text: String) -> String? {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(4 * maximumLength) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
        if let last = scalars.last, last != " " { scalars.append(" ") }
      default:
        scalars.append(scalar)
      }
      if scalars.count >= maximumLength { break }
    }
    let line = String(scalars).trimmingCharacters(in: .whitespaces)
    return line.isEmpty ? nil : line
  }

  /// As ``clean(_:)-(String)``, from UTF-8 bytes; broken sequences become U+FFFD.
  static func clean(_ bytes: UnsafeRawBufferPointer) -> String? {
    clean(unsafe String(decoding: bytes.prefix(maximumBytes), as: UTF8.self))
  }
}

extension AudioTags: Codable {
  private enum CodingKeys: String, CodingKey {
    case title, artist, album, genre, genres, year, comment
  }

  /// Also writes ``genre``, for readers that expect a single text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(title, forKey: .title)
    try container.encodeIfPresent(artist, forKey: .artist)
    try container.encodeIfPresent(album, forKey: .album)
    try container.encodeIfPresent(genre, forKey: .genre)
    try container.encode(genres, forKey: .genres)
    try container.encodeIfPresent(year, forKey: .year)
    try container.encodeIfPresent(comment, forKey: .comment)
  }

  public init(from decoder: any Swift.Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    title = try container.decodeIfPresent(String.self, forKey: .title)
    artist = try container.decodeIfPresent(String.self, forKey: .artist)
    album = try container.decodeIfPresent(String.self, forKey: .album)
    genres = try container.decodeIfPresent([String].self, forKey: .genres) ?? []
    year = try container.decodeIfPresent(String.self, forKey: .year)
    comment = try container.decodeIfPresent(String.self, forKey: .comment)
  }
}
