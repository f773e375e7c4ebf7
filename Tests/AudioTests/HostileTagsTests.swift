import Foundation
import TestSupport
import Testing

@testable import Audio

/// Tags made to crash, hang or exhaust a reader.
@Suite(.tags(.hostile)) struct HostileTagsTests {
  /// Reads on a thread with little stack, as the threads of a pool have it.
  func read(_ bytes: [UInt8], isMPEG: Bool = false) async -> AudioTags? { await read([(bytes, isMPEG)])[0] }

  /// Reads several files one after the other on such a thread.
  func read(_ files: [(bytes: [UInt8], isMPEG: Bool)]) async -> [AudioTags?] {
    await withCheckedContinuation { continuation in
      let thread = Thread {
        continuation.resume(
          returning: files.map { file in
            let source = try? ByteSource(bytes: file.bytes, name: "x")
            return source.map { AudioTags.read($0, isMPEG: file.isMPEG).tags }
          })
      }
      thread.stackSize = 256 << 10
      thread.start()
    }
  }

  @Test func chaptersInChapters() async throws {
    var body: [UInt8] = []
    let depth = 10_000
    for level in 0..<depth {
      let size = 28 * (depth - level) - 10
      body += Array("CHAP".utf8) + TagBytes.synchsafe(size) + [0, 0] + Array("x\0".utf8)
      body += [UInt8](repeating: 0, count: 16)
    }
    let tag = Array("ID3".utf8) + [4, 0, 0] + TagBytes.synchsafe(body.count) + body
    #expect(await read(tag, isMPEG: true) == AudioTags())
  }

  @Test func atomsInAtoms() async throws {
    let depth = 30_000
    var file = TagBytes.atom("ftyp", Array("M4A ".utf8) + TagBytes.big(0))
    for level in 0..<depth { file += TagBytes.big(8 * (depth - level)) + Array("moov".utf8) }
    #expect(await read(file) == AudioTags())
  }

  @Test func atomsWithoutEnd() async throws {
    var file = TagBytes.atom("ftyp", Array("M4A ".utf8))
    let atom = TagBytes.atom("free", [])
    for _ in 0..<150_000 { file += atom }
    #expect(await read(file) == AudioTags())
  }

  @Test func thousandsOfEmptyTexts() async throws {
    let texts = String(repeating: "a\0", count: 1 << 16)
    let tag = TagBytes.id3v2(4, [("TIT2", TagBytes.utf8(texts)), ("TALB", TagBytes.utf8("LP"))])
    let tags = try #require(await read(tag, isMPEG: true))
    // Too long a text is passed over, what follows is read.
    #expect(tags.title == nil && tags.album == "LP")
  }

  @Test func lengthsThatLie() async throws {
    var tag = TagBytes.id3v2(4, [("TIT2", TagBytes.utf8("T"))])
    tag.replaceSubrange(6..<10, with: [0x7F, 0x7F, 0x7F, 0x7F])
    _ = await read(tag, isMPEG: true)
    let comment = TagBytes.little(Int(UInt32.max)) + TagBytes.little(Int(UInt32.max))
    let head = Array("fLaC".utf8) + [0, 0, 0, 34] + [UInt8](repeating: 0, count: 34)
    for count in [comment.count, 0xFFFFFF] {
      _ = await read(head + [0x84] + TagBytes.big(count)[1...] + comment)
    }
    var ape = TagBytes.ape([("Title", ["T"])])
    let field = ape.count - 20
    ape.replaceSubrange(field..<field + 4, with: TagBytes.little(Int(UInt32.max)))
    _ = await read(ape, isMPEG: true)
    _ = await read(
      Array("RIFF".utf8) + TagBytes.little(-1) + Array("WAVELIST".utf8) + TagBytes.little(-1))
  }

  /// Bytes changed at random, in tags of all kinds: texts or none, no crash.
  @Test func damagedTags() async throws {
    let frames = [
      ("TIT2", TagBytes.utf8("T")), ("TCON", TagBytes.utf8("17", "(80)")),
      ("COMM", [3, 0x65, 0x6E, 0x67, 0, 0x63]),
      ("APIC", [0, 0x61, 0, 3, 0, 1, 2, 3]), ("TYER", TagBytes.latin1("1999")),
    ]
    let comment = TagBytes.vorbisComment(["GENRE=Rock", "METADATA_BLOCK_PICTURE=AAAA"])
    let seeds = [
      TagBytes.id3v2(2, [("TT2", TagBytes.latin1("T")), ("TCO", TagBytes.latin1("(17)"))]),
      TagBytes.id3v2(3, frames),
      TagBytes.id3v2(4, frames), TagBytes.ape([("Title", ["T"])]) + TagBytes.id3v1(title: "T", genre: 17),
      TagBytes.mp4([("\u{A9}nam", ["T"])]),
      Array("fLaC".utf8) + [0x84] + TagBytes.big(comment.count)[1...] + comment,
      try bytes(of: "stereo.ogg"),
    ]
    var state: UInt32 = 7
    func random(below bound: Int) -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 8) % bound
    }
    var files: [(bytes: [UInt8], isMPEG: Bool)] = []
    for round in 0..<700 {
      var file = seeds[round % seeds.count]
      for _ in 0...random(below: 8) { file[random(below: min(file.count, 300))] = UInt8(random(below: 256)) }
      if random(below: 4) == 0 { file.removeLast(random(below: file.count)) }
      files.append((file.isEmpty ? [0] : file, round % 3 == 0))
    }
    for tags in await read(files) { #expect(try #require(tags).genres.allSatisfy { !$0.isEmpty }) }
  }
}
