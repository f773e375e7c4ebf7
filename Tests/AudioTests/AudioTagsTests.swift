import Foundation
import TestSupport
import Testing

@testable import Audio

/// Tags as other programs write them. Every expected text is what the tag's specification says of its bytes; mutagen reads
/// the same from all of them.
@Suite(.tags(.hand, .hostile)) struct AudioTagsTests {
  /// The tags of MPEG frames with these bytes around them.
  func tags(_ front: [UInt8], end: [UInt8] = []) throws -> AudioTags {
    try AudioProbe(bytes: front + bytes(of: "joint-44k.mp3") + end, name: "x").tags
  }

  // MARK: - Genres

  /// How the text of a genre field is read, in every version of ID3v2.
  static let genreTexts: [(String, [String])] = [
    ("17", ["Rock"]), ("(17)", ["Rock"]), ("(17)(80)", ["Rock", "Folk"]), ("(17)Rock", ["Rock"]),
    ("(4)Eurodisco", ["Disco", "Eurodisco"]), ("(RX)", ["Remix"]), ("(CR)", ["Cover"]), ("RX", ["Remix"]),
    ("(RX)(17)Mine", ["Remix", "Rock", "Mine"]), ("((odd) name", ["(odd) name"]),
    ("(live) Rock", ["(live) Rock"]),
    ("(147)(191)", ["Synthpop", "Psybient"]), ("126", ["Goa"]), ("(255)", []), ("255", []), ("", []),
    ("Hip-Hop", ["Hip-Hop"]), ("1990", ["1990"]), ("Rock/Folk", ["Rock/Folk"]), (" Rock ", ["Rock"]),
  ]

  @Test(arguments: genreTexts) func genreFields(text: String, expected: [String]) throws {
    for (version, id) in [(2, "TCO"), (3, "TCON"), (4, "TCON")] {
      let album = (version == 2 ? "TAL" : "TALB", TagBytes.latin1("LP"))
      let tags = try tags(TagBytes.id3v2(version, [(id, TagBytes.latin1(text)), album]))
      #expect(tags.genres == expected, "ID3v2.\(version)")
      // The frames that follow are read too.
      #expect(tags.album == "LP")
    }
  }

  @Test func severalGenresSeparatedByZeroBytes() throws {
    let frames = [("TPE1", TagBytes.utf8("A", "B")), ("TCON", TagBytes.utf8("17", "80", "Own name", "17"))]
    let tags = try tags(TagBytes.id3v2(4, frames))
    #expect(tags.genres == ["Rock", "Folk", "Own name"] && tags.genre == "Rock; Folk; Own name")
    #expect(tags.artist == "A; B")
    let data = try JSONEncoder().encode(tags)
    #expect(try JSONDecoder().decode(AudioTags.self, from: data) == tags)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["genre"] as? String == "Rock; Folk; Own name")
    #expect(object["genres"] as? [String] == ["Rock", "Folk", "Own name"])
  }

  @Test func allNumbersOfID3v1HaveNames() throws {
    for number in 0...255 {
      let tags = try tags([], end: TagBytes.id3v1(genre: UInt8(number)))
      #expect(tags.genres.count == (number < 192 ? 1 : 0), "\(number)")
    }
    #expect(try tags([], end: TagBytes.id3v1(genre: 79)).genre == "Hard Rock")
  }

  // MARK: - Other fields

  @Test func dates() throws {
    func year(_ version: Int, _ frames: [(String, String)]) throws -> String? {
      try tags(TagBytes.id3v2(version, frames.map { ($0.0, TagBytes.latin1($0.1)) })).year
    }
    #expect(try year(4, [("TDRC", "2004-05-06")]) == "2004-05-06")
    #expect(try year(4, [("TDRL", "2004")]) == "2004")
    #expect(try year(4, [("TDOR", "1971"), ("TDRC", "2004")]) == "2004")
    #expect(try year(3, [("TYER", "1999")]) == "1999")
    #expect(try year(3, [("TYER", "1999"), ("TDAT", "2412")]) == "1999-12-24")
    #expect(try year(2, [("TYE", "1999")]) == "1999")
    #expect(try tags([], end: TagBytes.id3v1(year: "1999")).year == "1999")
  }

  @Test func textsInAllEncodings() throws {
    let title = "Žluť 曲 🎵"
    #expect(try tags(TagBytes.id3v2(3, [("TIT2", TagBytes.utf16(title))])).title == title)
    #expect(try tags(TagBytes.id3v2(4, [("TIT2", TagBytes.utf8(title))])).title == title)
    #expect(try tags(TagBytes.id3v2(2, [("TT2", TagBytes.latin1("Café"))])).title == "Café")
    #expect(try tags([], end: TagBytes.id3v1(title: "Café")).title == "Café")
  }

  @Test func pictures() throws {
    let picture = [UInt8](repeating: 7, count: 100)
    for (version, id, kind) in [(2, "PIC", "PNG"), (3, "APIC", "image/png\0"), (4, "APIC", "image/png\0")] {
      let frame = (id, [0] + Array(kind.utf8) + [3, 0x63, 0] + picture)
      let file = TagBytes.id3v2(version, [frame]) + (try bytes(of: "joint-44k.mp3"))
      #expect(try AudioProbe(bytes: file, name: "x").hasPicture == true, "ID3v2.\(version)")
    }
  }

  @Test func apeTagsAndWhichTagCounts() throws {
    let ape = TagBytes.ape([
      ("Title", ["Žl"]), ("Artist", ["A", "B"]), ("Genre", ["Rock", "Folk"]), ("Year", ["2004"]),
    ])
    let plain = try tags([], end: ape)
    #expect(
      plain.title == "Žl" && plain.artist == "A; B" && plain.genres == ["Rock", "Folk"]
        && plain.year == "2004")
    let all = try tags(
      TagBytes.id3v2(4, [("TIT2", TagBytes.utf8("front"))]),
      end: ape + TagBytes.id3v1(title: "end", artist: "end", album: "end"))
    #expect(all.title == "front" && all.artist == "A; B" && all.album == "end")
  }

  // MARK: - Other containers

  @Test(arguments: [SoundFormat.wav, SoundFormat.aiff, SoundFormat.caf, SoundFormat.flac, SoundFormat.vorbis])
  func containers(format: Int) throws {
    try withFolder { folder in
      let path = folder.appending(path: "x").path
      let sound = SyntheticSound.samples(count: 20_000)
      try #require(writeSound(sound, format: format, strings: SoundFormat.strings, to: path))
      let probe = try AudioProbe(path: path)
      #expect(probe.tags.title == "Title" && probe.tags.artist == "Artist" && probe.tags.comment == "Words")
      // AIFF has no chunks for the others.
      let rest = [probe.tags.album, probe.tags.genre, probe.tags.year]
      #expect(rest == (format == SoundFormat.aiff ? [nil, nil, nil] : ["Album", "Folk", "2004"]))
      #expect(probe.hasPicture == (format == SoundFormat.caf ? nil : false))
    }
  }

  @Test func id3InWAVAndBeforeFLAC() throws {
    let tag = TagBytes.id3v2(
      4, [("TCON", TagBytes.utf8("17", "80")), ("APIC", [0, 0x61, 0, 3, 0, 1, 2, 3])])
    let chunk = Array("id3 ".utf8) + TagBytes.little(tag.count) + tag
    let sound = wav(data: [UInt8](repeating: 1, count: 8_000)) + chunk
    let probe = try AudioProbe(bytes: sound, name: "x")
    #expect(probe.tags.genres == ["Rock", "Folk"] && probe.hasPicture == true)
    let flac = try AudioProbe(bytes: tag + bytes(of: "stereo.flac"), name: "x")
    #expect(flac.tags.genres == ["Rock", "Folk"] && flac.hasPicture == true && flac.container == "flac")
  }

  /// Tags in a row: of each field the first counts.
  @Test func twoID3TagsInFront() throws {
    let first = TagBytes.id3v2(3, [("TIT2", TagBytes.latin1("T"))])
    let second = TagBytes.id3v2(4, [("TIT2", TagBytes.utf8("U")), ("TCON", TagBytes.utf8("80"))])
    for sound in ["joint-44k.mp3", "stereo.flac"] {
      let tags = try AudioProbe(bytes: first + second + bytes(of: sound), name: "x").tags
      #expect(tags.title == "T" && tags.genres == ["Folk"], "\(sound)")
    }
  }

  /// A compressed picture is not unpacked, but it is one.
  @Test func aCompressedPicture() throws {
    let data = TagBytes.synchsafe(9_000) + [UInt8](repeating: 0x55, count: 5_000)
    let frame = Array("APIC".utf8) + TagBytes.synchsafe(data.count) + [0, 0x09] + data
    let body = frame + TagBytes.id3v2(4, [("TALB", TagBytes.utf8("LP"))], padding: 0)[10...]
    let tag = Array("ID3".utf8) + [4, 0, 0] + TagBytes.synchsafe(body.count) + body
    let probe = try AudioProbe(bytes: tag + bytes(of: "joint-44k.mp3"), name: "x")
    #expect(probe.hasPicture == true && probe.tags.album == "LP")
  }

  @Test func flacWithSeveralGenresAndAPicture() throws {
    let original = try bytes(of: "stereo.flac")
    func block(_ kind: UInt8, _ data: [UInt8]) -> [UInt8] { [kind] + TagBytes.big(data.count)[1...] + data }
    let comment = block(4, TagBytes.vorbisComment(["GENRE=Rock", "genre=Folk", "DATE=2004-05", "TITLE=T"]))
    // Kind, MIME type, description, width, height, depth, colours, data.
    let sizes = [1, 1, 24, 0, 3].flatMap(TagBytes.big)
    let mime = Array("image/png".utf8)
    let picture = block(6, TagBytes.big(3) + TagBytes.big(9) + mime + TagBytes.big(0) + sizes + [1, 2, 3])
    // Behind fLaC and the block with the stream's properties, which is the last no longer.
    var file = Array(original[..<42]) + comment + picture + original[42...]
    file[4] &= 0x7F
    let probe = try AudioProbe(bytes: file, name: "x")
    #expect(probe.tags.genres == ["Rock", "Folk"] && probe.tags.year == "2004-05" && probe.tags.title == "T")
    #expect(probe.hasPicture == true)
  }

  @Test func mp4() throws {
    let file = TagBytes.mp4([
      ("\u{A9}nam", ["Žl"]), ("\u{A9}ART", ["A", "B"]), ("\u{A9}gen", ["Rock", "Folk"]),
      ("\u{A9}day", ["2004-05-06"]),
    ])
    let (tags, hasPicture) = AudioTags.read(try ByteSource(bytes: file, name: "x"), isMPEG: false)
    #expect(tags.title == "Žl" && tags.artist == "A; B" && tags.genres == ["Rock", "Folk"])
    #expect(tags.year == "2004-05-06" && hasPicture == false)
  }
}
