import Audio
import Features
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Explanation

@Suite(.tags(.hand)) struct AudibleExplanationTests {
  private typealias Sounds = SpectralMaskTests

  private func audible(_ contains: (Double) -> Bool, restDecibels: Double = 12) -> AudibleExplanation {
    AudibleExplanation(
      window: Sounds.mix, mask: SpectralMask(of: Sounds.view(where: contains), spec: Sounds.spec),
      restDecibels: restDecibels)
  }

  @Test func partsAreAsLoudAsTheWindow() throws {
    let explanation = audible { $0 < 400 }
    let wanted = try #require(explanation.window.loudness)
    for part in AudibleExplanation.Part.allCases {
      let sound = explanation.sound(part)
      let own = try #require(sound.waveform.loudness)
      let isLimited = sound.waveform.peak > 0.985
      #expect(abs(own - wanted) < 1e-3 || (isLimited && own < wanted), "\(part): \(own), \(wanted)")
      #expect(sound.waveform.peak <= AudibleExplanation.largestPeak + 1e-6)
      #expect(sound.waveform.samples.count == explanation.window.samples.count)
    }
    #expect(!explanation.sound(.removed).isSilent)
  }

  @Test func gainIsLimitedForWhatIsNearlyNothing() {
    // Nothing sounds above 8 kHz but what windows leak.
    let sound = audible { $0 > 8000 }.sound(.kept)
    #expect(sound.gainDecibels == AudibleExplanation.largestGainDecibels)
    #expect(sound.energyShare < 1e-4 && sound.waveform.peak < 0.1)
  }

  @Test func endsAreSilentAndNothingClicks() {
    let explanation = audible { $0 > 1500 }
    for part in AudibleExplanation.Part.allCases {
      let sound = explanation.sound(part).waveform
      #expect(sound.samples.first == 0 && sound.samples.last == 0)
      let gain = Float(pow(10, explanation.sound(part).gainDecibels / 20))
      let step = { (samples: [Float]) in zip(samples, samples.dropFirst()).map { abs($0 - $1) }.max() ?? 0 }
      // A part of the sound has no larger step than the sound, as far as it was amplified.
      #expect(step(sound.samples) < 1.1 * gain * step(explanation.window.samples), "\(part)")
    }
  }

  @Test func highlightedLowersTheRestByItsDecibels() {
    let explanation = audible({ $0 > 1500 }, restDecibels: 18)
    let kickAlone = AudibleExplanation(window: Sounds.kick, mask: explanation.mask, restDecibels: 18)
    let energy = { (samples: [Float]) in samples.reduce(0.0) { $0 + Double($1) * Double($1) } }
    let lowered = 10 * log10(energy(kickAlone.unmatched(.highlighted).samples) / energy(Sounds.kick.samples))
    #expect(abs(lowered + 18) < 0.1)
    let sum = zip(explanation.unmatched(.kept).samples, explanation.unmatched(.removed).samples).map {
      $0 + $1
    }
    expectClose(sum, Sounds.mix.samples, absolute: 2e-6)
  }

  @Test func silenceStaysSilent() {
    let silence = Waveform(samples: [Float](repeating: 0, count: 66_150), sampleRateHz: 22_050)
    let explanation = AudibleExplanation(window: silence, mask: audible { $0 < 400 }.mask)
    for part in AudibleExplanation.Part.allCases {
      let sound = explanation.sound(part)
      #expect(sound.isSilent && sound.gainDecibels == 0 && sound.energyShare == 0)
    }
    let nothing = audible { _ in false }
    #expect(nothing.sound(.kept).isSilent && nothing.sound(.kept).energyShare == 0)
    #expect(abs(nothing.sound(.removed).energyShare - 1) < 1e-4)
  }

  /// 16 bits lose at most half a step; floats nothing.
  @Test func writtenSoundIsReadBack() throws {
    let sound = audible { $0 < 400 }.sound(.kept).waveform
    let path = NSTemporaryDirectory() + "audible-\(UUID()).wav"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try sound.writeWAV(to: path, encoding: .pcm16)
    let back = try Waveform.load(path: path, sampleRateHz: nil)
    #expect(back.sampleRateHz == sound.sampleRateHz)
    expectClose(back.samples, sound.samples, absolute: 1.01 / 65_536)
    try sound.writeWAV(to: path, encoding: .float32)
    #expect(try Waveform.load(path: path, sampleRateHz: nil) == sound)
  }
}
