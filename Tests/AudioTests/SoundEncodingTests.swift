import Audio
import Files
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand)) struct SoundEncodingTests {
  private let sound = Waveform(samples: SyntheticSound.samples(count: 33_333), sampleRateHz: 22_050)

  @Test func flacIsExactToSixteenBits() throws {
    // SyntheticSound is made of 16-bit integers.
    let bytes = try sound.encoded(as: .flac)
    #expect(try Waveform.load(AudioReader(bytes: bytes, name: "x"), sampleRateHz: nil) == sound)
    let probe = try AudioProbe(bytes: bytes, name: "x")
    #expect(probe.container == "flac" && probe.codec == "pcm-16" && probe.seconds == sound.seconds)
    #expect(bytes.count < 2 * sound.samples.count)
  }

  @Test func flacRoundsToTheNearestAndClips() throws {
    let step: Float = 1 / 32_768
    let samples: [Float] = [0.4 * step, 0.6 * step, -0.6 * step, 1.5, -1.5, 0.25]
    let bytes = try Waveform(samples: samples, sampleRateHz: 8_000).encoded(as: .flac)
    let read = try Waveform.load(AudioReader(bytes: bytes, name: "x"), sampleRateHz: nil)
    #expect(read.samples == [0, step, -step, 1 - step, -1, 0.25])
  }

  @Test(arguments: [(22_050, 64_000), (22_050, 8_000), (44_100, 64_000), (44_100, 320_000), (11_025, 24_000)])
  func mp3HasTheBitRateAskedFor(rate: Int, bitRate: Int) throws {
    let sound = Waveform(samples: SyntheticSound.samples(count: 6 * rate), sampleRateHz: rate)
    let probe = try AudioProbe(bytes: try sound.encoded(as: .mp3(bitRate: bitRate)), name: "x")
    #expect(probe.codec == "mp3" && probe.sampleRateHz == rate && probe.channels == 1)
    // The LAME tag and the codec's delay make up to four frames of 576 or 1152 samples more than the sound is long.
    let more = Double(4 * (rate >= 32_000 ? 1_152 : 576)) / Double(6 * rate)
    let found = try #require(probe.bitRate)
    #expect(Double(found) / Double(bitRate) > 0.995)
    #expect(Double(found) / Double(bitRate) < 1.005 + more, "\(found)")
    // A frame of few bytes has no room for the tag: the codec's delay stays in the sound.
    let hasTag = bitRate >= 64_000
    #expect(hasTag ? probe.seconds == sound.seconds : probe.seconds > sound.seconds)
    #expect(probe.seconds < sound.seconds * (1 + more))
  }

  /// The decoder takes away the delay that the LAME tag names: the same number of samples, at the same places.
  @Test(arguments: [22_050, 44_100]) func mp3KeepsLengthAndPlace(rate: Int) throws {
    let sound = Waveform(samples: SyntheticSound.samples(count: 40_001), sampleRateHz: rate)
    let bytes = try sound.encoded(as: .mp3(bitRate: 64_000))
    let read = try Waveform.load(AudioReader(bytes: bytes, name: "x"), sampleRateHz: nil)
    #expect(read.samples.count == sound.samples.count)
    func product(_ lag: Int) -> Double {
      (10_000..<12_000).reduce(0) { $0 + Double(sound.samples[$1]) * Double(read.samples[$1 + lag]) }
    }
    let best = (-1_200...1_200).max { product($0) < product($1) }
    #expect(best == 0)
    #expect(signalToNoise(read.samples, sound.samples) > 10)
  }

  @Test func moreBitsAreNearer() throws {
    let ratios = try [16_000, 64_000, 160_000].map { bitRate in
      let bytes = try sound.encoded(as: .mp3(bitRate: bitRate))
      return signalToNoise(
        try Waveform.load(AudioReader(bytes: bytes, name: "x"), sampleRateHz: nil).samples, sound.samples)
    }
    #expect(ratios[0] < ratios[1] && ratios[1] < ratios[2], "\(ratios)")
  }

  @Test func stereoStaysStereo() throws {
    let left = SyntheticSound.samples(count: 20_000)
    let stereo = InterleavedSound(
      samples: left.flatMap { [$0, -0.5 * $0] }, channelCount: 2, sampleRateHz: 44_100)
    var reader = try AudioReader(bytes: try stereo.encoded(as: .flac), name: "x")
    var read = [Float](repeating: 0, count: 40_000)
    var span = read.mutableSpan
    let count = try reader.readInterleaved(into: &span)
    #expect(count == 20_000 && reader.channelCount == 2)
    expectClose(read, stereo.samples, absolute: 0.5 / 32_768)
    let probe = try AudioProbe(bytes: try stereo.encoded(as: .mp3(bitRate: 64_000)), name: "x")
    let bitRate = try #require(probe.bitRate)
    #expect(probe.channels == 2 && abs(bitRate - 64_000) < 16_000)
  }

  @Test func sameSoundSameBytes() throws {
    for encoding in [SoundEncoding.flac, .mp3(bitRate: 64_000)] {
      #expect(try sound.encoded(as: encoding) == sound.encoded(as: encoding))
    }
  }

  @Test func filesAppearWholeOrNotAtAll() throws {
    try withFolder { folder in
      let path = folder.appending(path: "out.mp3").path
      try sound.write(.mp3(bitRate: 64_000), to: path)
      #expect(try Data(contentsOf: URL(filePath: path)) == Data(sound.encoded(as: .mp3(bitRate: 64_000))))
      #expect(code { try sound.write(.flac, to: folder.path + "/none/out.flac") } == .inputOutput)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.mp3"])
    }
  }

  @Test func whatCannotBeEncodedIsRefused() {
    func refused(_ samples: [Float], _ rate: Int, _ encoding: SoundEncoding) -> CodedError.Code? {
      code { _ = try Waveform(samples: samples, sampleRateHz: rate).encoded(as: encoding) }
    }
    #expect(refused([], 8_000, .flac) == .empty)
    #expect(refused([.nan], 8_000, .flac) == .unsupported)
    #expect(refused([0], 96_000, .mp3(bitRate: 64_000)) == .unsupported)
    #expect(refused([0], 22_050, .mp3(bitRate: 320_000)) == .unsupported)
    #expect(refused([0], 22_050, .mp3(bitRate: 0)) == .unsupported)
    #expect(refused([0], 22_050, .mp3(bitRate: .max)) == .unsupported)
    #expect(refused([0], .max, .flac) == .unsupported)
    let many = InterleavedSound(samples: [0, 0, 0], channelCount: 3, sampleRateHz: 44_100)
    #expect(code { _ = try many.encoded(as: .mp3(bitRate: 64_000)) } == .unsupported)
  }

  /// In dB.
  private func signalToNoise(_ actual: [Float], _ expected: [Float]) -> Double {
    let noise = zip(actual, expected).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }
    return 10 * log10(expected.reduce(0.0) { $0 + Double($1) * Double($1) } / noise)
  }
}
