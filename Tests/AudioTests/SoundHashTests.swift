import Foundation
import TestSupport
import Testing

@testable import Audio

/// The hash of a file's sound: the same for all tags, another for all other sound.
@Suite(.tags(.hand, .property)) struct SoundHashTests {
  private func hash(_ bytes: [UInt8]) throws -> SoundHash? {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return SoundHash(ofFile: path)
  }

  @Test func tagsAroundMPEGChangeNothing() throws {
    let sound = try bytes(of: "joint-44k.mp3")
    let plain = try #require(try hash(sound))
    let id3 = TagBytes.id3v2(4, [("TIT2", TagBytes.utf8("Other title")), ("TCON", TagBytes.utf8("Folk"))])
    let ape = TagBytes.ape([("Title", ["Other"]), ("Artist", ["Somebody"])])
    let old = TagBytes.id3v1(title: "Title", genre: 17)
    for (front, end) in [(id3, []), ([], old), (id3, old), (id3 + id3, ape), ([], ape + old)] {
      #expect(try hash(front + sound + end) == plain)
    }
    var other = sound
    other[other.count / 2] ^= 1
    #expect(try hash(other) != plain)
    #expect(try hash(Array(sound.dropLast(500))) != plain)
    let another = try bytes(of: "mono-48k.mp3")
    #expect(try hash(another) != plain)
  }

  /// Long files are hashed in blocks, which begin with the sound.
  @Test func blocksBeginWithTheSound() throws {
    let sound = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    let tag = TagBytes.id3v2(3, [("TIT2", TagBytes.latin1("x"))], padding: 1000)
    let plain = try hash(sound)
    #expect(try hash(tag + sound) == plain)
    #expect(try hash(Array(sound.dropFirst())) != plain)
  }

  /// As libsndfile writes and tags them.
  @Test(arguments: [SoundFormat.wav, SoundFormat.aiff, SoundFormat.flac, SoundFormat.vorbis])
  func tagsInContainersChangeNothing(format: Int) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func sound(_ pitch: Float) -> [Float] { (0..<40_000).map { sin(Float($0) * pitch) / 2 } }
    func file(_ name: String, pitch: Float = 0.1, strings: [Int: String] = [:]) throws -> SoundHash? {
      try #require(writeSound(sound(pitch), format: format, strings: strings, to: folder + "/" + name))
      return SoundHash(ofFile: folder + "/" + name)
    }
    let plain = try #require(try file("plain"))
    #expect(try file("tagged", strings: SoundFormat.strings) == plain)
    #expect(try file("other", pitch: 0.11) != plain)
    let sizes = try ["plain", "tagged"].map {
      try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)")).count
    }
    #expect(sizes[0] != sizes[1])
  }

  @Test func mediaDataOfMP4Counts() throws {
    let (first, second) = ((0..<5000).map { UInt8(truncatingIfNeeded: $0) }, [UInt8](repeating: 7, count: 90))
    let plain = TagBytes.mp4([]) + TagBytes.atom("mdat", first) + TagBytes.atom("mdat", second)
    let tagged =
      TagBytes.mp4([("title", ["Title"])]) + TagBytes.atom("free", [0, 0]) + TagBytes.atom("mdat", first)
      + TagBytes.atom("mdat", second)
    let found = try #require(try hash(plain))
    #expect(try hash(tagged) == found)
    #expect(try hash(TagBytes.mp4([]) + TagBytes.atom("mdat", second)) != found)
  }

  /// Whatever a file says of its parts, something is hashed, and all of it where nothing is understood.
  @Test func damagedFilesHaveAHash() throws {
    var all: Set<SoundHash> = []
    let starts: [[UInt8]] = [
      Array("fLaC".utf8), Array("fLaC".utf8) + [0x80, 0xFF, 0xFF, 0xFF], Array("OggS".utf8),
      Array("OggS".utf8) + [UInt8](repeating: 255, count: 60), Array("RIFF".utf8) + [255, 255, 255, 255],
      Array("RIFFxxxxWAVEdata".utf8) + [255, 255, 255, 255, 1],
      Array("FORMxxxxAIFFSSND".utf8) + [255, 255, 255, 255, 2],
      [0, 0, 0, 8] + Array("ftyp".utf8) + [0, 0, 0, 1] + Array("mdat".utf8) + [
        255, 255, 255, 255, 255, 255, 255, 255,
      ],
      [0, 0, 0, 8] + Array("ftyp".utf8) + [0, 0, 0, 0],
      Array("ID3".utf8) + [4, 0, 0, 0x7F, 0x7F, 0x7F, 0x7F], [0],
    ]
    for start in starts { all.insert(try #require(try hash(start))) }
    #expect(all.count == starts.count)
    #expect(SoundHash(ofFile: "/nonexistent") == nil && SoundHash(ofFile: "/tmp") == nil)
    let folder = try #require(all.first)
    #expect(
      SoundHash("\(folder)") == folder && SoundHash("12") == nil && SoundHash("000000000000000g") == nil)
  }
}
