import Audio
import Files
import TestSupport
import Testing

/// Sound behind damage, junk and wrong counts is not lost, and what is skipped is said.
@Suite(.tags(.hostile)) struct DamagedMP3Tests {
  private let frameSeconds = 1152.0 / 44_100

  @Test func anUnharmedFileHasNoNotes() throws {
    let clean = try Heard(MadeSound.mp3(seconds: 2))
    #expect(clean.samples.count == 88_200 && clean.notes.isEmpty && clean.probe.notes.isEmpty)
    // Tags around it and zeros behind it are no damage.
    let tags =
      MadeSound.id3(300) + (try MadeSound.mp3(seconds: 2)) + [UInt8](repeating: 0, count: 700)
      + Array("TAG".utf8) + [UInt8](repeating: 0, count: 125)
    let tagged = try Heard(tags)
    #expect(tagged.samples == clean.samples && tagged.notes.isEmpty && tagged.probe.seconds == 2)
  }

  /// Each bit of a header in the middle, one at a time.
  @Test func aFlippedBitInAHeaderCostsThatFrame() throws {
    let clean = try MadeSound.mp3(seconds: 2)
    let whole = try Heard(clean).samples
    let header = MadeSound.frames(clean)[40]
    for bit in 0..<32 {
      var bytes = clean
      bytes[header + bit / 8] ^= 1 << (bit % 8)
      let heard = try Heard(bytes)
      // Some bits change nothing that counts: copyright, emphasis, ...; a wrong length costs the frame after it at most.
      #expect(heard.seconds > 2 - 2.5 * frameSeconds && heard.seconds <= 2, "bit \(bit): \(heard.seconds) s")
      #expect(heard.probe.seconds == heard.seconds && heard.probe.lengthSource == .counted, "bit \(bit)")
      #expect(heard.probe.notes == heard.notes, "bit \(bit)")
      if heard.samples.count < whole.count {
        #expect(heard.codes == [.skipped], "bit \(bit)")
        let note = try #require(heard.notes.first)
        #expect(abs((note.seconds ?? 0) - (39 * frameSeconds - 1105.0 / 44_100)) < 0.002)
        // The end is that of the unharmed file.
        expectClose(Array(heard.samples.suffix(20_000)), Array(whole.suffix(20_000)), absolute: 2e-6)
      }
    }
  }

  /// More of them than any search for a first frame looks at; a tag may be before them.
  @Test(arguments: [70_000, 300_000]) func zerosInFrontAreNoDamage(count: Int) throws {
    let clean = try MadeSound.mp3(seconds: 2)
    let whole = try Heard(clean).samples
    let zeros = [UInt8](repeating: 0, count: count)
    for front in [zeros, MadeSound.id3(300) + zeros] {
      let heard = try Heard(front + clean)
      #expect(heard.samples == whole && heard.notes.isEmpty && heard.probe.seconds == 2)
    }
    #expect(throws: CodedError.self) { _ = try Heard(zeros) }
  }

  @Test(arguments: ["zeros", "text", "ones"]) func junkInsideIsSkipped(kind: String) throws {
    let clean = try MadeSound.mp3(seconds: 2)
    let count = 100_000
    let junk: [UInt8] =
      switch kind {
      case "zeros": [UInt8](repeating: 0, count: count)
      case "ones": [UInt8](repeating: 0xFF, count: count)
      default: Array(Array(repeating: Array("junk between frames ".utf8), count: count / 20).joined())
      }
    let cut = MadeSound.frames(clean)[30]
    let heard = try Heard(Array(clean[..<cut]) + junk + Array(clean[cut...]))
    #expect(heard.samples.count == 88_200 && heard.probe.seconds == 2)
    #expect(heard.codes == [.skipped] && heard.notes[0].byteCount == count)
    #expect(heard.notes[0].message.contains("\(count) bytes"))
    let whole = try Heard(clean).samples
    expectClose(Array(heard.samples.suffix(20_000)), Array(whole.suffix(20_000)), absolute: 2e-6)
  }

  @Test func anyCountInTheInformationFrameGivesAllFrames() throws {
    let clean = try MadeSound.mp3(seconds: 2)
    let whole = try Heard(clean).samples
    let offset = try MadeSound.frameCountOffset(clean)
    let right = clean[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    for (count, code) in [
      (1, AudioNote.Code.headerLength), (right / 2, .headerLength), (2 * right, .cutShort),
    ] {
      var bytes = clean
      for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: count >> (24 - 8 * byte)) }
      let heard = try Heard(bytes)
      #expect(heard.codes == [code] && heard.probe.notes == heard.notes, "\(count)")
      #expect(heard.probe.seconds == heard.seconds)
      if code == .headerLength {
        #expect(heard.samples == whole)
      } else {
        // The padding at the end belongs to frames that are missing.
        #expect(heard.samples.starts(with: whole) && heard.samples.count < whole.count + 1_200)
        #expect(abs((heard.notes[0].missingSeconds ?? 0) - 2) < 0.1)
      }
    }
  }

  @Test func aFileThatEndsEarlySaysSo() throws {
    let clean = try MadeSound.mp3(seconds: 2)
    let heard = try Heard(Array(clean[..<(clean.count / 2)]))
    #expect(heard.codes == [.cutShort] && abs(heard.seconds - 1) < 0.05)
    #expect(abs((heard.notes[0].missingSeconds ?? 0) - 1) < 0.05)
    // Without an information frame only the cut frame tells.
    let frames = MadeSound.frames(clean)
    let bare = try Heard(Array(clean[frames[1]..<(frames[30] + 50)]))
    #expect(bare.codes == [.cutShort] && bare.samples.count == 29 * 1152)
    #expect(bare.notes[0].message.contains("middle of a frame"))
  }

  @Test func junkInFrontIsSaid() throws {
    let clean = try MadeSound.mp3(seconds: 1)
    let heard = try Heard(Array("something else".utf8) + clean)
    #expect(heard.samples == (try Heard(clean).samples) && heard.codes == [.skipped])
    #expect(heard.notes[0].byteCount == 14 && heard.notes[0].seconds == 0)
    // A file that was cut out of a longer one begins within a frame.
    let frames = MadeSound.frames(clean)
    let cut = try Heard(Array(clean[(frames[5] + 100)...]))
    #expect(cut.codes == [.skipped] && cut.samples.count == (frames.count - 6) * 1152)
  }

  @Test func aHoleInTheMiddleIsMissing() throws {
    let clean = try MadeSound.mp3(seconds: 2)
    let frames = MadeSound.frames(clean)
    let heard = try Heard(Array(clean[..<(frames[20] + 50)]) + clean[(frames[40] + 50)...])
    // Twenty frames are gone, one is left without its head, or its end.
    #expect(abs(heard.seconds - (2 - 20 * frameSeconds)) < 1.5 * frameSeconds)
    #expect(heard.codes.contains(.cutShort) && heard.probe.seconds == heard.seconds)
    #expect(abs((heard.notes.last?.missingSeconds ?? 0) - 20 * frameSeconds) < 2.5 * frameSeconds)
  }

  @Test func junkBehindTheLastFrameIsSaid() throws {
    let heard = try Heard(try MadeSound.mp3(seconds: 1) + Array("something else".utf8))
    #expect(heard.samples.count == 44_100 && heard.codes == [.skipped] && heard.notes[0].byteCount == 14)
  }

  /// Tags whose length is wrong, between recordings, at the end and in front: no sound is taken for a part of them.
  @Test func tagsThatLie() throws {
    let (clean, whole) = (try MadeSound.mp3(seconds: 2), try Heard(MadeSound.mp3(seconds: 2)).samples)
    let frames = MadeSound.frames(clean)
    // Into the middle of a frame, to a frame, far beyond the end.
    for length in [clean.count / 2 + 37, frames[40], 1 << 27] {
      let id3 = Array("ID3".utf8) + [4, 0, 0] + TagBytes.synchsafe(length)
      let ape =
        Array("APETAGEX".utf8) + [2_000, length, 1, 0xA000_0000].flatMap(TagBytes.little)
        + [UInt8](repeating: 0, count: 8)
      for tag in [id3, ape] {
        let heard = try Heard(clean + tag + clean)
        #expect(heard.samples == whole + whole && heard.codes == [.skipped, .joined], "\(length)")
        #expect(heard.notes[0].byteCount == tag.count && heard.probe.notes == heard.notes)
      }
    }
    let size = clean.count / 2
    let tails = [
      Array("APETAGEX".utf8) + [2_000, size, 1, 0].flatMap(TagBytes.little) + [UInt8](repeating: 0, count: 8),
      Array("0\(size)".utf8.suffix(6)) + Array("LYRICS200".utf8),
      Array("3DI".utf8) + [4, 0, 0x10] + TagBytes.synchsafe(size),
    ]
    for tail in tails {
      let heard = try Heard(clean + tail)
      #expect(heard.samples == whole && heard.codes == [.skipped] && heard.notes[0].byteCount == tail.count)
    }
    // Right ones are no sound, and nothing to be noted.
    let lyrics = Array("LYRICSBEGININD0000210LYR00004text000029LYRICS200".utf8)
    for tail in [
      TagBytes.ape([("Title", ["T"])]), lyrics,
      Array("ID3".utf8) + [4, 0, 0x10, 0, 0, 0, 4, 0, 0, 0, 0]
        + Array("3DI".utf8) + [4, 0, 0x10, 0, 0, 0, 4],
    ] {
      #expect(try Heard(clean + tail).samples == whole && Heard(clean + tail).notes.isEmpty, "\(tail.count)")
    }
    let front = try Heard(Array("ID3".utf8) + [4, 0, 0] + TagBytes.synchsafe(frames[40]) + clean)
    #expect(front.samples == whole && front.codes == [.skipped] && front.notes[0].byteCount == 10)
  }

  /// The information frame of Fraunhofer's encoder is no sound either.
  @Test func fraunhofersInformationFrame() throws {
    let clean = try MadeSound.mp3(seconds: 2)
    let frames = MadeSound.frames(clean)
    let bare = Array(clean[frames[1]...])
    func vbri(_ count: Int) -> [UInt8] {
      var frame = Array(clean[..<frames[1]])
      for index in 4..<frame.count { frame[index] = 0 }
      let fields =
        Array("VBRI".utf8) + [0, 1, 4, 0x31, 0, 75] + TagBytes.big(bare.count) + TagBytes.big(count)
      frame.replaceSubrange(36..<36 + fields.count, with: fields)
      return frame
    }
    let plain = try Heard(bare)
    let heard = try Heard(vbri(frames.count - 1) + bare)
    #expect(heard.samples == plain.samples && heard.notes.isEmpty && heard.probe.seconds == plain.seconds)
    #expect(try Heard(vbri(2 * frames.count) + bare).codes == [.cutShort])
  }

  @Test func mp3InAWaveFile() throws {
    let clean = try MadeSound.mp3(seconds: 1)
    // The format chunk of MPEG layer III has 30 bytes; only its first ones are read.
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let format =
      little(0x55, 2) + little(1, 2) + little(44_100, 4) + little(8_000, 4) + little(1, 2) + little(0, 2)
    let bytes =
      Array("RIFF".utf8) + little(46 + clean.count, 4) + Array("WAVEfmt ".utf8) + little(30, 4) + format
      + [UInt8](repeating: 0, count: 14) + Array("data".utf8) + little(clean.count, 4) + clean
    let heard = try Heard(bytes)
    #expect(heard.probe.container == "wav" && heard.probe.codec == "mp3" && heard.probe.seconds == 1)
    #expect(heard.samples == (try Heard(clean).samples) && heard.notes.isEmpty)
  }

  @Test func seekingPastDamageFindsTheSamePlace() throws {
    let clean = try MadeSound.mp3(seconds: 2)
    let frames = MadeSound.frames(clean)
    var bytes = clean
    bytes[frames[20]] = 0
    bytes.insert(contentsOf: [UInt8](repeating: 0x55, count: 3_000), at: frames[30])
    bytes += try MadeSound.mp3(seconds: 1, rate: 22_050, channels: 2)
    let whole = try Heard(bytes).samples
    for start in [0.1, 0.7, 1.2, 1.9, 2.3] {
      let part = try Waveform.load(
        AudioReader(bytes: bytes, name: "test"), sampleRateHz: nil, startSeconds: start, seconds: 0.2)
      let first = Int(start * 44_100)
      // A seek decodes some frames before the place, not all of them.
      expectClose(part.samples, Array(whole[first..<min(whole.count, first + 8_820)]), absolute: 2e-6)
    }
  }
}
