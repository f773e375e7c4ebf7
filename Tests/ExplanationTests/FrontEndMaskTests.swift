import Audio
import Features
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// The way back to sound of other people's front ends.
@Suite(.tags(.property)) struct FrontEndMaskTests {
  private func spec(_ name: String, frames: Int) throws -> FeatureSpec {
    try #require(FeatureSpec.named(name)).cropped(toFrames: frames)
  }

  /// A sum of sines at amplitude 0.1 each, as long as a window.
  private func tones(_ hz: [Double], _ spec: FeatureSpec) -> Waveform {
    let samples = (0..<spec.sampleCount).map { index in
      Float(
        hz.reduce(0) { $0 + 0.1 * sin(2 * .pi * $1 * Double(index) / Double(spec.sampleRateHz)) })
    }
    return Waveform(samples: samples, sampleRateHz: spec.sampleRateHz)
  }

  /// `sum(x y) / sum(x^2)`: 1 for y = x.
  private func share(of one: Waveform, in other: Waveform) -> Double {
    let (x, y) = (one.samples, other.samples)
    let products = zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    return products / x.reduce(0) { $0 + Double($1) * Double($1) }
  }

  @Test(arguments: FeatureSpec.names) func maskOfOnesChangesNothing(name: String) throws {
    let spec = try spec(name, frames: 40)
    let sound = tones([200, 900, 3_100], spec)
    let ones = Tensor(repeating: 1, shape: [spec.melBandCount, 40])
    let result = SpectralMask(ones, spec: spec, unheardGain: 1).apply(to: sound)
    expectClose(result.samples, sound.samples, absolute: 1e-5)
  }

  @Test(arguments: FeatureSpec.names) func bandsAreWhereTheyAreHeard(name: String) throws {
    let spec = try spec(name, frames: 100)
    let (low, high) = (tones([300], spec), tones([3_000], spec))
    let both = tones([300, 3_000], spec)
    let rows = MelFilterBank(spec).centerHz.map { Array(repeating: $0 < 1_000 ? Float(1) : 0, count: 100) }
    let mask = SpectralMask(Tensor(Array(rows.joined()), shape: [spec.melBandCount, 100]), spec: spec)
    let kept = mask.apply(to: both)
    #expect(abs(share(of: low, in: kept) - 1) < 0.02 && abs(share(of: high, in: kept)) < 0.02)
    // The map itself has the tone where the mask takes it from.
    let map = try FeatureExtractor(spec).map(of: kept).melDecibels
    let centers = MelFilterBank(spec).centerHz
    let loudest = centers.indices.max { map[$0, 50] < map[$1, 50] } ?? 0
    #expect(abs(centers[loudest] - 300) < 150)
  }

  /// Frames that lie within the window are centred half a frame later than centred ones.
  @Test(arguments: FeatureSpec.names) func framesAreWhereTheyAreHeard(name: String) throws {
    let spec = try spec(name, frames: 100)
    let sound = tones([700], spec)
    let row = (0..<100).map { Float($0 < 50 ? 1 : 0) }
    let rows = Array(repeating: row, count: spec.melBandCount)
    let mask = SpectralMask(
      Tensor(Array(rows.joined()), shape: [spec.melBandCount, 100]), spec: spec, unheardGain: 0)
    // Half way between the last open frame and the first closed one.
    let expected = spec.firstFrameCenter + 49 * spec.hopLength + spec.hopLength / 2
    let heard = share(of: sound, in: mask.apply(to: sound)) * Double(spec.sampleCount)
    #expect(abs(heard - Double(expected)) < 0.2 * Double(spec.hopLength))
  }
}
