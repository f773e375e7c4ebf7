import Files
import Foundation
import TestSupport
import Testing

@testable import Audio

/// Genres that are written into tags: only they change, the sound stays, and the way back restores every byte.
///
/// Scripts/check-tags.py holds the same against mutagen.
@Suite(.tags(.hand, .hostile)) struct TagEditTests {
  private static let frames3: [(id: String, data: [UInt8])] = [
    ("TIT2", TagBytes.utf16("Žluť")), ("TPE1", TagBytes.latin1("A")), ("TCON", TagBytes.latin1("(17)")),
    ("TXXX", TagBytes.latin1("k\0v")), ("TYER", TagBytes.latin1("1999")),
    ("APIC", [0] + Array("image/png\0".utf8) + [3, 0] + [UInt8](repeating: 7, count: 3_000)),
  ]
  private static let frames2: [(id: String, data: [UInt8])] = [
    ("TT2", TagBytes.latin1("T")), ("TCO", TagBytes.latin1("(17)")), ("TYE", TagBytes.latin1("1999")),
  ]
  private static let ape = TagBytes.ape([("Title", ["T"]), ("Genre", ["Rock"]), ("Mood", ["x"])])
  private static let id3v1 = TagBytes.id3v1(title: "T", year: "1999", genre: 17)

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: @Sendable () throws -> [UInt8]
    /// What the file says before.
    var genres: [String] = ["Rock"]
    var testDescription: String { name }
  }

  private static func around(_ front: [UInt8], _ sound: String, _ end: [UInt8]) throws -> [UInt8] {
    try front + bytes(of: sound) + end
  }

  private static func made(_ format: Int, rate: Int = 22_050, _ strings: [Int: String]) throws -> [UInt8] {
    try withFolder { folder in
      let path = folder.appending(path: "x").path
      let samples = SyntheticSound.samples(count: 30_000)
      try #require(writeSound(samples, format: format, rate: rate, strings: strings, to: path))
      return try Array(Data(contentsOf: URL(filePath: path)))
    }
  }

  /// A WAV or AIFF file with one chunk more.
  private static func with(_ name: String, _ chunk: [UInt8], _ file: [UInt8], isBig: Bool = false) -> [UInt8]
  {
    let size = isBig ? TagBytes.big : TagBytes.little
    let all =
      file + Array(name.utf8) + size(chunk.count) + chunk + [UInt8](repeating: 0, count: chunk.count & 1)
    return all[..<4] + size(all.count - 8) + all[8...]
  }

  private static let opus = 0x200000 | 0x0064

  static let cases: [Case] = [
    Case(name: "MP3", bytes: { try around([], "joint-44k.mp3", []) }, genres: []),
    Case(name: "MP3, ID3v2.2", bytes: { try around(TagBytes.id3v2(2, frames2), "joint-44k.mp3", []) }),
    Case(name: "MP3, ID3v2.3", bytes: { try around(TagBytes.id3v2(3, frames3), "joint-44k.mp3", []) }),
    Case(
      name: "MP3, ID3v2.3 without room",
      bytes: {
        try around(TagBytes.id3v2(3, frames3, padding: 0), "joint-44k.mp3", [])
      }),
    Case(
      name: "MP3, ID3v2.4",
      bytes: {
        try around(TagBytes.id3v2(4, [("TCON", TagBytes.utf8("Rock", "Folk"))]), "joint-44k.mp3", [])
      }, genres: ["Rock", "Folk"]),
    Case(name: "MP3, ID3v1", bytes: { try around([], "joint-44k.mp3", id3v1) }),
    Case(name: "MP3, APE", bytes: { try around([], "joint-44k.mp3", ape) }),
    Case(name: "MP3, APE and ID3v1", bytes: { try around([], "joint-44k.mp3", ape + id3v1) }),
    Case(
      name: "MP3, all three",
      bytes: {
        try around(TagBytes.id3v2(3, frames3), "joint-44k.mp3", ape + id3v1)
      }),
    Case(name: "FLAC", bytes: { try around([], "stereo.flac", []) }, genres: []),
    Case(name: "FLAC, tagged", bytes: { try made(SoundFormat.flac, SoundFormat.strings) }, genres: ["Folk"]),
    Case(
      name: "FLAC, ID3v2 and ID3v1",
      bytes: {
        try around(TagBytes.id3v2(3, frames3), "stereo.flac", id3v1)
      }),
    Case(name: "Ogg Vorbis", bytes: { try around([], "stereo.ogg", []) }, genres: []),
    Case(
      name: "Ogg Vorbis, tagged", bytes: { try made(SoundFormat.vorbis, SoundFormat.strings) },
      genres: ["Folk"]),
    // So long a comment that the genre takes a page more: all pages get other numbers.
    Case(
      name: "Ogg Vorbis, a page more",
      bytes: {
        try made(SoundFormat.vorbis, [1: String(repeating: "long ", count: 13_000)])
      }, genres: []),
    Case(name: "Opus", bytes: { try made(opus, rate: 48_000, [:]) }, genres: []),
    Case(
      name: "Opus, tagged", bytes: { try made(opus, rate: 48_000, SoundFormat.strings) }, genres: ["Folk"]),
    Case(name: "WAV", bytes: { try made(SoundFormat.wav, [:]) }, genres: []),
    Case(name: "WAV, LIST", bytes: { try made(SoundFormat.wav, SoundFormat.strings) }, genres: ["Folk"]),
    Case(
      name: "WAV, ID3",
      bytes: {
        with("id3 ", TagBytes.id3v2(3, frames3), try made(SoundFormat.wav, [:]))
      }),
    Case(
      name: "WAV, LIST and ID3",
      bytes: {
        with("ID3 ", TagBytes.id3v2(4, frames3), try made(SoundFormat.wav, SoundFormat.strings))
      }),
    Case(
      name: "WAV, another chunk last",
      bytes: {
        with("junk", [1, 2, 3], try made(SoundFormat.wav, SoundFormat.strings))
      }, genres: ["Folk"]),
    Case(name: "AIFF", bytes: { try made(SoundFormat.aiff, [:]) }, genres: []),
    Case(
      name: "AIFF, ID3",
      bytes: {
        with("ID3 ", TagBytes.id3v2(3, frames3), try made(SoundFormat.aiff, SoundFormat.strings), isBig: true)
      }),
    Case(name: "MP4", bytes: { TagBytes.mp4([("©nam", ["T"]), ("©gen", ["Rock"])]) }),
    Case(name: "MP4 without a genre", bytes: { TagBytes.mp4([("©nam", ["T"])]) }, genres: []),
  ]

  /// The bytes that come of a change.
  private func changed(_ bytes: [UInt8], by edit: TagEdit) throws -> [UInt8] {
    try withFolder { folder in
      let path = folder.appending(path: "x").path
      try Data(bytes).write(to: URL(filePath: path))
      var result: [UInt8] = []
      try edit.forEachBlock(of: try RegularFile(path: path)) { result += $0 }
      #expect(result.count == edit.byteCount)
      return result
    }
  }

  private func reversed(_ edit: TagEdit, of bytes: [UInt8]) throws -> TagEdit {
    try withFolder { folder in
      let path = folder.appending(path: "x").path
      try Data(bytes).write(to: URL(filePath: path))
      return try edit.reversed(of: try RegularFile(path: path))
    }
  }

  private func isMPEG(_ source: ByteSource) -> Bool {
    if case .mp3(let decoder) = try? Decoder.open(source) { return !decoder.isEmbedded }
    return false
  }

  @Test(arguments: cases) func onlyTheGenresChangeAndAllComesBack(one: Case) throws {
    let old = try one.bytes()
    let source = try ByteSource(bytes: old, name: one.name)
    let isMPEG = isMPEG(source)
    let before = AudioTags.read(source, isMPEG: isMPEG)
    #expect(before.tags.genres == one.genres)
    for genres in [["Hip-Hop"], ["Folk", "Žánr"], one.genres + ["Hip-Hop"]] {
      let edit = try GenreTags.edit(source, isMPEG: isMPEG, genres: genres)
      let new = try changed(old, by: edit)
      #expect(new != old)
      let written = try ByteSource(bytes: new, name: one.name)
      let after = AudioTags.read(written, isMPEG: isMPEG)
      #expect(after.tags.genres == genres)
      var (others, expected) = (after.tags, before.tags)
      (others.genres, expected.genres) = ([], [])
      #expect(others == expected && after.hasPicture == before.hasPicture)
      if !one.name.hasPrefix("MP4") {
        let (sound, original) = (try Heard(new), try Heard(old))
        #expect(sound.samples == original.samples && !sound.samples.isEmpty)
        #expect(sound.notes == original.notes)
      }
      let back = try reversed(edit, of: old)
      #expect(try changed(new, by: back) == old)
      // What is held is the old tag at most, not the sound.
      #expect(heldBytes(back) <= 66_000)
    }
  }

  private func heldBytes(_ edit: TagEdit) -> Int {
    edit.pieces.reduce(0) { sum, piece in
      if case .added(let bytes) = piece { sum + bytes.count } else { sum }
    }
  }

  /// TagLib writes a whole tag again; of its picture nothing is held.
  @Test func picturesAreNotHeldTwice() throws {
    let picture = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7 ^ $0) }
    let image = ("APIC", [0] + Array("image/png\0".utf8) + [3, 0] + picture)
    for frames in [[("TCON", TagBytes.latin1("Rock")), image], [image, ("TIT2", TagBytes.latin1("T"))]] {
      let old = try TagBytes.id3v2(3, frames, padding: 0) + bytes(of: "joint-44k.mp3")
      let edit = try GenreTags.edit(try ByteSource(bytes: old, name: "x"), isMPEG: true, genres: ["Folk"])
      let back = try reversed(edit, of: old)
      #expect(try changed(changed(old, by: edit), by: back) == old)
      #expect(heldBytes(back) < 500)
    }
  }

  /// Many programs read the first kind of tag that a file has and no other: one that is made beside others says what they do.
  @Test func aNewTagSaysWhatTheOthersDo() throws {
    func front(_ old: [UInt8], isMPEG: Bool) throws -> AudioTags {
      let source = try ByteSource(bytes: old, name: "x")
      let new = try changed(old, by: GenreTags.edit(source, isMPEG: isMPEG, genres: ["Folk"]))
      // The ID3v2 tag alone.
      let start = try #require(Data(new).range(of: Data("ID3\u{4}".utf8))).lowerBound
      return try AudioProbe(bytes: new[start...] + bytes(of: "joint-44k.mp3"), name: "x").tags
    }
    let mp3 = try bytes(of: "joint-44k.mp3")
    let old = try front(
      mp3 + TagBytes.ape([("Artist", ["Žl"])]) + TagBytes.id3v1(title: "T", artist: "no", year: "1999"),
      isMPEG: true)
    #expect(old.title == "T" && old.artist == "Žl" && old.year == "1999" && old.genres == ["Folk"])
    let wave = try front(Self.made(SoundFormat.wav, SoundFormat.strings), isMPEG: false)
    #expect(wave.title == "Title" && wave.artist == "Artist" && wave.album == "Album" && wave.year == "2004")
    #expect(wave.genres == ["Folk"])
  }

  /// By the specifications: what stands in the bytes.
  @Test func whatIsWrittenWhere() throws {
    func new(_ old: [UInt8], isMPEG: Bool = false) throws -> [UInt8] {
      let source = try ByteSource(bytes: old, name: "x")
      return try changed(old, by: GenreTags.edit(source, isMPEG: isMPEG, genres: ["Hip-Hop", "Own"]))
    }
    func holds(_ bytes: [UInt8], _ part: [UInt8]) -> Bool { Data(bytes).range(of: Data(part)) != nil }
    let mp3 = try bytes(of: "joint-44k.mp3")
    let three = try new(TagBytes.id3v2(3, Self.frames3) + mp3 + Self.ape + Self.id3v1, isMPEG: true)
    // ID3v2.3 keeps its version and names a genre by its number, with a refinement.
    #expect(three[3] == 3 && holds(three, Array("(7)Own".utf8)) && !holds(three, Array("(17)".utf8)))
    #expect(three.last == 7)
    #expect(
      holds(three, Array("Genre\0Hip-Hop\0Own".utf8)) || holds(three, Array("GENRE\0Hip-Hop\0Own".utf8)))
    let four = try new(mp3, isMPEG: true)
    #expect(four[3] == 4 && holds(four, Array("Hip-Hop\0Own".utf8)) && four.suffix(128).first != 0x54)
    let flac = try new(bytes(of: "stereo.flac"))
    #expect(holds(flac, Array("GENRE=Hip-Hop".utf8)) && holds(flac, Array("GENRE=Own".utf8)))
    let wave = try new(Self.made(SoundFormat.wav, [:]))
    #expect(holds(wave, Array("IGNR".utf8) + TagBytes.little(13) + Array("Hip-Hop; Own\0".utf8)))
    #expect(TagBytes.little(wave.count - 8) == Array(wave[4..<8]))
  }

  @Test func whatIsNotWrittenIsSaid() throws {
    func reason(_ bytes: [UInt8], isMPEG: Bool = false) throws -> String {
      let source = try ByteSource(bytes: bytes, name: "song")
      let error = #expect(throws: CodedError.self) {
        try GenreTags.edit(source, isMPEG: isMPEG, genres: ["Folk"])
      }
      #expect(error?.code == .unsupported)
      return error?.message ?? ""
    }
    let mp3 = try bytes(of: "joint-44k.mp3")
    let tag = TagBytes.id3v2(3, Self.frames3)
    #expect(try reason(tag + tag + mp3, isMPEG: true).contains("several ID3v2 tags"))
    #expect(try reason(tag + Self.made(SoundFormat.wav, [:])).contains("in front of a kind of sound"))
    #expect(try reason(Self.made(SoundFormat.caf, [:])).contains("not to this kind of file"))
    let data = TagBytes.synchsafe(9_000) + [UInt8](repeating: 0x55, count: 5_000)
    let frame = Array("APIC".utf8) + TagBytes.synchsafe(data.count) + [0, 0x09] + data
    let packed = Array("ID3".utf8) + [4, 0, 0] + TagBytes.synchsafe(frame.count) + frame
    #expect(try reason(packed + mp3, isMPEG: true).contains("compressed"))
    // Two streams that begin together.
    let ogg = try bytes(of: "stereo.ogg")
    let first = 27 + Int(ogg[26]) + ogg[27..<27 + Int(ogg[26])].reduce(0) { $0 + Int($1) }
    #expect(try reason(ogg[..<first] + ogg).contains("several streams"))
  }

  /// Files made to keep a writer busy end, and nothing comes of most of them.
  @Test func hostileTagsEnd() throws {
    var atoms = TagBytes.atom("ftyp", Array("M4A ".utf8) + TagBytes.big(0))
    for level in 0..<30_000 { atoms += TagBytes.big(8 * (30_000 - level)) + Array("moov".utf8) }
    var chapters: [UInt8] = []
    for level in 0..<10_000 {
      chapters += Array("CHAP".utf8) + TagBytes.synchsafe(28 * (10_000 - level) - 10) + [0, 0]
      chapters += Array("x\0".utf8) + [UInt8](repeating: 0, count: 16)
    }
    let nested = Array("ID3".utf8) + [4, 0, 0] + TagBytes.synchsafe(chapters.count) + chapters
    let cut = try bytes(of: "stereo.flac").prefix(60)
    for (bytes, isMPEG) in [(atoms, false), (nested, true), (Array(cut), false), ([], false)] {
      let source = try? ByteSource(bytes: bytes, name: "x")
      guard let source else { continue }
      let start = ContinuousClock.now
      _ = try? GenreTags.edit(source, isMPEG: isMPEG, genres: ["Folk"])
      #expect(ContinuousClock.now - start < .seconds(20))
    }
  }
}
