import Files
import TestSupport
import Testing

@Suite(.tags(.hand)) struct PathTextTests {
  @Test("every sequence of bytes has a text of its own and comes back")
  func roundTrip() {
    var generator = SystemRandomNumberGenerator()
    let pieces: [[UInt8]] = [
      [0xE9], [0xC3, 0xA9], [0x65, 0xCC, 0x81], [0xF4, 0x8F, 0xBA, 0x80], [0xF4, 0x8F, 0xBB, 0xBF],
      [0xF4, 0x8F], [0xFF],
      [0x2F], [0x61], [0xE2, 0x82], [0xED, 0xB3, 0xA9], [0xC0, 0xAF], [0xF0, 0x9F, 0x8E, 0xB5],
    ]
    var texts: [Spelling: [UInt8]] = [:]
    for _ in 0..<5000 {
      let bytes = (0..<Int.random(in: 0...6, using: &generator)).flatMap { _ in
        pieces.randomElement(using: &generator) ?? []
      }
      let text = String(pathBytes: bytes)
      #expect(text.pathBytes == bytes)
      #expect(texts.updateValue(bytes, forKey: Spelling(text)) ?? bytes == bytes)
    }
  }

  @Test("UTF-8 stays as it is, and only the bytes that are none are replaced")
  func plain() {
    #expect(String(pathBytes: Array("cafe\u{301}.wav".utf8)).isSpelled(like: "cafe\u{301}.wav"))
    let text = String(pathBytes: [0x63, 0xE9, 0x2E])
    #expect(text.unicodeScalars.map(\.value) == [0x63, 0x10FEE9, 0x2E])
    #expect(text.holdsRawBytes && text.shown == #"c\xe9."#)
  }

  @Test("two spellings of a word are two keys")
  func spellings() {
    #expect("é" == "e\u{301}")
    #expect(Spelling("é") != Spelling("e\u{301}"))
    #expect(Set([Spelling("é"), Spelling("e\u{301}"), Spelling("é")]).count == 2)
  }

  @Test("parts are cut at slashes and dots also where a combining mark follows")
  func parts() {
    #expect(lastName("a/\u{301}b").isSpelled(like: "\u{301}b"))
    #expect(folder(of: "a/\u{301}b") == "a")
    #expect(fileExtension("x.\u{301}MP3").isSpelled(like: "\u{301}mp3"))
    #expect(fileExtension("x.mp3\u{301}").isSpelled(like: "mp3\u{301}"))
    #expect(replacingExtension("a.b/x.npy", with: "csv") == "a.b/x.csv")
    #expect(replacingExtension("a.b/x", with: "csv") == "a.b/x.csv")
    #expect(fileExtension(".hidden") == "" && fileExtension("a/.hidden") == "")
    #expect(folder(of: "x") == "" && folder(of: "/x") == "/" && folder(of: "a/b/") == "a")
    #expect(normalized("/a/../../b//./c") == "/b/c" && normalized("../a/..") == "..")
    #expect(below("a/b", "a") == "b" && below("ab", "a") == nil && below("/x", "/") == "x")
    #expect(relative("/a/e\u{301}/x", to: "/a/é").isSpelled(like: "../e\u{301}/x"))
  }
}
