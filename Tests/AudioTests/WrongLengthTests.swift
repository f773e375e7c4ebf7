import Audio
import Files
import TestSupport
import Testing

/// Lengths in headers are held against the bytes that are there.
@Suite(.tags(.hostile)) struct WrongLengthTests {
  private let pcm = MadeSound.pcm(seconds: 1)
  private var whole: [Float] { SyntheticSound.samples(count: 22_050) }

  @Test func waveLengthsThatAreUnknown() throws {
    // An interrupted recorder, and a stream.
    let interrupted = try Heard(wav(data: pcm, dataLength: 0))
    #expect(
      interrupted.samples == whole && interrupted.codes == [.headerLength] && interrupted.probe.seconds == 1)
    #expect(interrupted.notes[0].message.contains("44100 bytes"))
    let streamed = try Heard(wav(data: pcm, dataLength: 0xFFFF_FFFF))
    #expect(streamed.samples == whole && streamed.notes.isEmpty && streamed.probe.seconds == 1)
    // No sound is no sound.
    #expect(code { _ = try Heard(wav(data: [], dataLength: 0)) } == nil)
    #expect(try Heard(wav(data: [], dataLength: 0)).samples.isEmpty)
  }

  @Test func waveLengthsThatAreWrong() throws {
    let promised = try Heard(wav(data: pcm, dataLength: 2 * pcm.count))
    #expect(promised.samples == whole && promised.codes == [.cutShort] && promised.probe.seconds == 1)
    #expect(promised.notes[0].missingSeconds == 1)
    let short = try Heard(wav(data: pcm, dataLength: pcm.count / 2))
    #expect(short.samples == Array(whole[..<11_025]) && short.codes == [.headerLength])
    #expect(short.notes[0].byteCount == pcm.count / 2)
    // A chunk behind the sound is no sound, and no fault; the length of the whole file does not matter.
    var list = wav(data: pcm) + Array("LIST".utf8) + [4, 0, 0, 0] + Array("INFO".utf8)
    #expect(try Heard(list).notes.isEmpty)
    list.replaceSubrange(4..<8, with: [1, 0, 0, 0])
    #expect(try Heard(list).samples == whole && Heard(list).notes.isEmpty)
  }

  @Test func rf64Lengths() throws {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let plain = wav(data: pcm)
    let bytes =
      Array("RF64".utf8) + little(0xFFFF_FFFF, 4) + Array("WAVEds64".utf8) + little(28, 4)
      + little(72 + pcm.count, 8) + little(pcm.count, 8) + little(22_050, 8) + little(0, 4) + plain[12..<40]
      + little(0xFFFF_FFFF, 4) + pcm
    let right = try Heard(bytes)
    #expect(right.samples == whole && right.notes.isEmpty && right.probe.container == "rf64")
    let cut = try Heard(Array(bytes.dropLast(pcm.count / 2)))
    #expect(
      cut.samples == Array(whole[..<11_025]) && cut.codes == [.cutShort] && cut.notes[0].missingSeconds == 0.5
    )
    // An interrupted recorder, whose chunk of lengths is zeros, with either mark in the chunk of sound.
    for mark in [0, 0xFFFF_FFFF] {
      var interrupted = bytes
      interrupted.replaceSubrange(20..<48, with: [UInt8](repeating: 0, count: 28))
      interrupted.replaceSubrange(76..<80, with: little(mark, 4))
      let heard = try Heard(interrupted)
      #expect(heard.samples == whole && heard.codes == [.headerLength] && heard.probe.seconds == 1, "\(mark)")
    }
    // No room for a length in its chunk.
    let roomless = Array(bytes[..<16]) + little(0, 4) + plain[12..<40] + little(0, 4) + pcm
    #expect(code { _ = try Heard(roomless) } == .damaged)
  }

  @Test func w64Lengths() throws {
    let tail: [UInt8] = [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0x00, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A]
    let riff: [UInt8] = [0x2E, 0x91, 0xCF, 0x11, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0, 0]
    func w64(_ declared: UInt64) -> [UInt8] {
      func little(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
      return Array("riff".utf8) + riff + little(UInt64(104 + pcm.count)) + Array("wave".utf8) + tail
        + Array("fmt ".utf8) + tail + little(40) + wav(data: pcm)[20..<36] + Array("data".utf8) + tail
        + little(declared) + pcm
    }
    for (declared, codes) in [
      (UInt64(24 + pcm.count), []), (0, [AudioNote.Code.headerLength]), (24, [.headerLength]), (.max, []),
      (.max >> 1, []),
    ] {
      let heard = try Heard(w64(declared))
      #expect(heard.samples == whole && heard.codes == codes && heard.probe.seconds == 1, "\(declared)")
    }
  }

  @Test func auLengthsAndNumbersThatLie() throws {
    let swapped = stride(from: 0, to: pcm.count, by: 2).flatMap { [pcm[$0 + 1], pcm[$0]] }
    func au(_ declared: Int, encoding: Int = 3, rate: Int = 22_050, channels: Int = 1) -> [UInt8] {
      Array(".snd".utf8) + [24, declared, encoding, rate, channels].flatMap(TagBytes.big) + swapped
    }
    #expect(try Heard(au(pcm.count)).samples == whole && Heard(au(pcm.count)).notes.isEmpty)
    #expect(try Heard(au(0)).samples == whole && Heard(au(0)).codes == [.headerLength])
    // The numbers multiply to more than an integer holds.
    let most = Int(UInt32.max)
    #expect(code { _ = try Heard(au(most, encoding: 7, rate: most, channels: most)) } == .damaged)
    #expect(code { _ = try Heard(au(most, rate: 0)) } == .damaged)
    // Samples without a header look like three frames of MPEG in one place.
    #expect(code { _ = try Heard(swapped) } == .unknownFormat)
  }

  @Test func aiffLengths() throws {
    func big(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let swapped = stride(from: 0, to: pcm.count, by: 2).flatMap { [pcm[$0 + 1], pcm[$0]] }
    func aiff(_ declared: Int, frames: Int) -> [UInt8] {
      // 22 050 Hz as an 80-bit number.
      let rate: [UInt8] = [0x40, 0x0D, 0xAC, 0x44, 0, 0, 0, 0, 0, 0]
      return Array("FORM".utf8) + big(46 + pcm.count, 4) + Array("AIFFCOMM".utf8) + big(18, 4) + big(1, 2)
        + big(frames, 4) + big(16, 2) + rate + Array("SSND".utf8) + big(declared, 4) + big(0, 8) + swapped
    }
    let right = try Heard(aiff(pcm.count + 8, frames: 22_050))
    #expect(right.samples == whole && right.notes.isEmpty)
    for declared in [0, 8] {
      let heard = try Heard(aiff(declared, frames: 0))
      #expect(
        heard.samples == whole && heard.codes == [.headerLength] && heard.probe.seconds == 1, "\(declared)")
    }
    let cut = try Heard(Array(aiff(pcm.count + 8, frames: 22_050).dropLast(pcm.count / 2)))
    #expect(cut.samples == Array(whole[..<11_025]) && cut.codes == [.cutShort])
    #expect(cut.notes[0].missingSeconds == 0.5)
    // An interrupted copy within the chunk's own header.
    for count in 54...64 {
      #expect(code { _ = try Heard(Array(aiff(8, frames: 0)[..<count])) } != .unknownFormat, "\(count)")
    }
    let tagged = try Heard(MadeSound.id3(90_000) + aiff(pcm.count + 8, frames: 22_050))
    #expect(tagged.samples == whole && tagged.notes.isEmpty)
  }

  @Test func tagsInFrontCutNothing() throws {
    // A long tag: its length used to be missing at the end of the sound.
    for file in [wav(data: pcm), try bytes(of: "stereo.flac"), try bytes(of: "stereo.ogg")] {
      let (plain, tagged) = (try Heard(file), try Heard(MadeSound.id3(90_000) + file))
      #expect(tagged.samples == plain.samples && tagged.notes.isEmpty)
      // A footer repeats the header (ID3v2.4).
      var footed = MadeSound.id3(90_000)
      footed[5] = 0x10
      let withFooter = try Heard(footed + Array("3DI".utf8) + footed[3..<10] + file)
      #expect(withFooter.samples == plain.samples && withFooter.notes.isEmpty)
      #expect(tagged.probe.container == plain.probe.container && tagged.probe.seconds == plain.probe.seconds)
    }
  }

  @Test func damagedFLACGoesOn() throws {
    let clean = try MadeSound.flac(seconds: 3)
    let whole = try Heard(clean).samples
    var flipped = clean
    flipped[clean.count / 2] ^= 0x10
    let junk =
      Array(clean[..<(clean.count / 2)]) + [UInt8](repeating: 0, count: 20_000) + clean[(clean.count / 2)...]
    for bytes in [flipped, junk] {
      let heard = try Heard(bytes)
      // One block of 4096 samples is lost.
      #expect(heard.samples.count == whole.count - 4_096 && heard.codes == [.skipped])
      // The probe sees it without decoding, and counts.
      #expect(heard.probe.seconds == heard.seconds && heard.probe.notes == heard.notes)
      #expect(Array(heard.samples.suffix(20_000)) == Array(whole.suffix(20_000)))
      #expect(
        heard.notes[0].missingSeconds == 0.186 && heard.notes[0].message.hasSuffix("0.19 s of sound are lost")
      )
    }
    // What comes after the last frame.
    for promised in [true, false] {
      var bytes = clean
      if !promised { for index in 21..<26 { bytes[index] &= index == 21 ? 0xF0 : 0 } }
      let more = try Heard(bytes + Array("something else".utf8))
      #expect(more.samples == whole && more.codes == [.skipped] && more.probe.notes == more.notes)
      #expect(more.notes[0].byteCount == 14 && more.notes[0].seconds == 3)
      #expect(try Heard(bytes + [UInt8](repeating: 0, count: 3_000)).notes.isEmpty)
      let long = try Heard(bytes + Array(repeatElement(Array("no sound ".utf8), count: 60_000).joined()))
      #expect(long.samples == whole && long.notes[0].byteCount == 540_000)
      let joined = try Heard(bytes + [1, 2, 3] + clean)
      #expect(joined.samples == whole + whole && joined.codes == [.skipped, .joined])
    }
    let cut = try Heard(Array(clean[..<(clean.count / 2)]))
    #expect(cut.codes == [.cutShort] && whole.starts(with: cut.samples) && cut.probe.seconds == cut.seconds)
    // Headers that promise nothing, or half.
    for promised in [0, 33_075] {
      var bytes = clean
      bytes[21] &= 0xF0
      for byte in 0..<4 { bytes[22 + byte] = UInt8(truncatingIfNeeded: promised >> (24 - 8 * byte)) }
      let heard = try Heard(bytes)
      #expect(heard.samples == whole && heard.probe.seconds == 3 && heard.probe.lengthSource == .counted)
      #expect(heard.codes == (promised == 0 ? [] : [.headerLength]))
    }
  }

  @Test func damagedOggSaysWhatIsMissing() throws {
    let clean = try bytes(of: "stereo.ogg")
    let cut = try Heard(Array(clean[..<(clean.count * 2 / 3)]))
    #expect(cut.codes == [.cutShort] && cut.probe.seconds == cut.seconds && cut.seconds > 0)
    #expect(cut.notes[0].message.contains("without its end mark"))
    var flipped = clean
    flipped[clean.count - 200] ^= 1
    let damaged = try Heard(flipped)
    #expect(damaged.codes == [.skipped] && damaged.probe.seconds == damaged.seconds)
    let more = try Heard(clean + Array("something else".utf8))
    #expect(more.codes == [.skipped] && more.notes[0].byteCount == 14)
  }
}
