import Audio
import Features
import Foundation
import TestSupport
import Testing

/// Time stretch and pitch shift against librosa 0.11, and what must hold of them.
@Suite(.tags(.hand, .reference)) struct SoundVariantTests {
  /// The sound of generate_effects.py: half of the synthetic one with noise over all of it.
  private func noisy(_ count: Int) -> Waveform {
    var state: UInt32 = 9
    let samples = SyntheticSound.integers(count: count).map { value in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(value) / 65_536 + (Float(state >> 20) - 2048) / 32_768
    }
    return sound(samples)
  }

  private func sine(_ hertz: Double, seconds: Double = 2) -> Waveform {
    sound((0..<Int(22_050 * seconds)).map { Float(sin(2 * .pi * hertz * Double($0) / 22_050)) / 2 })
  }

  /// The frequency of a tone between two samples, by the zeros it passes upwards.
  private func frequency(_ sound: Waveform, _ range: Range<Int>) -> Double {
    var zeros: [Double] = []
    for index in range where sound.samples[index] < 0 && sound.samples[index + 1] >= 0 {
      let (low, high) = (Double(sound.samples[index]), Double(sound.samples[index + 1]))
      zeros.append(Double(index) + low / (low - high))
    }
    return 22_050 * Double(zeros.count - 1) / (zeros[zeros.count - 1] - zeros[0])
  }

  // Single precision against librosa in double: the spectrum's rounding turns phases of weak bins. The largest sample
  // is 0.5; the largest difference found is 2e-5.

  @Test(arguments: ["0.9", "1.1", "2.3"]) func stretchIsLibrosas(rate: String) throws {
    let result = noisy(20_000).timeStretched(rate: try #require(Double(rate)))
    let kept = stride(from: 0, to: result.samples.count, by: 7).map { result.samples[$0] }
    expectClose(kept, try readFloats(golden("stretch-\(rate).f32")), absolute: 1e-4)
  }

  @Test(arguments: ["-1", "1", "3.5"]) func pitchIsLibrosas(steps: String) throws {
    let result = noisy(20_000).pitchShifted(semitones: try #require(Double(steps)))
    let kept = stride(from: 0, to: result.samples.count, by: 7).map { result.samples[$0] }
    expectClose(kept, try readFloats(golden("pitch-\(steps).f32")), absolute: 1e-4)
  }

  @Test func noChangeIsNoChange() {
    let noisy = noisy(30_000)
    expectClose(noisy.timeStretched(rate: 1).samples, noisy.samples, absolute: 1e-5)
    expectClose(noisy.pitchShifted(semitones: 0).samples, noisy.samples, absolute: 1e-5)
  }

  @Test func lengthsFollowTheRate() {
    for count in [0, 1, 100, 511, 512, 513, 5000] {
      let part = sound(Array(noisy(5000).samples.prefix(count)))
      for rate in [0.25, 0.9, 1.1, 3.7] {
        let stretched = part.timeStretched(rate: rate)
        #expect(stretched.samples.count == Int((Double(count) / rate).rounded(.toNearestOrEven)))
        #expect(stretched.samples.allSatisfy { $0.isFinite })
      }
      #expect(part.pitchShifted(semitones: 2).samples.count == count)
    }
  }

  @Test(arguments: [-12.0, -1, 0.5, 7]) func pitchMovesBySemitones(semitones: Double) {
    let shifted = sine(440).pitchShifted(semitones: semitones)
    let expected = 440 * pow(2, semitones / 12)
    // A hundredth of a semitone: the ends, where there is nothing to either side, are left out.
    let difference = 12 * log2(frequency(shifted, 8000..<36_000) / expected)
    #expect(abs(difference) < 0.01)
  }

  @Test func stretchKeepsPitchAndMovesClicks() {
    let slow = sine(440).timeStretched(rate: 0.8)
    let difference = 12 * log2(frequency(slow, 8000..<44_000) / 440)
    #expect(abs(difference) < 0.01)
    var clicks = [Float](repeating: 0, count: 88_200)
    for click in stride(from: 11_025, to: 88_200, by: 11_025) { clicks[click] = 1 }
    let stretched = sound(clicks).timeStretched(rate: 0.5).samples
    for click in stride(from: 11_025, to: 77_000, by: 11_025) {
      // The energy around its place has its centre there, within a frame of 512 samples.
      let around = 2 * click - 8000..<2 * click + 8000
      var (energy, moment) = (0.0, 0.0)
      for index in around {
        let power = Double(stretched[index] * stretched[index])
        energy += power
        moment += power * Double(index)
      }
      let centre = moment / energy
      #expect(energy > 0 && abs(centre - Double(2 * click)) < 512, "\(click): \(centre)")
    }
  }

  @Test func silenceStaysSilent() {
    let silent = sound(Array(repeating: 0, count: 10_000))
    #expect(silent.timeStretched(rate: 1.3).samples.allSatisfy { $0 == 0 })
    #expect(silent.pitchShifted(semitones: -3).samples.allSatisfy { $0 == 0 })
  }

  @Test func namesAreReadAndRefused() {
    for text in ["stretch 0.9", "stretch 2", "pitch -1", "pitch 0.5"] {
      #expect(SoundVariant(text)?.description == text)
    }
    for text in [
      "", "stretch", "stretch 1", "stretch 0", "stretch 5", "stretch nan", "stretch -1", "pitch 0",
      "pitch 25",
      "pitch inf", "speed 2", "stretch  2", "pitch 1 ",
    ] {
      #expect(SoundVariant(text) == nil, "\(text)")
    }
    #expect(SoundVariant("stretch 0.90")?.description == "stretch 0.9")
  }

  /// A window of a stretched clip shows `rate` times as many seconds of the file; windows stand behind each other.
  @Test func windowsOfChangedSound() throws {
    var spec = FeatureSpec()
    (spec.sampleRateHz, spec.sampleCount, spec.fftLength, spec.hopLength) = (22_050, 8192, 2048, 512)
    (spec.melBandCount, spec.binCount) = (40, 20)
    let noisy = noisy(30_000)
    let path = FileManager.default.temporaryDirectory.appending(path: "genrelens-\(UUID()).wav").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try noisy.writeWAV(to: path, encoding: .float32)
    let extractor = try FeatureExtractor(spec)
    var maps: [FeatureMap] = []
    let variant = SoundVariant.stretch(1.25)
    try extractor.forEachMap(ofFile: path, windows: .all, variant: variant) { maps.append($0) }
    let starts: [Double] = [0, 10_240, 20_480].map { $0 / 22_050 }
    #expect(maps.map(\.startSeconds) == starts)
    for (index, map) in maps.enumerated() {
      let window = Array(noisy.samples[10_240 * index..<min(30_000, 10_240 * (index + 1))])
      let expected = try extractor.map(of: sound(window).timeStretched(rate: 1.25))
      #expect(map.values == expected.values)
    }
    // 9 520 samples are left of the last window: 7 616 stretched ones.
    let padded = maps[2].paddedSeconds * 22_050
    #expect(abs(padded - 576) < 1e-6)
  }
}
