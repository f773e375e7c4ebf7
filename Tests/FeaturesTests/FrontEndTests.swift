import Audio
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Features

/// Other people's front ends against their own code (Golden/generate_front_ends.py).
@Suite(.tags(.reference)) struct FrontEndTests {
  private func keptFrames(_ spec: FeatureSpec) throws -> [Float] { try ComparedFrontEnd.keptFrames(spec) }

  @Test(arguments: ComparedFrontEnd.presets) func mapsEqualTheOriginals(_ frontEnd: ComparedFrontEnd) throws {
    let counts = [
      "musicnn": 187, "essentia-musicnn": 187, "won-tagger": 1813, "won-musicnn": 188,
      "self-attention-tagger": 256,
      "choi": 1366, "kwt": 98, "vggish": 96, "yamnet": 96, "panns": 1001, "kaldi-ast": 1024,
    ]
    #expect(frontEnd.spec.frameCount == counts[frontEnd.name] && frontEnd.spec.presetName == frontEnd.name)
    let expected = try frontEnd.expected()
    expectClose(try keptFrames(frontEnd.spec), expected, absolute: frontEnd.tolerance)
    // A front end that nearly fits is far outside: FrontEndConstantTests.
    let range = (expected.max() ?? 0) - (expected.min() ?? 0)
    #expect(frontEnd.tolerance < 3e-4 * range)
  }

  @Test func kaldisOwnWindow() throws {
    var spec = FeatureSpec.kaldiAST
    (spec.window, spec.sampleCount) = (.povey, 16_000)
    (spec.binCount, spec.melBandCount) = (23, 23)
    expectClose(try keptFrames(spec), try readFloats(golden("front-kaldi-povey.f32")), absolute: 1e-3)
  }

  /// Parameters of librosa of which none is a default.
  @Test func otherParametersOfLibrosa() throws {
    var spec = FeatureSpec.mel128
    (spec.sampleRateHz, spec.sampleCount, spec.fftLength, spec.hopLength) = (16_000, 16_000, 1024, 200)
    (spec.windowLength, spec.window, spec.framing) = (800, .hamming, .mirrored)
    (spec.binCount, spec.melBandCount, spec.minimumHz, spec.maximumHz) = (40, 40, 30, 7_000)
    (spec.melScale, spec.melNorm, spec.spectrum) = (.htk, .none, .magnitude)
    (spec.logarithm, spec.topDecibels) = (.amplitudeDecibels, 60)
    expectClose(try keptFrames(spec), try readFloats(golden("front-librosa.f32")), absolute: 1e-3)
    (spec.kind, spec.binCount) = (.mfcc, 13)
    (spec.logarithm, spec.topDecibels) = (.offset(1e-3), nil)
    expectClose(try keptFrames(spec), try readFloats(golden("front-librosa-mfcc.f32")), absolute: 1e-3)
  }

  @Test func hertzBankEqualsLibrosas() throws {
    let bank = MelFilterBank(.wonTagger)
    let matrix = bank.matrix
    var (sums, moments, peaks): ([Float], [Float], [Float]) = ([], [], [])
    for band in 0..<96 {
      let row = (0...256).map { matrix[band, $0] }
      sums.append(row.reduce(0, +))
      moments.append(row.enumerated().reduce(0) { $0 + Float($1.offset) * $1.element })
      peaks.append(row.max() ?? 0)
    }
    expectClose(
      sums + moments + peaks, try readFloats(golden("front-mel-bank-htk.f32")), absolute: 1e-7, relative: 1e-5
    )
  }
}

/// What holds for every front end.
@Suite(.tags(.property, .hand)) struct FrontEndRuleTests {
  static let others = FeatureSpec.names.filter { !["mfcc128", "mfcc20", "mel128", "smel20"].contains($0) }

  @Test(arguments: FeatureSpec.names) func silenceIsTheSilentFrame(name: String) throws {
    let spec = try #require(FeatureSpec.named(name)).cropped(toFrames: 20)
    let map = try FeatureExtractor(spec).map(of: Waveform(samples: [], sampleRateHz: spec.sampleRateHz))
    for (row, value) in spec.silentFrame.enumerated() {
      for frame in 0..<20 { #expect(abs(map.values[row, frame] - value) <= 1e-3 + 1e-6 * abs(value)) }
    }
    #expect(map.isSilent)
    var samples = [Float](repeating: 0, count: spec.sampleCount)
    for index in samples.indices { samples[index] = index % 50 < 25 ? 0.01 : -0.01 }
    #expect(
      try !FeatureExtractor(spec).map(of: Waveform(samples: samples, sampleRateHz: spec.sampleRateHz))
        .isSilent)
  }

  @Test(arguments: FeatureSpec.names) func frameCountsAreTheCropped(name: String) throws {
    let spec = try #require(FeatureSpec.named(name))
    for count in [3, 64, 500] {
      let cropped = spec.cropped(toFrames: count)
      try cropped.validate()
      #expect(cropped.frameCount == count)
    }
    #expect(spec.cropped(toFrames: spec.frameCount) == spec)
    #expect(spec.soundFrameCount(paddedSeconds: 0) == spec.frameCount)
    // All frames whose centre is in the sound.
    for sound in [spec.hopLength, spec.sampleCount / 3, spec.sampleCount / 2] {
      let padded = Double(spec.sampleCount - sound) / Double(spec.sampleRateHz)
      let centers = (0..<spec.frameCount).map { spec.firstFrameCenter + $0 * spec.hopLength }
      let expected = max(1, centers.count { $0 < sound })
      #expect(abs(spec.soundFrameCount(paddedSeconds: padded) - expected) <= 1)
    }
  }

  @Test func mirroredEndsAreTheMirroredSound() throws {
    var spec = FeatureSpec.wonTagger
    spec.sampleCount = 8 * 256
    let samples = SyntheticSound.samples(count: spec.sampleCount)
    let mirrored = try FeatureExtractor(spec).map(of: Waveform(samples: samples, sampleRateHz: 16_000))
    // 256 samples mirrored before, 256 after; one frame later.
    let longer = samples[1...256].reversed() + samples + samples[(2047 - 256)..<2047].reversed()
    spec.sampleCount += 512
    let whole = try FeatureExtractor(spec).map(of: Waveform(samples: Array(longer), sampleRateHz: 16_000))
    for band in 0..<96 {
      for frame in 0..<9 { #expect(mirrored.values[band, frame] == whole.values[band, frame + 1]) }
    }
  }

  @Test(arguments: [Float(-12), 6]) func levelOnTheMapIsLevelOfTheSound(decibels: Float) throws {
    for name in Self.others {
      let spec = try #require(FeatureSpec.named(name)).cropped(toFrames: 60)
      // Noise: no band at the floor.
      var generator = SeededGenerator(seed: 3)
      let samples = (0..<spec.sampleCount).map { _ in 0.1 * generator.normal() }
      let sound = Waveform(samples: samples, sampleRateHz: spec.sampleRateHz)
      let extractor = try FeatureExtractor(spec)
      let changed = spec.amplified(try extractor.map(of: sound).values, byDecibels: decibels)
      switch spec.logarithm {
      case .onePlus, .naturalOnePlus, .offset, .decimalOffset: #expect(changed == nil, "\(name)")
      case .decibels, .floored, .decimalFloored:
        // Coefficients do not tell the lowest band; of Kaldi's 128, low ones lie between two bins, at the floor.
        guard name != "kwt", name != "kaldi-ast" else {
          #expect(changed == nil, "\(name)")
          continue
        }
        let expected = try extractor.map(of: sound.amplified(byDecibels: Double(decibels))).values
        expectClose(try #require(changed, "\(name)").values, expected.values, absolute: 2e-3, "\(name)")
      }
    }
  }

  @Test func coefficientsOfUniformScaleGoBack() throws {
    var spec = FeatureSpec.kwt
    spec.binCount = 80
    let map = try FeatureExtractor(spec).map(
      of: Waveform(samples: SyntheticSound.samples(count: 16_000), sampleRateHz: 16_000))
    spec.kind = .logMel
    spec.cosineScaling = .orthonormal
    let mel = try FeatureExtractor(spec).map(
      of: Waveform(samples: SyntheticSound.samples(count: 16_000), sampleRateHz: 16_000))
    expectClose(map.melDecibels.values, mel.values.values, absolute: 1e-4)
    // d y / d mel of y = sum(w x) is P^T w.
    let transform = try #require(FeatureSpec.kwt.melTransform)
    #expect(!transform.isInvertible && abs(transform.matrix[0, 0] - Float(sqrt(2.0 / 80))) < 1e-6)
  }

  @Test func windowsAreTheirFormulas() {
    let hann = FrameWindow.hann.samples(4)
    expectClose(hann, [0, 0.5, 1, 0.5], absolute: 1e-7)
    expectClose(FrameWindow.symmetricHann.samples(5), [0, 0.5, 1, 0.5, 0], absolute: 1e-7)
    expectClose(FrameWindow.hamming.samples(4), [0.08, 0.54, 1, 0.54], absolute: 1e-7)
    expectClose(FrameWindow.symmetricHamming.samples(5), [0.08, 0.54, 1, 0.54, 0.08], absolute: 1e-7)
    let side = Float(pow(0.5, 0.85))
    expectClose(FrameWindow.povey.samples(5), [0, side, 1, side, 0], absolute: 1e-7)
    #expect(FrameWindow.povey.samples(1) == [0])
    expectClose(FrameWindow.blackman.samples(4), [0, 0.34, 1, 0.34], absolute: 1e-7)
    expectClose(FrameWindow.symmetricBlackman.samples(5), [0, 0.34, 1, 0.34, 0], absolute: 1e-7)
    #expect(FrameWindow.rectangular.samples(3) == [1, 1, 1])
  }
}
