import Audio
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Features

/// librosa's numbers, by Golden/generate_tempo.py.
private struct GoldenTempo: Decodable {
  struct Case: Decodable, CustomTestStringConvertible {
    let name: String
    let rate: Int
    let frames: Int
    let tempo: Double
    let onsets: [Float]
    let tempogram: [Float]

    var testDescription: String { name }

    var sound: Waveform {
      let words = name.split(separator: " ")
      if words[0] == "synthetic" {
        return atTheUsualRate(SyntheticSound.samples(count: 20 * 22_050))
      }
      return clicks(Double(words[1]) ?? 0, seconds: words.last == "short" ? 3 : 10, rateHz: rate)
    }
  }
  let cases: [Case]

  static let all: [Case] = {
    let data = try? Data(contentsOf: golden("tempo.json"))
    return data.flatMap { try? JSONDecoder().decode(GoldenTempo.self, from: $0).cases } ?? []
  }()
}

private func atTheUsualRate(_ samples: [Float]) -> Waveform { sound(samples) }

/// Decaying bursts of integer noise at a tempo, every fourth louder: the generator script makes the same.
private func clicks(_ beats: Double, seconds: Double, rateHz: Int = 22_050) -> Waveform {
  let period = Int(60 * Double(rateHz) / beats)
  var state: UInt32 = 5
  let samples = (0..<Int(seconds * Double(rateHz))).map { n in
    state = state &* 1_664_525 &+ 1_013_904_223
    let noise = Int(state >> 16) - 32_768
    let product = noise * max(0, 2_000 - n % period) * (n / period % 4 == 0 ? 2 : 1)
    // NumPy's // rounds down, as the shift does.
    return Float(product >> 14) / 32_768
  }
  return Waveform(samples: samples, sampleRateHz: rateHz)
}

@Suite(.tags(.hand, .reference)) struct TempoTests {
  @Test func goldenFileIsThere() { #expect(GoldenTempo.all.count == 8) }

  @Test(arguments: GoldenTempo.all) private func onsetsAreThoseOfLibrosa(expected: GoldenTempo.Case) throws {
    let onsets = try OnsetStrength(expected.sound)
    #expect(onsets.values.count == expected.frames)
    let kept = stride(from: 0, to: onsets.values.count, by: 9).map { onsets.values[$0] }
    // The mel maps agree to 1e-3 dB (LibrosaReferenceTests), and a value is the mean of differences of two.
    expectClose(kept, expected.onsets, absolute: 1e-3)
  }

  @Test(arguments: GoldenTempo.all) private func tempoIsThatOfLibrosa(expected: GoldenTempo.Case) throws {
    let tempo = try #require(try expected.sound.tempo())
    #expect(abs(tempo - expected.tempo) < 1e-9 * expected.tempo)
  }

  @Test(arguments: GoldenTempo.all) private func autocorrelationIsThatOfLibrosa(
    expected: GoldenTempo.Case
  ) throws {
    let onsets = try OnsetStrength(expected.sound)
    let length = 8 * expected.rate / 512
    let mean = TempoEstimation.meanAutocorrelation(
      of: onsets.values.map(Double.init), windowLength: length)
    let kept = stride(from: 0, to: length, by: 9).map { Float(mean[$0]) }
    // The onsets' 1e-3 dB on values of about 1 dB, in a normalised sum.
    expectClose(kept, expected.tempogram, absolute: 1e-3)
  }

  @Test func mapsTellTheSame() throws {
    let sound = clicks(120, seconds: 10)
    let tempo = try #require(try sound.tempo())
    for spec in [FeatureSpec.mel128, .mfcc128] {
      let map = try FeatureExtractor(spec).map(of: sound)
      #expect(OnsetStrength(map).tempo == tempo, "\(spec.kind)")
    }
  }

  @Test func louderIsAsFast() throws {
    let sound = clicks(87, seconds: 8)
    #expect(try sound.amplified(byDecibels: -20).tempo() == sound.tempo())
  }

  @Test func silenceHasNone() throws {
    #expect(try sound([Float](repeating: 0, count: 100_000)).tempo() == nil)
    #expect(try sound([]).tempo() == nil)
    #expect(try sound([0.5]).tempo() == nil)
    #expect(
      OnsetStrength(melDecibels: Tensor(shape: [3, 1]), sampleRateHz: 8_000, hopLength: 512, fftLength: 2048)
        .values == [0])
  }

  @Test func byHand() {
    // Three frames of two bands, no delay beyond the lag of one.
    let map = Tensor([0, 2, 1, 4, 4, 7], shape: [2, 3])
    let onsets = OnsetStrength(melDecibels: map, sampleRateHz: 100, hopLength: 10, fftLength: 10)
    #expect(onsets.values == [0, 1, 1.5] && onsets.framesPerSecond == 10)
  }
}
