import Features
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand, .property)) struct SpectrumFilterTests {
  private func filtered(_ filter: SpectrumFilter, _ samples: [Float], gain: (Int, Int) -> Float) -> [Float] {
    filter.apply(to: samples) { frame, gains in
      for bin in 0..<gains.count { gains[bin] = gain(frame, bin) }
    }
  }

  /// Analysis and synthesis undo each other at any hop up to half the transform.
  @Test(arguments: [(2048, 512), (2048, 1024), (512, 100), (64, 1), (32, 16)])
  func gainsOfOneGiveTheSoundBack(fft: Int, hop: Int) {
    let filter = SpectrumFilter(fftLength: fft, hopLength: hop)
    for count in [0, 1, hop, fft - 1, 3 * fft + 7] {
      let sound = SyntheticSound.samples(count: count)
      // Two transforms in single precision, divided by window sums of at least 1/2.
      expectClose(filtered(filter, sound) { _, _ in 1 }, sound, absolute: 2e-6, "\(count) samples")
    }
  }

  @Test func filterIsLinearInItsGains() {
    let filter = SpectrumFilter(fftLength: 256, hopLength: 64)
    let sound = SyntheticSound.samples(count: 3000)
    let mask = { (frame: Int, bin: Int) in Float((frame * 7 + bin * 3) % 11) / 10 }
    let kept = filtered(filter, sound) { mask($0, $1) }
    let removed = filtered(filter, sound) { 1 - mask($0, $1) }
    expectClose(zip(kept, removed).map { $0 + $1 }, sound, absolute: 2e-6)
    expectClose(filtered(filter, sound) { _, _ in 0.25 }, sound.map { $0 / 4 }, absolute: 2e-6)
  }

  /// Gains that jump between frames are crossed over by the windows: no sample jumps more than in the tone itself.
  @Test func gainsThatJumpMakeNoStep() {
    let filter = SpectrumFilter(fftLength: 2048, hopLength: 512)
    let tone = (0..<22_050).map { Float(sin(2 * .pi * 440 * Double($0) / 22_050)) }
    let gated = filtered(filter, tone) { frame, _ in frame / 5 % 2 == 0 ? 1 : 0 }
    let step = { (samples: [Float]) in zip(samples, samples.dropFirst()).map { abs($0 - $1) }.max() ?? 0 }
    #expect(step(gated) < 1.01 * step(tone))
    // It is a gate: loud where it is open, silent where it is shut.
    #expect(gated[2 * 512 - 100..<2 * 512 + 100].contains { abs($0) > 0.99 })
    #expect(gated[7 * 512 - 100..<7 * 512 + 100].allSatisfy { abs($0) < 1e-5 })
  }

  @Test func framesAreTheFeaturesOwn() {
    #expect(SpectrumFilter(.mfcc128).hopLength == 512)
    var sparse = FeatureSpec()
    sparse.hopLength = 2048
    #expect(SpectrumFilter(sparse).hopLength == 512)
    let filter = SpectrumFilter(fftLength: 2048, hopLength: 512)
    #expect([0, 1, 512, 513].map(filter.frameCount) == [0, 2, 2, 3])
    #expect(filter.binCount == 1025)
  }
}
