import Audio
import Files
import Foundation
import TestSupport
import Testing

/// Files made to cost time or memory: junk, endless chains of recordings, tags without number.
@Suite(.tags(.hostile)) struct HostileLengthTests {
  /// Several seconds are said of 100 MB in the debug build's slow loops; quadratic work would take hours.
  @Test(.timeLimit(.minutes(2))) func junkAndChainsCostLittle() throws {
    let (mp3, flac) = (try MadeSound.mp3(seconds: 1), try MadeSound.flac(seconds: 0.2))
    let ogg = try bytes(of: "stereo.ogg")
    let frames = MadeSound.frames(mp3)
    func many(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
      Array(repeatElement(bytes, count: count).joined())
    }
    let cases: [(name: String, bytes: [UInt8], seconds: Double)] = [
      ("ones", mp3 + [UInt8](repeating: 0xFF, count: 1_000_000) + mp3, 2),
      ("headers", mp3 + many([0xFF, 0xFB, 0x90, 0], 200_000) + mp3, 2),
      ("tags", mp3 + many(Array("TAG".utf8) + [UInt8](repeating: 0, count: 125), 5_000), 1),
      ("pages", ogg + many(Array("OggS".utf8), 200_000), try Heard(ogg).seconds),
      ("markers", flac + many(Array("fLaC".utf8), 100_000), 0.2),
    ]
    for item in cases {
      let heard = try Heard(item.bytes)
      #expect(abs(heard.seconds - item.seconds) < 0.1, "\(item.name): \(heard.seconds) s")
    }
    // 300 pieces of a recording that all claim to be whole: the notes stay few.
    let pieces = try Heard(many(Array(mp3[..<frames[4]]), 300))
    #expect(pieces.notes.count <= 6)
    #expect(pieces.notes.contains { $0.code == .joined && $0.message.contains("holds 300 recordings") })
    let tags = MadeSound.id3(10)
    #expect(code { _ = try Heard(many(tags, 100_000)) } == .unknownFormat)
  }

  /// Bytes changed, cut out and put in at random, with chains: an `CodedError` or finite sound, and the probe's count is
  /// what decoding gives.
  @Test func anyDamageIsCountedAsItIsDecoded() throws {
    let mp3 = try MadeSound.mp3(seconds: 1)
    var state: UInt32 = 99
    func random(below bound: Int) -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 8) % bound
    }
    for trial in 0..<60 {
      var bytes = trial % 3 == 0 ? mp3 + mp3 : mp3
      for _ in 0...random(below: 6) {
        let place = random(below: bytes.count)
        switch random(below: 3) {
        case 0: bytes[place] = UInt8(random(below: 256))
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + random(below: 500)))
        default:
          bytes.insert(contentsOf: (0..<random(below: 500)).map { _ in UInt8(random(below: 256)) }, at: place)
        }
      }
      do {
        let heard = try Heard(bytes)
        #expect(heard.samples.allSatisfy { $0.isFinite })
        #expect(heard.probe.seconds == heard.seconds, "trial \(trial)")
        #expect(heard.probe.notes == heard.notes, "trial \(trial)")
      } catch { #expect(error is CodedError) }
    }
  }
}
