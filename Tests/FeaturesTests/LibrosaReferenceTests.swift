import Audio
import Features
import Tensors
import TestSupport
import Testing

/// Against librosa 0.11 (Golden/generate.py). Values reach 600 dB; both sides compute in single precision and
/// differ by a few 1e-4, the promise is 0.01.
@Suite(.tags(.reference)) struct LibrosaReferenceTests {
  private func map(_ spec: FeatureSpec) throws -> FeatureMap {
    let samples = SyntheticSound.samples(count: spec.sampleCount)
    return try FeatureExtractor(spec).map(of: Waveform(samples: samples, sampleRateHz: spec.sampleRateHz))
  }

  @Test func cepstrumEqualsLibrosa() throws {
    let map = try map(.mfcc128)
    #expect(map.values.shape == [128, 431] && map.paddedSeconds == 0)
    expectClose(keptColumns(map.values), try readFloats(golden("mfcc128.f32")), absolute: 0.01)
  }

  @Test func melDecibelsEqualLibrosa() throws {
    let map = try map(.mel128)
    expectClose(keptColumns(map.values), try readFloats(golden("mel128.f32")), absolute: 0.002)
  }

  @Test func twentyCoefficientsEqualLibrosa() throws {
    let map = try map(.mfcc20)
    #expect(map.values.shape == [20, 130])
    expectClose(keptColumns(map.values), try readFloats(golden("mfcc20.f32")), absolute: 0.01)
  }

  @Test func otherLengthsEqualLibrosa() throws {
    var spec = FeatureSpec.mel128
    (spec.sampleCount, spec.fftLength, spec.hopLength) = (12_000, 512, 200)
    (spec.binCount, spec.melBandCount, spec.minimumHz, spec.maximumHz) = (40, 40, 50, 8000)
    spec.topDecibels = nil
    // Without a floor the quietest bands, 1e-10 of the loudest, carry single precision's noise: 0.02 dB
    // there.
    expectClose(keptColumns(try map(spec).values), try readFloats(golden("mel40.f32")), absolute: 0.02)
  }
}
