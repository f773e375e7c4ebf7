import Audio
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct LoudnessTests {
  private func sine(_ hz: Double, rateHz: Int, seconds: Double = 5, amplitude: Double = 1) -> Waveform {
    Waveform(
      samples: (0..<Int(seconds * Double(rateHz))).map {
        Float(amplitude * sin(2 * .pi * hz * Double($0) / Double(rateHz)))
      }, sampleRateHz: rateHz)
  }

  /// The response of the filters whose coefficients stand in BS.1770-5, tables 1 and 2, on full-scale sines at 48 kHz.
  @Test(arguments: [(30.0, -12.005), (100, -4.835), (997, -3.010), (3000, 0.106), (8000, 0.338)])
  func sinesWeighAsTheRecommendationSays(hz: Double, expected: Double) throws {
    let loudness = try #require(sine(hz, rateHz: 48_000, seconds: 5).loudness)
    // The filters start from rest and a sine may end within a period: 0.02 dB over five seconds.
    #expect(abs(loudness - expected) < 0.02, "\(hz) Hz: \(loudness)")
  }

  @Test func otherRatesWeighAlike() throws {
    for rate in [22_050, 44_100, 96_000] {
      // The bilinear transform bends the head's filter towards half the rate.
      let loudness = try #require(sine(997, rateHz: rate).loudness)
      #expect(abs(loudness - -3.01) < 0.1, "\(rate) Hz: \(loudness)")
    }
    #expect(sine(50, rateHz: 1000).loudness?.isFinite == true)
  }

  @Test func gainIsLoudness() throws {
    let sound = sine(440, rateHz: 22_050, amplitude: 0.2)
    let louder = sound.amplified(byDecibels: 6)
    let difference = try #require(louder.loudness) - #require(sound.loudness)
    #expect(abs(difference - 6) < 1e-4)
    #expect(abs(louder.peak - 0.2 * Float(pow(10, 0.3))) < 1e-4)
  }

  @Test func silenceHasNone() {
    #expect(Waveform(samples: [0, 0, 0], sampleRateHz: 8000).loudness == nil)
    #expect(Waveform(samples: [], sampleRateHz: 8000).loudness == nil)
    #expect(Waveform(samples: [], sampleRateHz: 8000).peak == 0)
  }

  @Test func fadesBeginAndEndAtZero() {
    let sound = Waveform(samples: [Float](repeating: 1, count: 1000), sampleRateHz: 10_000).faded(
      seconds: 0.01)
    #expect(sound.samples[0] == 0 && sound.samples[999] == 0)
    #expect(sound.samples[100..<900].allSatisfy { $0 == 1 })
    #expect(abs(sound.samples[50] - 0.5) < 1e-6 && abs(sound.samples[949] - 0.5) < 1e-6)
    for (one, next) in zip(sound.samples, sound.samples.dropFirst()) { #expect(abs(one - next) < 0.02) }
  }

  @Test func shortSoundsFadeInTheirHalves() {
    #expect(Waveform(samples: [], sampleRateHz: 8000).faded(seconds: 1).samples.isEmpty)
    #expect(Waveform(samples: [1], sampleRateHz: 8000).faded(seconds: 1).samples == [1])
    let short = Waveform(samples: [1, 1, 1, 1], sampleRateHz: 8000).faded(seconds: 1).samples
    #expect(short[0] == 0 && short[3] == 0 && abs(short[1] - 0.5) < 1e-6 && short[1] == short[2])
  }
}
