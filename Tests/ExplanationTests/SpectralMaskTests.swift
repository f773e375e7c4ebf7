import Audio
import Features
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Explanation

/// Masks on a 100 Hz kick under a 3 kHz melody.
@Suite(.tags(.hand, .property)) struct SpectralMaskTests {
  static let spec: FeatureSpec = .mfcc20

  /// A decaying 100 Hz thump every half second.
  static let kick = Waveform(
    samples: (0..<spec.sampleCount).map { index in
      let since = Double(index % 11_025) / 22_050
      // Faded in over 20 ms: a hard attack would be a click with energy everywhere.
      return Float(0.5 * min(1, since / 0.02) * exp(-8 * since) * sin(2 * .pi * 100 * since))
    }, sampleRateHz: spec.sampleRateHz)

  /// Quarter notes around 3 kHz.
  static let melody = Waveform(
    samples: (0..<spec.sampleCount).map { index in
      let hz = [2800.0, 3000, 3200, 3000][index / 5512 % 4]
      let within = Double(index % 5512) / 5512
      return Float(0.2 * sin(.pi * within) * sin(2 * .pi * hz * Double(index) / 22_050))
    }, sampleRateHz: spec.sampleRateHz)

  static let mix = Waveform(
    samples: zip(kick.samples, melody.samples).map { $0 + $1 }, sampleRateHz: spec.sampleRateHz)

  /// A mel view whose evidence lies in the bands that `contains` says, in all frames.
  static func view(where contains: (Double) -> Bool) -> MelView {
    let centers = MelFilterBank(spec).centerHz
    let values = centers.flatMap { [Float](repeating: contains($0) ? 3 : 0, count: spec.frameCount) }
    return MelView(
      signedMap: Tensor(values, shape: [centers.count, spec.frameCount]), quantity: .decibels,
      bandCentersHz: centers, isExact: true)
  }

  private func energy(_ samples: [Float]) -> Double { samples.reduce(0) { $0 + Double($1) * Double($1) } }
  private func decibels(_ one: [Float], over other: [Float]) -> Double {
    10 * log10(energy(one) / energy(other))
  }
  private func difference(_ one: Waveform, _ other: Waveform) -> [Float] {
    zip(one.samples, other.samples).map { $0 - $1 }
  }

  @Test func keepsTheKickAndDropsTheMelody() {
    let mask = SpectralMask(of: Self.view { $0 < 400 }, spec: Self.spec)
    let (kept, removed) = (mask.apply(to: Self.mix), mask.complement.apply(to: Self.mix))
    #expect(abs(decibels(kept.samples, over: Self.kick.samples)) < 1)
    // What is left beside the kick is 20 dB below the melody, and the other way round.
    #expect(decibels(difference(kept, Self.kick), over: Self.melody.samples) < -20)
    #expect(abs(decibels(removed.samples, over: Self.melody.samples)) < 1)
    #expect(decibels(difference(removed, Self.melody), over: Self.kick.samples) < -20)
  }

  @Test func keepsTheMelodyAndDropsTheKick() {
    let mask = SpectralMask(of: Self.view { $0 > 1500 && $0 < 6000 }, spec: Self.spec)
    let kept = mask.apply(to: Self.mix)
    #expect(abs(decibels(kept.samples, over: Self.melody.samples)) < 1)
    #expect(decibels(difference(kept, Self.melody), over: Self.kick.samples) < -20)
  }

  @Test func keptAndRemovedAddUpToTheSound() {
    let mask = SpectralMask(Self.noise(seed: 3), spec: Self.spec)
    let (kept, removed) = (mask.apply(to: Self.mix), mask.complement.apply(to: Self.mix))
    let sum = zip(kept.samples, removed.samples).map { $0 + $1 }
    expectClose(sum, Self.mix.samples, absolute: 2e-6)
    #expect(energy(kept.samples) > 0.1 * energy(sum) && energy(removed.samples) > 0.1 * energy(sum))
  }

  @Test func maskOfOnesChangesNothing() {
    let ones = Tensor(repeating: 1, shape: [128, 130])
    expectClose(
      SpectralMask(ones, spec: Self.spec).apply(to: Self.mix).samples, Self.mix.samples, absolute: 2e-6)
    // Shorter than the window, as at the end of a track, and with frames too far apart for the windows.
    let short = Waveform(samples: Array(Self.mix.samples.prefix(10_000)), sampleRateHz: 22_050)
    var sparse = Self.spec
    sparse.hopLength = 2048
    let few = Tensor(repeating: 1, shape: [128, sparse.frameCount])
    expectClose(SpectralMask(few, spec: sparse).apply(to: short).samples, short.samples, absolute: 2e-6)
  }

  /// A mel bank from 300 Hz up never heard the kick: the mask takes it away, the complement has it.
  @Test func unheardFrequenciesBelongToWhatIsRemoved() {
    var spec = Self.spec
    spec.minimumHz = 300
    let mask = SpectralMask(Tensor(repeating: 1, shape: [128, 130]), spec: spec)
    #expect(decibels(difference(mask.apply(to: Self.mix), Self.melody), over: Self.kick.samples) < -20)
    #expect(abs(decibels(mask.complement.apply(to: Self.mix).samples, over: Self.kick.samples)) < 1)
  }

  @Test func floorIsInDecibels() {
    let nothing = SpectralMask(Tensor(shape: [128, 130]), spec: Self.spec)
    let quieter = nothing.attenuatingRest(byDecibels: 12).apply(to: Self.mix)
    #expect(abs(decibels(quieter.samples, over: Self.mix.samples) + 12) < 1e-3)
    let all = SpectralMask(Tensor(repeating: 1, shape: [128, 130]), spec: Self.spec)
    #expect(all.attenuatingRest(byDecibels: 12).values.values.allSatisfy { $0 == 1 })
  }

  @Test func masksOpenAndCloseInTime() {
    let values = (0..<128).flatMap { _ in (0..<130).map { Float($0 < 65 ? 1 : 0) } }
    let kept = SpectralMask(Tensor(values, shape: [128, 130]), spec: Self.spec).apply(to: Self.melody)
    let (open, shut) = (0..<62 * 512, 68 * 512..<Self.melody.samples.count)
    expectClose(Array(kept.samples[open]), Array(Self.melody.samples[open]), absolute: 2e-6)
    #expect(kept.samples[shut].allSatisfy { abs($0) < 1e-6 })
  }

  @Test func evidenceBecomesAMaskByItsQuantile() {
    // One huge cell among even ones: it opens its own neighbourhood, the others keep most of theirs.
    var cells = [Float](repeating: 1, count: 128 * 130)
    cells[60 * 130 + 60] = 1000
    let view = MelView(
      signedMap: Tensor(cells, shape: [128, 130]), quantity: .decibels,
      bandCentersHz: MelFilterBank(Self.spec).centerHz, isExact: true)
    let mask = SpectralMask(of: view, spec: Self.spec).values
    #expect(mask[60, 60] == 1 && mask[10, 10] > 0.9 && mask.values.allSatisfy { $0 >= 0 && $0 <= 1 })
  }

  @Test func emptyEvidenceIsAnEmptyMask() {
    let centers = MelFilterBank(Self.spec).centerHz
    let against = MelView(
      signedMap: Tensor(repeating: -1, shape: [128, 130]), quantity: .score, bandCentersHz: centers,
      isExact: true)
    #expect(SpectralMask(of: against, spec: Self.spec).values.values.allSatisfy { $0 == 0 })
    #expect(against.bandProfile.isEmpty && against.timeProfile.isEmpty)
    // Of a single cell the 99 % quantile is 0.
    var one = Tensor(shape: [128, 130])
    one[3, 3] = 1e-20
    let tiny = MelView(signedMap: one, quantity: .decibels, bandCentersHz: centers, isExact: true)
    #expect(SpectralMask(of: tiny, spec: Self.spec).values.values.allSatisfy { $0 >= 0 && $0 <= 1 })
  }

  @Test func rollingMovesTheSameValues() {
    let mask = SpectralMask(Self.noise(seed: 5), spec: Self.spec)
    let moved = mask.rolled(bands: 3, frames: -2)
    #expect(moved.values[3, 128] == mask.values[0, 0] && moved.values[2, 0] == mask.values[127, 2])
    #expect(moved.values.values.sorted() == mask.values.values.sorted())
    #expect(moved.rolled(bands: -3, frames: 2) == mask)
  }

  @Test func smoothingKeepsConstantsAndSums() {
    let constant = gaussianSmoothed(Tensor(repeating: 2, shape: [5, 4]), deviation: 2)
    expectClose(constant.values, [Float](repeating: 2, count: 20), absolute: 1e-6)
    var point = Tensor(shape: [41, 41])
    point[20, 20] = 1
    let smooth = gaussianSmoothed(point, deviation: 2)
    #expect(abs(smooth.values.reduce(0, +) - 1) < 1e-5)
    // exp(-d^2 / 8) beside the centre, on both axes alike.
    #expect(abs(smooth[20, 22] / smooth[20, 20] - 0.60653) < 1e-4)
    #expect(abs(smooth[22, 20] - smooth[20, 22]) < 1e-7)
  }

  static func noise(seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<128 * 130).map { _ in generator.uniform() }, shape: [128, 130])
  }
}
