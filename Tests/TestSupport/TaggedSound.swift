import CSndfile

/// Tag bytes as the specifications lay them out (id3.org: ID3v1, ID3v2.2, 2.3, 2.4; APEv2).
public enum TagBytes {
  /// A frame's text in Latin-1, or in UTF-8 (ID3v2.4).
  public static func latin1(_ text: String) -> [UInt8] {
    [0] + text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }

  public static func utf8(_ values: String...) -> [UInt8] { [3] + Array(values.joined(separator: "\0").utf8) }

  /// UTF-16 with a byte order mark.
  public static func utf16(_ text: String) -> [UInt8] {
    [1, 0xFF, 0xFE] + text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }

  /// An ID3v2 tag of version 2, 3 or 4 with these frames and some padding.
  public static func id3v2(
    _ version: Int, _ frames: [(id: String, data: [UInt8])], padding: Int = 20, flags: UInt8 = 0
  ) -> [UInt8] {
    var body: [UInt8] = []
    for (id, data) in frames {
      let size =
        version == 2
        ? Array(big(data.count)[1...]) : version == 3 ? big(data.count) : synchsafe(data.count)
      body += Array(id.utf8) + size + (version == 2 ? [] : [0, 0]) + data
    }
    body += [UInt8](repeating: 0, count: padding)
    return Array("ID3".utf8) + [UInt8(version), 0, flags] + synchsafe(body.count) + body
  }

  public static func id3v1(
    title: String = "", artist: String = "", album: String = "", year: String = "", genre: UInt8 = 255
  ) -> [UInt8] {
    func field(_ text: String, _ size: Int) -> [UInt8] {
      let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }.prefix(size)
      return bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }
    return Array("TAG".utf8) + field(title, 30) + field(artist, 30) + field(album, 30) + field(year, 4)
      + field("", 30) + [genre]
  }

  /// An APEv2 tag without a header; values of one item are separated by zero bytes.
  public static func ape(_ items: [(key: String, values: [String])]) -> [UInt8] {
    var body: [UInt8] = []
    for (key, values) in items {
      let text = Array(values.joined(separator: "\0").utf8)
      body += little(text.count) + little(0) + Array(key.utf8) + [0] + text
    }
    return body + Array("APETAGEX".utf8) + little(2000) + little(body.count + 32) + little(items.count)
      + little(0) + [UInt8](repeating: 0, count: 8)
  }

  /// Vorbis comments, as in FLAC and Ogg.
  public static func vorbisComment(_ comments: [String]) -> [UInt8] {
    let texts = comments.map { Array($0.utf8) }
    return little(4) + Array("test".utf8) + little(texts.count) + texts.flatMap { little($0.count) + $0 }
  }

  /// A block of FLAC metadata or an atom's size: four bytes, the most significant first.
  public static func big(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  public static func little(_ value: Int) -> [UInt8] { big(value).reversed() }

  /// Seven bits a byte.
  public static func synchsafe(_ value: Int) -> [UInt8] { [21, 14, 7, 0].map { UInt8(value >> $0 & 0x7F) } }

  /// An MP4 atom.
  public static func atom(_ name: String, _ body: [UInt8]) -> [UInt8] {
    big(8 + body.count) + name.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } + body
  }

  /// An MP4 file with tags and no sound; a key's values are texts.
  public static func mp4(_ items: [(key: String, values: [String])]) -> [UInt8] {
    let list = items.flatMap { item in
      atom(item.key, item.values.flatMap { atom("data", big(1) + big(0) + Array($0.utf8)) })
    }
    let handler = atom("hdlr", big(0) + big(0) + Array("mdirappl".utf8) + [UInt8](repeating: 0, count: 9))
    let meta = atom("meta", big(0) + handler + atom("ilst", list))
    return atom("ftyp", Array("M4A ".utf8) + big(0) + Array("M4A ".utf8)) + atom("moov", atom("udta", meta))
  }
}

/// Writes mono samples by libsndfile, with its strings for title and so on (`SF_STR_TITLE`, ...). False when it could not.
public func writeSound(
  _ samples: [Float], format: Int, rate: Int = 22_050, strings: [Int: String] = [:], to path: String
) -> Bool {
  var info = SF_INFO()
  info.samplerate = Int32(rate)
  info.channels = 1
  info.format = Int32(format)
  guard let file = unsafe sf_open(path, Int32(SFM_WRITE), &info) else { return false }
  for (kind, text) in strings { unsafe _ = sf_set_string(file, Int32(kind), text) }
  let written = unsafe sf_writef_float(file, samples, sf_count_t(samples.count))
  return unsafe sf_close(file) == 0 && written == samples.count
}

/// What libsndfile calls the formats and strings of ``writeSound(_:format:rate:strings:to:)``.
public enum SoundFormat {
  public static let wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16
  public static let aiff = SF_FORMAT_AIFF | SF_FORMAT_PCM_16
  public static let caf = SF_FORMAT_CAF | SF_FORMAT_PCM_16
  public static let flac = SF_FORMAT_FLAC | SF_FORMAT_PCM_16
  public static let vorbis = SF_FORMAT_OGG | SF_FORMAT_VORBIS
  public static let strings = [
    SF_STR_TITLE: "Title", SF_STR_ARTIST: "Artist", SF_STR_ALBUM: "Album", SF_STR_DATE: "2004",
    SF_STR_GENRE: "Folk", SF_STR_COMMENT: "Words",
  ]
}
