import Audio
import Foundation
import TestSupport
import Testing

@Suite(.tags(.reference)) struct ResamplerTests {
  @Test(arguments: [
    (44_100, 22_050), (48_000, 22_050), (8_000, 22_050), (32_000, 22_050), (22_050, 16_000),
  ]) func equalsSoxr(from: Int, to: Int) throws {
    let samples = SyntheticSound.samples(count: 12_000)
    let result = try Resampler.resample(samples, fromHz: from, toHz: to)
    #expect(result.count == Int((12_000 * Double(to) / Double(from)).rounded(.up)))
    // Another build of the same library.
    expectClose(every(8, of: result), try readFloats(golden("resample-\(from)-\(to).f32")), absolute: 1e-6)
  }

  @Test func streamsAreCutAnywhere() throws {
    let samples = SyntheticSound.samples(count: 9_000)
    let whole = try Resampler.resample(samples, fromHz: 44_100, toHz: 16_000)
    var resampler = try Resampler(fromHz: 44_100, toHz: 16_000)
    var (result, start) = ([Float](), 0)
    while true {
      let end = min(samples.count, start + 700)
      let input = Array(samples[start..<end])
      var output = [Float](repeating: 0, count: 150)
      var span = output.mutableSpan
      let (consumed, produced) = resampler.process(input.span, isLast: start == samples.count, into: &span)
      start += consumed
      result += output[..<produced]
      if start == samples.count, produced == 0 { break }
    }
    expectClose(Array(result.prefix(whole.count)), Array(whole.prefix(result.count)), absolute: 1e-6)
    #expect(abs(result.count - whole.count) <= 1)
  }

  @Test func aToneKeepsItsPitchAndLevel() throws {
    // 1 kHz at 48 kHz, away from the ends: the pass band of the filter is flat.
    let tone = (0..<9_600).map { Float(sin(2 * Double.pi * Double($0) / 48)) }
    let result = try Resampler.resample(tone, fromHz: 48_000, toHz: 22_050)
    let expected = (0..<result.count).map { Float(sin(2 * Double.pi * 1000 * Double($0) / 22_050)) }
    expectClose(Array(result[500..<3_900]), Array(expected[500..<3_900]), absolute: 1e-4)
  }

  @Test func equalRatesPassThrough() throws {
    let samples = SyntheticSound.samples(count: 1_000)
    #expect(try Resampler.resample(samples, fromHz: 22_050, toHz: 22_050) == samples)
  }

  @Test func windowsAreTheWholeTrack() throws {
    for (name, rate) in [("joint-44k.mp3", 22_050), ("mono-48k.mp3", 22_050), ("stereo.ogg", 16_000)] {
      let path = try golden(name).path
      let whole = try Waveform.load(path: path, sampleRateHz: rate).samples
      var stream = try WaveformStream(path: path, sampleRateHz: rate)
      var (samples, sizes) = ([Float](), [Int]())
      while let window = try stream.nextWindow(sampleCount: 5_000) {
        samples += window.samples
        sizes.append(window.samples.count)
      }
      #expect(samples == whole)
      #expect(sizes.dropLast().allSatisfy { $0 == 5_000 })
      #expect(try stream.nextWindow(sampleCount: 5_000) == nil)
    }
  }

  @Test func theRoundingIsLibrosas() throws {
    // 1 s at 48 kHz plus what the file ends with: ceil(n * 22050 / 48000).
    let path = try golden("mono-48k.mp3").path
    let own = try Waveform.load(path: path, sampleRateHz: nil).samples.count
    let count = try Waveform.load(path: path).samples.count
    #expect(count == Int((Double(own) * (22_050.0 / 48_000)).rounded(.up)))
    #expect(try Waveform.load(path: path, seconds: 0.5).samples.count == 11_025)
  }
}
