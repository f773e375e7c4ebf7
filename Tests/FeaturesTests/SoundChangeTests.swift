import Audio
import Features
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand)) struct SoundChangeTests {
  private let clip = sound(SyntheticSound.samples(count: 44_100))

  private func power(_ samples: [Float]) -> Double {
    samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count)
  }

  @Test(arguments: [
    (SoundChange.mp3(bitRate: 64_000), "mp3 64", "MP3 at 64 kbit/s"),
    (.gain(decibels: -12), "gain -12", "12 dB softer"), (.gain(decibels: 1.5), "gain 1.5", "1.5 dB louder"),
    (.noise(signalToNoiseDecibels: 20), "noise 20", "white noise 20 dB below the sound"),
    (.variant(.pitch(1)), "pitch 1", "1 semitone higher"),
    (.variant(.pitch(-2)), "pitch -2", "2 semitones lower"),
    (.variant(.stretch(1.05)), "stretch 1.05", "5 % faster"),
    (.variant(.stretch(0.95)), "stretch 0.95", "5 % slower"),
    (.later(seconds: 0.5), "later 0.5", "starts 0.5 s later"),
  ]) func textsGoBothWays(change: SoundChange, text: String, words: String) throws {
    #expect(change.description == text && SoundChange(text) == change && change.words == words)
    let data = try JSONEncoder().encode([change])
    #expect(String(decoding: data, as: UTF8.self) == "[\"\(text)\"]")
    #expect(try JSONDecoder().decode([SoundChange].self, from: data) == [change])
  }

  @Test(arguments: [
    "", "mp3", "mp3 0", "mp3 1e9", "mp3 nan", "gain 0", "gain inf", "gain 1 2", "later -1", "later 0",
    "noise x",
    "stretch 1", "pitch 0", "louder 3", " gain 3",
  ]) func otherTextsAreRefused(text: String) {
    #expect(SoundChange(text) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([SoundChange].self, from: JSONEncoder().encode([text]))
    }
  }

  @Test func standardChangesAreThoseOfTheIssue() {
    #expect(SoundChange.standard.count == 12 && Set(SoundChange.standard).count == 12)
  }

  @Test(arguments: [20.0, 10, -3]) func noiseHasItsPower(ratio: Double) throws {
    let noisy = try clip.changed(by: .noise(signalToNoiseDecibels: ratio), seed: 3)
    let noise = zip(noisy.samples, clip.samples).map { $0 - $1 }
    // The power of n normal values deviates by sqrt(2 / n): 0.03 dB, three of them allowed.
    #expect(abs(10 * log10(power(clip.samples) / power(noise)) - ratio) < 0.1)
    #expect(try clip.changed(by: .noise(signalToNoiseDecibels: ratio), seed: 3) == noisy)
    #expect(try clip.changed(by: .noise(signalToNoiseDecibels: ratio), seed: 4) != noisy)
    // White: neighbours do not go together. Three deviations of 1 / sqrt(n).
    let product = zip(noise, noise.dropFirst()).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(product / Double(noise.count) / power(noise)) < 3 / Double(noise.count).squareRoot())
  }

  @Test func silenceStaysSilent() throws {
    let silence = sound([Float](repeating: 0, count: 100))
    #expect(try silence.changed(by: .noise(signalToNoiseDecibels: 10)) == silence)
  }

  @Test func gainIsGain() throws {
    let softer = try clip.changed(by: .gain(decibels: -12))
    #expect(abs(10 * log10(power(softer.samples) / power(clip.samples)) + 12) < 1e-4)
  }

  @Test func mp3IsNearAndAsLong() throws {
    let decoded = try clip.changed(by: .mp3(bitRate: 64_000))
    #expect(decoded.samples.count == clip.samples.count && decoded != clip)
    let noise = zip(decoded.samples, clip.samples).map { $0 - $1 }
    #expect(power(noise) < 0.1 * power(clip.samples))
  }

  @Test func laterIsLater() throws {
    let later = try clip.changed(by: .later(seconds: 0.5))
    #expect(later.samples == Array(clip.samples[11_025...]))
    #expect(try clip.changed(by: .later(seconds: 5)).samples.isEmpty)
    #expect(
      SoundChange.later(seconds: 0.5).startSeconds == 0.5 && SoundChange.gain(decibels: 1).startSeconds == 0)
  }

  @Test func variantsAreTheVariants() throws {
    let faster = try clip.changed(by: .variant(.stretch(1.05)))
    #expect(faster == clip.timeStretched(rate: 1.05))
    #expect(SoundChange.variant(.stretch(1.05)).rate == 1.05 && SoundChange.variant(.pitch(1)).rate == 1)
  }
}
