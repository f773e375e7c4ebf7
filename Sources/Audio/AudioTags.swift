import Foundation

/// What a sound file says about itself. The text comes from strangers: it is freed of control characters and
/// cut.
public struct AudioTags: Codable, Sendable, Equatable {
  public var title: String?
  public var artist: String?
  public var album: String?
  public var genre: String?
  public var year: String?
  public var comment: String?

  public init() {}

  /// Unicode scalars kept of one tag.
  static let maximumLength = 256
  /// Bytes looked at for one tag.
  static let maximumBytes = 4096

  /// Takes the fields that are still missing from another set.
  mutating func fill(from other: AudioTags) {
    title = title ?? other.title
    artist = artist ?? other.artist
    album = album ?? other.album
    genre = genre ?? other.genre
    year = year ?? other.year
    comment = comment ?? other.comment
  }

  /// One line of text: control, bidirectional-override and separator characters become blanks, the length is
  /// limited; nil when nothing is left. Several strings in one field (separated by NUL) are joined by "; ".
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
    let parts = unsafe [UInt8](bytes.prefix(maximumBytes)).split(separator: 0)
    return clean(parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "; "))
  }

  /// Reads an ID3v1 tag of 128 bytes: Latin-1, unless the bytes are valid UTF-8.
  init(id3v1 bytes: [UInt8]) {
    guard bytes.count == 128, bytes.starts(with: Array("TAG".utf8)) else { return }
    func text(_ range: Range<Int>) -> String? {
      let field = Array(bytes[range].prefix { $0 != 0 })
      let latin1 = String(String.UnicodeScalarView(field.map { Unicode.Scalar($0) }))
      return Self.clean(String(validating: field, as: UTF8.self) ?? latin1)
    }
    title = text(3..<33)
    artist = text(33..<63)
    album = text(63..<93)
    year = text(93..<97)
    comment = text(97..<127)
    genre = ID3Genre.name(Int(bytes[127]))
  }
}

/// The genre numbers of ID3v1 with the extension that later players agreed on.
enum ID3Genre {
  private static let names = [
    "Blues", "Classic Rock", "Country", "Dance", "Disco", "Funk", "Grunge", "Hip-Hop", "Jazz", "Metal",
    "New Age",
    "Oldies", "Other", "Pop", "R&B", "Rap", "Reggae", "Rock", "Techno", "Industrial", "Alternative", "Ska",
    "Death Metal", "Pranks", "Soundtrack", "Euro-Techno", "Ambient", "Trip-Hop", "Vocal", "Jazz+Funk",
    "Fusion",
    "Trance", "Classical", "Instrumental", "Acid", "House", "Game", "Sound Clip", "Gospel", "Noise",
    "Alternative Rock", "Bass", "Soul", "Punk", "Space", "Meditative", "Instrumental Pop",
    "Instrumental Rock",
    "Ethnic", "Gothic", "Darkwave", "Techno-Industrial", "Electronic", "Pop-Folk", "Eurodance", "Dream",
    "Southern Rock", "Comedy", "Cult", "Gangsta", "Top 40", "Christian Rap", "Pop/Funk", "Jungle",
    "Native American", "Cabaret", "New Wave", "Psychedelic", "Rave", "Showtunes", "Trailer", "Lo-Fi",
    "Tribal",
    "Acid Punk", "Acid Jazz", "Polka", "Retro", "Musical", "Rock & Roll", "Hard Rock", "Folk", "Folk-Rock",
    "National Folk", "Swing", "Fast Fusion", "Bebop", "Latin", "Revival", "Celtic", "Bluegrass", "Avantgarde",
    "Gothic Rock", "Progressive Rock", "Psychedelic Rock", "Symphonic Rock", "Slow Rock", "Big Band",
    "Chorus",
    "Easy Listening", "Acoustic", "Humour", "Speech", "Chanson", "Opera", "Chamber Music", "Sonata",
    "Symphony",
    "Booty Bass", "Primus", "Porn Groove", "Satire", "Slow Jam", "Club", "Tango", "Samba", "Folklore",
    "Ballad",
    "Power Ballad", "Rhythmic Soul", "Freestyle", "Duet", "Punk Rock", "Drum Solo", "A Cappella",
    "Euro-House",
    "Dance Hall",
  ]

  /// The name of a number; nil when it has none (255 means "not set").
  static func name(_ number: Int) -> String? {
    names.indices.contains(number) ? names[number] : nil
  }

  /// Reads a genre field of ID3v2: "(7)", "7" and "(7)Hip-Hop" stand for a number, everything else for
  /// itself.
  static func name(describedBy text: String) -> String? {
    var rest = text[...]
    var numbered: String?
    if rest.hasPrefix("("), let end = rest.firstIndex(of: ")"),
      let number = Int(rest[rest.index(after: rest.startIndex)..<end])
    {
      numbered = name(number)
      rest = rest[rest.index(after: end)...]
    } else if let number = Int(rest) {
      numbered = name(number)
      rest = ""
    }
    return rest.isEmpty ? numbered : String(rest)
  }
}
