import Features
import Foundation
import Models
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand, .property)) struct AugmentationTests {
  /// Eight maps of 5 x 40 distinct positive values, classes 0 and 1 in turn.
  let batch = Tensor((0..<8 * 200).map { 1 + Float($0) }, shape: [8, 1, 5, 40])
  let targets = Tensor((0..<8).flatMap { $0 % 2 == 0 ? [1, 0] : [0, 1] as [Float] }, shape: [8, 2])

  func applied(
    seed: UInt64 = 1, _ change: (inout Augmentation) -> Void
  ) -> (batch: Tensor, targets: Tensor) {
    var augmentation = Augmentation()
    change(&augmentation)
    var (batch, targets) = (batch, targets)
    var generator = SeededGenerator(seed: seed)
    augmentation.apply(to: &batch, targets: &targets, using: &generator)
    return (batch, targets)
  }

  func row(_ batch: Tensor, _ clip: Int, _ bin: Int) -> [Float] {
    Array(batch.values[(clip * 5 + bin) * 40..<(clip * 5 + bin + 1) * 40])
  }

  @Test func offChangesNothingAndSeedsRepeat() {
    #expect(Augmentation().isIdentity)
    #expect(applied { _ in }.batch == batch)
    let all: (inout Augmentation) -> Void = {
      $0.timeStretch = 0.1
      $0.timeShiftFrames = 9
      $0.mixup = 0.4
      $0.cutmix = 0.5
      ($0.gain, $0.tilt, $0.noise) = (0.5, 0.2, 0.1)
      ($0.timeMaskFrames, $0.binMaskBins, $0.binDrop) = (8, 2, 0.1)
    }
    let first = applied(all)
    #expect(applied(all) == first)
    #expect(applied(seed: 2, all).batch != first.batch)
    #expect(first.batch.shape == batch.shape && first.batch.values.allSatisfy(\.isFinite))
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>) func shiftsMoveAllBinsAlike(seed: UInt64) {
    let wrapped = applied(seed: seed) { $0.timeShiftFrames = 6 }
    let open = applied(seed: seed) { ($0.timeShiftFrames, $0.timeShiftWraps) = (6, false) }
    #expect(wrapped.targets == targets)
    for clip in 0..<8 {
      let first = wrapped.batch[clip, 0, 0, 0] - batch[clip, 0, 0, 0]
      let shift = first > 20 ? Int(first) - 40 : Int(first)
      #expect(abs(shift) <= 6)
      for bin in 0..<5 {
        let source = row(batch, clip, bin)
        #expect(row(wrapped.batch, clip, bin) == (0..<40).map { source[($0 + shift + 40) % 40] })
        #expect(
          row(open.batch, clip, bin)
            == (0..<40).map { (0..<40).contains($0 + shift) ? source[$0 + shift] : 0 })
      }
    }
  }

  @Test func stretchReadsBetweenFrames() {
    let result = applied { $0.timeStretch = 0.2 }
    for clip in 0..<8 {
      let (source, target) = (row(batch, clip, 2), row(result.batch, clip, 2))
      let rate = target[1] - target[0]
      #expect(target[0] == source[0] && rate > 1 / 1.2001 && rate < 1.2001)
      // The source is a ramp of slope 1: so is what is read from it, times the rate, until its end is reached.
      for frame in 0..<32 { #expect(abs(target[frame] - source[0] - rate * Float(frame)) < 0.01) }
    }
  }

  @Test func mixupIsAConvexPairing() {
    let result = applied { $0.mixup = 1 }
    var weights: Set<Float> = []
    for clip in 0..<8 {
      // One cell tells partner and weight apart: the difference is (1 - w) 200 (partner - clip) in every cell.
      let difference = result.batch[clip, 0, 0, 0] - batch[clip, 0, 0, 0]
      for cell in 0..<200 {
        #expect(
          abs(result.batch.values[clip * 200 + cell] - batch.values[clip * 200 + cell] - difference) < 0.01)
      }
      #expect(abs(result.targets[clip, 0] + result.targets[clip, 1] - 1) < 1e-6)
      if result.targets[clip, 0] != targets[clip, 0] {
        weights.insert((10_000 * result.targets[clip, clip % 2]).rounded())
      }
    }
    #expect(weights.count == 1)
  }

  @Test func cutmixTakesOneStretchAndItsShareOfTheTarget() {
    let result = applied(seed: 4) { $0.cutmix = 1 }
    for clip in 0..<8 {
      let foreign = (0..<40).filter { result.batch[clip, 0, 3, $0] != batch[clip, 0, 3, $0] }
      guard let first = foreign.first, let last = foreign.last else { continue }
      #expect(foreign == Array(first...last))
      let partner = Int((result.batch[clip, 0, 3, first] - 1) / 200)
      for frame in foreign { #expect(result.batch[clip, 0, 0, frame] == batch[partner, 0, 0, frame]) }
      let share = Float(foreign.count) / 40
      let expected = partner % 2 == clip % 2 ? 1 : 1 - share
      #expect(abs(result.targets[clip, clip % 2] - expected) < 1e-6)
    }
  }

  @Test func gainAndTiltAreConstantInTime() {
    let result = applied {
      ($0.gain, $0.tilt, $0.tiltBins) = (2, 3, 2)
    }
    for clip in 0..<8 {
      for bin in 0..<5 {
        let differences = zip(row(result.batch, clip, bin), row(batch, clip, bin)).map { $0 - $1 }
        let isChanged = abs(differences[0]) > 1e-3
        #expect(isChanged == (bin <= 2))
        // Values reach 1600, whose rounding step is 1.2e-4.
        for difference in differences { #expect(abs(difference - differences[0]) < 3e-4) }
      }
    }
    #expect(Augmentation.coefficientStep(ofDecibels: 6, melBandCount: 16) == 24)
  }

  /// g dB on every mel band are g sqrt(M) on coefficient 0 and nothing on the others.
  @Test func gainIsWhatMoreDecibelsDo() {
    let (bands, decibels) = (16, Float(6))
    let dct = DiscreteCosineTransform(coefficientCount: 5, bandCount: bands)
    let mel = Tensor((0..<bands * 40).map { Float($0 % 37) - 50 }, shape: [bands, 40])
    let louder = dct.forward(Tensor(mel.values.map { $0 + decibels }, shape: mel.shape)).values
    let step = Augmentation.coefficientStep(ofDecibels: decibels, melBandCount: bands)
    let expected = dct.forward(mel).values.enumerated().map { $1 + ($0 < 40 ? step : 0) }
    // Sums of 16 values to 56 in single precision.
    expectClose(louder, expected, absolute: 1e-4)
    let result = applied { $0.gain = step }
    for clip in 0..<8 {
      for bin in 1..<5 { #expect(row(result.batch, clip, bin) == row(batch, clip, bin)) }
    }
  }

  /// Weights of mixup over many batches: of Beta(a, a), within a batch one, and the targets sum to 1.
  @Test func mixupWeightsFollowTheirDistribution() {
    var weights: [Float] = []
    for seed in 0..<400 as Range<UInt64> {
      let result = applied(seed: seed) { $0.mixup = 0.4 }
      for clip in 0..<8 { #expect(abs(result.targets[clip, 0] + result.targets[clip, 1] - 1) < 1e-6) }
      // A clip whose partner has the other class shows the weight in its target.
      if let clip = (0..<8).first(where: { result.targets[$0, 0] != targets[$0, 0] }) {
        let weight = result.targets[clip, clip % 2]
        weights.append(weight)
        let difference = (result.batch[clip, 0, 0, 0] - batch[clip, 0, 0, 0]) / 200
        let partner = difference / (1 - weight)
        #expect(weight > 0.999 || abs(partner - partner.rounded()) < 0.01)
      }
    }
    let mean = weights.reduce(0, +) / Float(weights.count)
    // Beta(0.4, 0.4) has mean 1/2 and deviation 0.37: four standard errors of about 390 values.
    #expect(abs(mean - 0.5) < 0.076 && weights.count > 300)
  }

  /// The masks set at most the stated number of frames and bins to 0, and change nothing else.
  @Test func masksClearNoMoreThanStated() {
    for seed in 0..<40 as Range<UInt64> {
      let result = applied(seed: seed) {
        ($0.timeMaskCount, $0.timeMaskFrames, $0.binMaskBins) = (3, 4, 2)
      }
      for clip in 0..<8 {
        let frames = (0..<40).filter { frame in (0..<5).allSatisfy { result.batch[clip, 0, $0, frame] == 0 } }
        let bins = (0..<5).filter { bin in (0..<40).allSatisfy { result.batch[clip, 0, bin, $0] == 0 } }
        #expect(frames.count <= 12 && bins.count <= 2)
        for bin in 0..<5 where !bins.contains(bin) {
          for frame in 0..<40 where !frames.contains(frame) {
            #expect(result.batch[clip, 0, bin, frame] == batch[clip, 0, bin, frame])
          }
        }
      }
    }
  }

  /// Kernels may run on any number of threads: augmentation has one order of its own.
  @Test func theNumberOfThreadsDoesNotMatter() {
    let all: (inout Augmentation) -> Void = {
      ($0.timeStretch, $0.timeShiftFrames, $0.mixup, $0.cutmix) = (0.1, 9, 0.4, 0.5)
      ($0.gain, $0.tilt, $0.noise, $0.timeMaskFrames) = (0.5, 0.2, 0.1, 8)
    }
    let batches = [1, 2, 4].map { threads in
      ThreadPolicy.$threadsOfThisTask.withValue(threads) { applied(all).batch }
    }
    #expect(batches[1] == batches[0] && batches[2] == batches[0])
  }

  @Test func noiseIsNormal() {
    var (values, empty) = (Tensor(shape: [4, 1, 100, 100]), Tensor(shape: [4, 2]))
    var augmentation = Augmentation()
    augmentation.noise = 0.5
    var generator = SeededGenerator(seed: 8)
    augmentation.apply(to: &values, targets: &empty, using: &generator)
    let count = Float(values.count)
    let mean = values.values.reduce(0, +) / count
    let deviation = (values.values.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
    let tail = Float(values.values.count { abs($0) > 1 }) / count
    // Four standard errors of each for 40 000 values; beyond two deviations lie 4.55 %.
    #expect(abs(mean) < 0.01 && abs(deviation - 0.5) < 0.0071 && abs(tail - 0.0455) < 0.0042)
  }

  @Test func masksAreRectangles() {
    var lengths: Set<Int> = []
    for seed in 0..<20 as Range<UInt64> {
      let result = applied(seed: seed) { $0.timeMaskFrames = 7 }
      for clip in 0..<8 {
        let masked = (0..<40).filter { result.batch[clip, 0, 0, $0] == 0 }
        lengths.insert(masked.count)
        if let first = masked.first { #expect(masked == Array(first..<first + masked.count)) }
        for bin in 1..<5 { #expect((0..<40).filter { result.batch[clip, 0, bin, $0] == 0 } == masked) }
      }
    }
    #expect(lengths == Set(0...7))
    let bins = applied { $0.binMaskBins = 5 }.batch
    let dropped = applied { $0.binDrop = 0.5 }.batch
    for result in [bins, dropped] {
      let zeros = (0..<40).map { row(result, $0 / 5, $0 % 5).count { $0 == 0 } }
      #expect(Set(zeros) == [0, 40])
    }
  }

  @Test(arguments: [0.2, 1, 4]) func betaHasItsMoments(alpha: Double) {
    var generator = SeededGenerator(seed: 12)
    let values = (0..<20_000).map { _ in generator.beta(alpha) }
    let mean = values.reduce(0, +) / 20_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    // Mean 1/2, variance 1 / (4 (2 alpha + 1)); four standard errors.
    #expect(abs(mean - 0.5) < 4 * (variance / 20_000).squareRoot())
    #expect(abs(variance * 4 * (2 * alpha + 1) - 1) < 0.04)
    #expect(values.allSatisfy { (0...1).contains($0) })
  }
}
