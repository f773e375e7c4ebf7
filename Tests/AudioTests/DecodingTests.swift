import Audio
import Foundation
import TestSupport
import Testing

let mp3Files = [
  "joint-44k.mp3", "vbr-tags-44k.mp3", "latin-tags-8k.mp3", "free-format-32k.mp3", "mono-48k.mp3",
  "mpeg2-22k.mp3", "low-rate-24k.mp3",
]

@Suite(.tags(.hand, .reference)) struct DecodingTests {
  /// Two builds of libmpg123 round differently in the last bits of single precision.
  private let decoderNoise: Float = 2e-6

  @Test(arguments: mp3Files) func mp3EqualsLibrosa(name: String) throws {
    let expected = try reference(name)
    let sound = try Waveform.load(path: golden(name).path, sampleRateHz: nil)
    #expect(sound.sampleRateHz == expected.rate && sound.samples.count == expected.count)
    expectClose(every(16, of: sound.samples), expected.samples, absolute: decoderNoise)
    // The same from memory, under a name that says nothing.
    let again = try Waveform.load(AudioReader(bytes: bytes(of: name), name: "upload"), sampleRateHz: nil)
    #expect(again == sound)
  }

  @Test(arguments: mp3Files) func seekingIsSampleAccurate(name: String) throws {
    let path = try golden(name).path
    let whole = try Waveform.load(path: path, sampleRateHz: nil)
    for start in [0.1234, 0.4, 0.7] {
      let part = try Waveform.load(path: path, sampleRateHz: nil, startSeconds: start, seconds: 0.1)
      let first = Int(start * Double(whole.sampleRateHz))
      let last = min(whole.samples.count, first + Int(0.1 * Double(whole.sampleRateHz)))
      expectClose(part.samples, Array(whole.samples[first..<last]), absolute: decoderNoise)
    }
  }

  @Test(arguments: mp3Files) func blocksOfAnySizeGiveTheSameSound(name: String) throws {
    let path = try golden(name).path
    let whole = try Waveform.load(path: path, sampleRateHz: nil).samples
    var reader = try AudioReader(path: path)
    var samples: [Float] = []
    var size = 1
    while true {
      var block = [Float](repeating: 9, count: size)
      var span = block.mutableSpan
      let count = try reader.read(into: &span)
      samples += block[..<count]
      if count < size { break }
      size = size * 3 % 4001 + 1
    }
    #expect(samples == whole)
  }

  @Test func flacIsExact() throws {
    let left = SyntheticSound.samples(count: 4000)
    let right = SyntheticSound.samples(count: 4000, seed: 2).reversed()
    let sound = try Waveform.load(path: golden("stereo.flac").path, sampleRateHz: nil)
    #expect(sound.samples == zip(left, right).map { ($0 + $1) / 2 } && sound.sampleRateHz == 44_100)
    let tail = try Waveform.load(path: golden("stereo.flac").path, sampleRateHz: nil, startSeconds: 0.05)
    #expect(tail.samples == Array(sound.samples[2205...]))
  }

  @Test func wav24IsExact() throws {
    let sound = try Waveform.load(path: golden("mono-24bit.wav").path, sampleRateHz: nil)
    #expect(sound.samples == SyntheticSound.samples(count: 2000) && sound.sampleRateHz == 16_000)
  }

  @Test func oggEqualsLibrosa() throws {
    let expected = try reference("stereo.ogg")
    let sound = try Waveform.load(path: golden("stereo.ogg").path, sampleRateHz: nil)
    #expect(sound.samples.count == expected.count)
    // Versions of libvorbis differ in the last bits.
    expectClose(every(16, of: sound.samples), expected.samples, absolute: 1e-5)
  }

  @Test func meanOfManyChannels() throws {
    let frames: [[Float]] = [[0.5, -0.25, 0.75], [1, 1, -1]]
    let data = wav(data: floatBytes(frames.flatMap { $0 }), kind: 3, bits: 32, channels: 3)
    let sound = try Waveform.load(AudioReader(bytes: data, name: "three"), sampleRateHz: nil)
    expectClose(sound.samples, [1.0 / 3, 1.0 / 3], relative: 1e-6)
  }

  @Test func junkInFrontOfFrames() throws {
    let clean = try bytes(of: "joint-44k.mp3")
    let whole = try Waveform.load(AudioReader(bytes: clean, name: "clean"))
    let junk = [UInt8](repeating: 0, count: 3_000) + Array("junk".utf8)
    let found = try Waveform.load(AudioReader(bytes: junk + clean, name: "junk"))
    #expect(found == whole)
  }

  @Test func flacBehindAnID3Tag() throws {
    let tag = Array("ID3".utf8) + [4, 0, 0, 0, 0, 0, 64] + [UInt8](repeating: 0, count: 64)
    let sound = try Waveform.load(
      AudioReader(bytes: tag + bytes(of: "stereo.flac"), name: "x"), sampleRateHz: nil)
    #expect(sound.samples.count == 4000)
  }

  @Test func aTruncatedFileGivesWhatItHas() throws {
    for name in ["joint-44k.mp3", "vbr-tags-44k.mp3", "mono-48k.mp3"] {
      let data = try bytes(of: name)
      let whole = try Waveform.load(AudioReader(bytes: data, name: name), sampleRateHz: nil).samples
      let half = Array(data[..<(data.count / 2)])
      let part = try Waveform.load(AudioReader(bytes: half, name: name), sampleRateHz: nil).samples
      // A VBR file is not half as long at half its bytes: at least something, and what is there is right.
      let common = min(part.count, whole.count / 4)
      #expect(part.count > whole.count / 5 && part.count < whole.count)
      expectClose(Array(part[..<common]), Array(whole[..<common]), absolute: decoderNoise)
    }
    let lying = wav(data: [0, 64, 0, 32], dataLength: 1 << 30)
    #expect(
      try Waveform.load(AudioReader(bytes: lying, name: "wav"), sampleRateHz: nil).samples == [0.5, 0.25])
  }
}
