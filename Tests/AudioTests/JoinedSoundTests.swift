import Audio
import TestSupport
import Testing

/// Files that hold several recordings, one after the other, are heard to their end.
@Suite(.tags(.hand)) struct JoinedSoundTests {
  @Test func joinedMP3() throws {
    let (first, second) = (try MadeSound.mp3(seconds: 1), try MadeSound.mp3(seconds: 2, seed: 2))
    let heard = try Heard(first + second)
    #expect(heard.samples == (try Heard(first).samples + Heard(second).samples))
    #expect(heard.codes == [.joined] && heard.notes[0].seconds == 1)
    #expect(heard.probe.seconds == 3 && heard.probe.notes == heard.notes)
    // Tags between them are no part of either.
    let tagged = first + Array("TAG".utf8) + [UInt8](repeating: 32, count: 125) + MadeSound.id3(500) + second
    #expect(try Heard(tagged).samples == heard.samples && Heard(tagged).codes == [.joined])
  }

  @Test(arguments: [(22_050, 1), (48_000, 2), (24_000, 2), (44_100, 2)])
  func otherRatesAndChannelsBecomeThoseOfTheFirst(rate: Int, channels: Int) throws {
    let first = try MadeSound.mp3(seconds: 1)
    let other = try MadeSound.mp3(seconds: 1, rate: rate, channels: channels, seed: 3)
    let heard = try Heard(first + other)
    #expect(heard.sampleRateHz == 44_100 && heard.samples.count == 88_200 && heard.codes == [.joined])
    #expect(heard.notes[0].message.contains("those of the first") && heard.probe.seconds == 2)
    let alone = try Waveform.load(AudioReader(bytes: other, name: "other"), sampleRateHz: 44_100)
    // Mixed to mono before resampling here and there: the same numbers.
    expectClose(Array(heard.samples.suffix(44_100)), alone.samples, absolute: 1e-6)
  }

  /// 11 025 samples at 11 025 Hz are 12 001 at 12 000 Hz for librosa, whose rounding the resampler has.
  @Test func theProbeRoundsAsTheResamplerDoes() throws {
    let parts = try [12_000, 11_025].map { try MadeSound.mp3(seconds: 1, rate: $0, bitRate: 32_000) }
    let heard = try Heard(parts[0] + parts[1])
    #expect(heard.samples.count == 24_001 && heard.probe.seconds == heard.seconds)
  }

  @Test func joinedOgg() throws {
    let bytes = try bytes(of: "stereo.ogg")
    let one = try Heard(bytes)
    let heard = try Heard(bytes + bytes + bytes)
    #expect(one.notes.isEmpty && heard.samples == one.samples + one.samples + one.samples)
    #expect(heard.codes == [.joined] && heard.notes[0].message.hasPrefix("holds 3 recordings"))
    #expect(heard.probe.lengthSource == .counted && abs(heard.probe.seconds - heard.seconds) < 1e-9)
  }

  /// A second of sound at 1 Hz would become half a day.
  @Test func recordingsOfImpossibleRatesAreLeftOut() throws {
    let first = try MadeSound.flac(seconds: 1)
    var slow = try MadeSound.flac(seconds: 0.2, seed: 2)
    slow.replaceSubrange(18..<20, with: [0, 0])
    slow[20] = slow[20] & 0x0F | 0x10
    let heard = try Heard(first + slow + first)
    let one = try Heard(first).samples
    #expect(heard.samples == one + one && heard.probe.seconds == heard.seconds)
    #expect(heard.codes.contains(.joined))
    #expect(heard.notes.contains { $0.code == .skipped && $0.message.contains("1 channels at 1 Hz") })
  }

  @Test func joinedFLAC() throws {
    let (short, long) = (try MadeSound.flac(seconds: 1), try MadeSound.flac(seconds: 2, seed: 2))
    let samples = (try Heard(short).samples, try Heard(long).samples)
    for (bytes, expected) in [
      (short + long, samples.0 + samples.1), (long + short, samples.1 + samples.0),
      (short + short, samples.0 + samples.0),
    ] {
      let heard = try Heard(bytes)
      #expect(heard.samples == expected && heard.codes == [.joined])
      #expect(abs(heard.probe.seconds - heard.seconds) < 1e-9)
    }
  }
}
