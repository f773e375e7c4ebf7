import Audio
import Features
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// What must hold of maps; librosa's own numbers are in ``LibrosaReferenceTests``.
@Suite(.tags(.hand, .property)) struct FeatureExtractorTests {
  @Test func silenceIsTheFloor() throws {
    let silence = Waveform(samples: Array(repeating: 0, count: 66_150), sampleRateHz: 22_050)
    var spec = FeatureSpec.mfcc20
    (spec.kind, spec.binCount) = (.melDecibels, 128)
    let map = try FeatureExtractor(spec).map(of: silence)
    #expect(map.values.values.allSatisfy { abs($0 + 100) < 1e-4 })
  }

  @Test func toneAtABinCentre() throws {
    // A sine of amplitude 1 at bin k: the Hann window puts (n/4)^2 of power there and a quarter of it on both
    // sides; the mel value is the filters' sum over these three bins.
    var spec = FeatureSpec.mel128
    (spec.sampleCount, spec.topDecibels) = (8192, nil)
    let bin = 200
    let samples = (0..<8192).map { Float(sin(2 * Double.pi * Double(bin * $0 % 2048) / 2048)) }
    let extractor = try FeatureExtractor(spec)
    let map = try extractor.map(of: sound(samples))
    let bank = extractor.filterBank.matrix
    let peak = pow(Double(2048) / 4, 2)
    for band in 0..<128 {
      let sum = peak * (Double(bank[band, bin]) + 0.25 * Double(bank[band, bin - 1] + bank[band, bin + 1]))
      // Frame 8 lies within the sound. Bands without the tone hold only rounding noise.
      if sum > 0 {
        #expect(abs(Double(map.values[band, 8]) - 10 * log10(sum)) < 0.001)
      } else {
        #expect(map.values[band, 8] < 10 * Float(log10(peak)) - 100)
      }
    }
  }

  @Test func gainIsAShiftInDecibels() throws {
    var spec = FeatureSpec.mel128
    spec.sampleCount = 22_050
    let samples = SyntheticSound.samples(count: 22_050)
    let extractor = try FeatureExtractor(spec)
    let (plain, louder) = (
      try extractor.map(of: sound(samples)), try extractor.map(of: sound(samples.map { 2 * $0 }))
    )
    let shift = Float(20 * log10(2.0))
    expectClose(louder.values.values, plain.values.values.map { $0 + shift }, absolute: 1e-4)
  }

  @Test func aDelayByOneHopShiftsFrames() throws {
    var spec = FeatureSpec.mel128
    (spec.sampleCount, spec.topDecibels) = (22_016, nil)
    let samples = SyntheticSound.samples(count: 22_016)
    let delayed = [Float](repeating: 0, count: 512) + samples.dropLast(512)
    let extractor = try FeatureExtractor(spec)
    let (plain, later) = (
      try extractor.map(of: sound(samples)).values, try extractor.map(of: sound(delayed)).values
    )
    for band in stride(from: 0, to: 128, by: 9) {
      // The first frames see the silence put in front, the last ones the cut.
      for frame in 3..<38 { #expect(later[band, frame + 1] == plain[band, frame]) }
    }
  }

  @Test func aShortClipIsPaddedAndSaysSo() throws {
    let short = try FeatureExtractor(.mfcc20).map(of: sound(SyntheticSound.samples(count: 44_100)))
    #expect(abs(short.paddedSeconds - 1) < 1e-9)
    let padded = SyntheticSound.samples(count: 44_100) + [Float](repeating: 0, count: 22_050)
    let whole = try FeatureExtractor(.mfcc20).map(of: sound(padded))
    #expect(short.values == whole.values && whole.paddedSeconds == 0)
  }

  @Test func overflowingSamplesAreRefused() throws {
    let extractor = try FeatureExtractor(.mfcc20)
    for value in [Float(1e30), .nan, .infinity] {
      var samples = SyntheticSound.samples(count: 66_150)
      samples[30_000] = value
      #expect { _ = try extractor.map(of: sound(samples)) } throws: {
        ($0 as? CodedError)?.code == .unsupportedSamples
      }
    }
    // The workspace is as good as new afterwards.
    let samples = SyntheticSound.samples(count: 66_150)
    #expect(
      try extractor.map(of: sound(samples)).values == FeatureExtractor(.mfcc20).map(of: sound(samples)).values
    )
  }

  @Test(.tags(.trap)) func wrongRateTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = try FeatureExtractor(.mfcc20).map(of: Waveform(samples: [0], sampleRateHz: 44_100))
    }
  }
}
